"""The outbox on a real file system."""

import asyncio
import mailbox
import resource
import signal
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.channels.outbox import OutboxChannel, file_name
from digest.errors import ChannelDown
from digest.model.message import Mail


async def go():
    return True


def letter(message_id="41.7@digest.example", content=b"Subject: news\r\n\r\nbody\r\n"):
    return Mail(
        envelope_from="b@digest.example", envelope_to="ana@mail.example", message_id=message_id, content=content
    )


def write(folder, *mails):
    async def main():
        async with OutboxChannel(folder).connect() as connection:
            return [await connection.send(mail, starting=go) for mail in mails]

    return asyncio.run(main())


def test_the_outbox_is_a_maildir_other_programs_read(tmp_path):
    write(tmp_path / "a" / "outbox", letter())
    [message] = mailbox.Maildir(tmp_path / "a" / "outbox", create=False)
    assert message["Subject"] == "news"
    assert list((tmp_path / "a" / "outbox" / "tmp").iterdir()) == []


def test_nobody_else_on_the_machine_reads_the_mails(tmp_path):
    write(tmp_path / "outbox", letter())
    assert {stat.S_IMODE(part.stat().st_mode) for part in (tmp_path / "outbox").iterdir()} == {0o700}


def test_a_repeat_of_a_delivery_takes_the_place_of_the_first(tmp_path):
    write(tmp_path, letter(), letter("41.8@digest.example"), letter(content=b"again\r\n"))
    files = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert files == ["41.7@digest.example", "41.8@digest.example"]
    assert (tmp_path / "new" / files[0]).read_bytes() == b"again\r\n"


def test_a_path_that_cannot_be_a_folder_is_one_sentence(tmp_path):
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(ChannelDown, match="cannot be written: Not a directory") as caught:
        write(tmp_path / "outbox", letter())
    assert caught.value.hint


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(tmp_path):
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
        with pytest.raises(ChannelDown, match="cannot be written: File too large"):
            write(tmp_path, letter(content=b"x" * 5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        signal.signal(signal.SIGXFSZ, ignored)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@given(first=st.text(max_size=200), second=st.text(max_size=200))
def test_every_message_id_has_a_safe_name_of_its_own(first, second):
    name = file_name(first)
    assert "/" not in name
    assert ":" not in name
    assert not name.startswith(".")
    assert 0 < len(name) < 200
    assert name.isascii()
    assert (name == file_name(second)) == (first == second)
    assert name == file_name(first)
