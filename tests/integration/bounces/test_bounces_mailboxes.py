"""Files, Maildir folders and IMAP: what is read, what moves, and that nothing is lost."""

import asyncio
import os
from dataclasses import replace
from datetime import timedelta

import pytest
import trustme

from digest.channels.imap import ImapFolder
from digest.channels.imap_url import parse_imap_url
from digest.channels.mailbox import Maildir, mailbox_at
from digest.errors import MailboxError, UsageError
from digest.newsroom.returns import harvest, look
from tests.integration.bounces.imapd import Imapd

ANA = "ana@quay.example"
LETTER = b"From: eve@x.example\nSubject: hello\n\nA letter.\n"


def quietly(papers, mailbox, **how):
    return harvest(papers.app, mailbox, lambda _finding: None, **how)


def test_a_maildir_keeps_what_was_not_understood_and_moves_the_rest(papers, maildir):
    report = papers.report(papers.send()[ANA])
    (maildir / "new" / "1.a.host").write_bytes(report)
    (maildir / "cur" / "2.b.host:2,R").write_bytes(report.replace(b"unknown", b"unknown "))
    (maildir / "new" / "3.c.host").write_bytes(LETTER)
    total = quietly(papers, mailbox_at(maildir))
    assert (total.total, total.left, total.faults, papers.reason()) == (3, 1, [], "hard")
    assert [path.name for path in (maildir / "new").iterdir()] == ["3.c.host"]
    assert list((maildir / "cur").iterdir()) == []
    processed = maildir / ".Processed"
    assert sorted(path.name for path in (processed / "cur").iterdir()) == ["1.a.host:2,S", "2.b.host:2,RS"]
    assert (processed / "cur" / "1.a.host:2,S").read_bytes() == report
    assert (processed / "maildirfolder").exists()


def test_a_mail_of_the_same_name_is_not_overwritten(papers, maildir):
    report = papers.report(papers.send()[ANA])
    kept = maildir / ".Processed" / "cur" / "1.a.host:2,S"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"an older one")
    (maildir / "new" / "1.a.host").write_bytes(report)
    quietly(papers, mailbox_at(maildir))
    assert kept.read_bytes() == b"an older one"
    assert sorted(path.read_bytes() for path in kept.parent.iterdir()) == sorted([b"an older one", report])


def test_what_stays_is_looked_at_once_by_the_daemon(papers, maildir):
    (maildir / "new" / "3.c.host").write_bytes(LETTER)
    mailbox = Maildir(maildir)
    assert [quietly(papers, mailbox).total, quietly(papers, mailbox).total] == [1, 0]


def test_a_dry_run_moves_nothing(papers, maildir):
    (maildir / "new" / "1.a.host").write_bytes(papers.report(papers.send()[ANA]))
    quietly(papers, mailbox_at(maildir), dry_run=True)
    assert len(list((maildir / "new").iterdir())) == 1
    assert not (maildir / ".Processed").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_mail_that_cannot_be_read_is_a_fault_and_the_others_are_read(papers, maildir):
    locked = maildir / "new" / "1.a.host"
    locked.write_bytes(LETTER)
    locked.chmod(0)
    (maildir / "new" / "2.b.host").write_bytes(papers.report(papers.send()[ANA]))
    total = quietly(papers, mailbox_at(maildir))
    assert len(total.faults) == 1
    assert papers.reason() == "hard"


def test_a_mail_that_cannot_be_moved_is_a_fault_and_counts_once(papers, maildir):
    (maildir / "new" / "1.a.host").write_bytes(papers.report(papers.send()[ANA]))
    (maildir / ".Processed").write_bytes(b"a file where a folder should be")
    mailbox = Maildir(maildir)
    total = quietly(papers, mailbox)
    assert (len(total.faults), total.done.suppressed) == (1, 1)
    assert (maildir / "new" / "1.a.host").exists()
    (maildir / ".Processed").unlink()
    again = quietly(papers, mailbox)
    assert (again.done.new, again.faults, list((maildir / "new").iterdir())) == (0, [], [])


