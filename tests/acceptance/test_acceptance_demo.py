"""`digest demo`, as the first thing anybody types."""

import pytest


def test_the_demo_leaves_six_mails_and_three_files_without_network_or_settings_every_time(empty_desk):
    notes = empty_desk.watched()
    done = empty_desk.digest("demo")
    mails = empty_desk.maildir("demo/outbox")
    assert len({mail["To"] for mail in mails}) == len(mails) == 6
    assert all(mail["List-Unsubscribe"] and mail["Message-ID"] for mail in mails)
    assert "6 readers got their own mail" in done.out
    assert "digest init" in done.out
    assert done.err == ""
    assert len(done.out.splitlines()) < 50
    first = next(line for line in done.out.splitlines() if line.startswith("  1. ")).removeprefix("  1. ")
    folder = empty_desk.folder / "demo"
    assert first in " ".join((folder / "edition.txt").read_text(encoding="utf-8").split())
    assert "<html" in (folder / "edition.html").read_text(encoding="utf-8")
    assert b"\nSubject: " in (folder / "edition.eml").read_bytes().replace(b"\r\n", b"\n")
    assert not notes.exists()

    (folder / "mine.txt").write_text("keep me")
    again = empty_desk.digest("demo", SMTP_URL="nonsense", TIMEZONE="Nowhere")
    assert "6 readers got their own mail" in again.out
    assert len(empty_desk.maildir("demo/outbox")) == 6
    assert (folder / "mine.txt").read_text() == "keep me"


@pytest.mark.parametrize("out", ["taken", "taken/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be_written_is_one_sentence(empty_desk, out):
    empty_desk.write("taken", "a file, not a folder")
    done = empty_desk.digest("demo", "--out", out, code=2)
    assert f"{out} cannot be written" in done.sentence
    assert done.out == ""