def test_an_mbox_and_a_single_mail_are_read_and_left(papers, tmp_path):
    sent = papers.send()
    one, two = papers.report(sent[ANA]), papers.report(sent["bo@quay.example"], address="bo@quay.example")
    mbox, single = tmp_path / "old.mbox", tmp_path / "one.eml"
    mbox.write_bytes(
        b"".join(b"From x@y Mon Mar  2 06:00:00 2026\n" + mail + b"\n>From quoted\n\n" for mail in (one, two))
    )
    single.write_bytes(one)
    before = (mbox.read_bytes(), single.read_bytes())
    assert quietly(papers, mailbox_at(mbox)).total == 2
    assert quietly(papers, mailbox_at(single)).total == 1
    assert (papers.reason(), papers.reason("bo@quay.example")) == ("hard", "hard")
    assert (mbox.read_bytes(), single.read_bytes()) == before


def test_what_is_no_mailbox_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "gone"):
        with pytest.raises(MailboxError, match=str(path)):
            mailbox_at(path)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority):
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def trusting(authority):
    import ssl

    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def imap(request, server_tls):
    """Servers with given habits, closed at the end."""
    started = []

    def start(*, security: str = "tls", **habits) -> Imapd:
        ways = {"tls": {"tls": server_tls}, "starttls": {"upgrade": server_tls}, "clear": {}}
        started.append(Imapd(**ways[security], **habits))
        return started[-1]

    yield start
    for server in started:
        server.close()


def folder_of(server: Imapd, tls, *, scheme: str = "imaps", password: str = "pass", name: str = "INBOX") -> ImapFolder:
    return ImapFolder(parse_imap_url(f"{scheme}://ana:{password}@localhost:{server.port}/{name}"), tls=tls)


@pytest.mark.parametrize(("scheme", "security"), [("imaps", "tls"), ("imap+starttls", "starttls"), ("imap", "clear")])
def test_a_folder_on_a_server_is_read_and_what_was_understood_moves(papers, imap, trusting, scheme, security):
    server = imap(security=security)
    report = papers.report(papers.send()[ANA])
    server.put(report)
    server.put(LETTER)
    total = quietly(papers, folder_of(server, trusting, scheme=scheme))
    assert (total.total, total.left, total.faults, papers.reason()) == (2, 1, [], "hard")
    assert [held.content for held in server.folders["INBOX"]] == [LETTER.replace(b"\n", b"\r\n")]
    assert [held.content for held in server.folders["INBOX/Processed"]] == [report.replace(b"\n", b"\r\n")]


def test_without_move_the_mail_is_copied_and_marked_but_never_expunged(papers, imap, trusting):
    server = imap(moves=False, delimiter=".")
    server.put(papers.report(papers.send()[ANA]))
    folder = folder_of(server, trusting)
    assert quietly(papers, folder).faults == []
    (original,) = server.folders["INBOX"]
    assert original.flags == {"\\Deleted"}
    assert len(server.folders["INBOX.Processed"]) == 1
    assert not any("EXPUNGE" in command or command == "CLOSE" for command in server.commands)
    assert quietly(papers, folder_of(server, trusting)).total == 0


@pytest.mark.parametrize("refused", ["UID MOVE", "UID COPY", "UID STORE"])
def test_what_the_server_will_not_move_stays_and_is_a_fault(papers, imap, trusting, refused):
    server = imap(moves=refused == "UID MOVE")
    server.refuse = {refused}
    server.put(papers.report(papers.send()[ANA]))
    total = quietly(papers, folder_of(server, trusting))
    assert (len(total.faults), papers.reason()) == (1, "hard")
    assert [held.flags for held in server.folders["INBOX"]] == [set()]


def test_what_stays_on_the_server_is_fetched_once(papers, imap, trusting):
    server = imap()
    server.put(LETTER)
    folder = folder_of(server, trusting)
    assert [quietly(papers, folder).total, quietly(papers, folder).total] == [1, 0]
    assert sum(command.startswith("UID FETCH") for command in server.commands) == 1


def test_a_dry_run_changes_nothing_on_the_server(papers, imap, trusting):
    server = imap()
    held = server.put(papers.report(papers.send()[ANA]))
    assert quietly(papers, folder_of(server, trusting), dry_run=True).total == 1
    assert (server.folders, held.flags) == ({"INBOX": [held]}, set())


def test_a_certificate_from_nobody_is_refused_before_the_password(papers, imap):
    server = imap()
    total = quietly(papers, folder_of(server, None))
    assert "certificate that is not trusted" in total.faults[0]
    assert server.commands == []


@pytest.mark.parametrize("case", ["password", "folder", "nobody there", "no answer"])
def test_what_is_wrong_with_the_server_is_one_sentence_without_the_password(papers, imap, trusting, case):
    server = imap()
    if case == "nobody there":
        server.close()
    if case == "no answer":
        server.refuse = {"UID SEARCH"}
    password, name = (
        ("hunter2", "INBOX") if case == "password" else ("pass", "Nowhere" if case == "folder" else "INBOX")
    )
    (fault,) = quietly(papers, folder_of(server, trusting, password=password, name=name)).faults
    assert fault.startswith("localhost/")
    assert "hunter2" not in fault
    assert "\n" not in fault


@pytest.mark.parametrize("command", ["UID FETCH", "UID MOVE", "UID SEARCH", "SELECT", "LOGIN"])
def test_a_connection_that_is_lost_loses_nothing(papers, imap, trusting, command):
    server = imap()
    server.hang_up = {command}
    sent = papers.send()[ANA]
    for number in range(10):
        server.put(papers.report(sent, words=f"user unknown {number}"))
    folder = folder_of(server, trusting)
    assert 1 <= len(quietly(papers, folder).faults) <= 4
    assert len(server.folders["INBOX"]) == 10
    server.hang_up = set()
    assert quietly(papers, folder).faults == []
    assert (server.folders["INBOX"], len(server.folders["INBOX/Processed"])) == ([], 10)
    assert papers.reason() == "hard"


def test_a_very_large_mail_is_read_in_part(papers, imap, trusting):
    server = imap()
    server.put(papers.report(papers.send()[ANA]) + b"x" * 3_000_000)
    assert quietly(papers, folder_of(server, trusting)).faults == []
    assert papers.reason() == "hard"


@pytest.mark.parametrize(
    "url",
    ["", "imaps://host", "imaps://ana@host", "imap://ana:pw@mail.example", "pop://a:b@c", "imaps://a:b@c?x", "imaps://a:b@c:0",
     "imaps://a:b@[c", "imaps://a:%00@c", "imaps://a:b@"],
)  # fmt: skip
def test_an_imap_url_that_cannot_be_used_is_refused(url):
    with pytest.raises(UsageError):
        parse_imap_url(url)


def test_an_imap_url_is_decoded_and_does_not_show_its_password():
    options = parse_imap_url("imaps://ana%40quay.example:p%2Fw@mail.example/INBOX/Bounces")
    assert (options.username, options.password, options.folder) == ("ana@quay.example", "p/w", "INBOX/Bounces")
    assert (options.port, options.place) == (993, "mail.example/INBOX/Bounces")
    assert "p/w" not in repr(options)


def test_the_daemon_looks_every_few_minutes(papers, maildir):
    settings = replace(papers.app.settings, bounces=maildir)
    now = [papers.app.clock()]
    app = replace(papers.app, settings=settings, clock=lambda: now[0])
    (maildir / "new" / "1.a.host").write_bytes(papers.report(papers.send()[ANA]))
    assert asyncio.run(look(app)).done.suppressed == 1
    now[0] += timedelta(minutes=1)
    assert asyncio.run(look(app)) is None
    now[0] += timedelta(minutes=4)
    assert asyncio.run(look(app)).total == 0


def test_a_mailbox_that_is_gone_does_not_stop_the_daemon(papers, maildir, caplog):
    app = replace(papers.app, settings=replace(papers.app.settings, bounces=maildir))
    desk = app.return_desk
    (maildir / "new").rmdir()
    (maildir / "new").write_bytes(b"")
    (maildir / "cur").rmdir()
    assert desk.mailboxes
    assert asyncio.run(look(app)).faults == []
