"""The checks of a mail's headers: what RFC 5322 wants, and what Gmail and Yahoo ask of who sends to many."""

import re
from collections.abc import Callable, Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import getaddresses, parseaddr, parsedate_to_datetime

from digest.checks.found import error, excerpt, warning
from digest.checks.page import Page, Sent
from digest.model.finding import Finding

LINE, WORD, SUBJECT = 998, 75, 78
"""The longest line (RFC 5322 section 2.1.1) and encoded word (RFC 2047 section 2); a subject has fewer characters."""

_MESSAGE_ID = re.compile(r"<[^<>@\s]+@([^<>@\s]+)>")
_LIST_ID = re.compile(r"(?:.* )?<[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+>")
_FEEDBACK = re.compile(r"(?:[^:\s]*:){1,3}[^:\s]{5,15}")
_URI = re.compile(r"<([^<>\s]+)>")
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bqBQ]\?[^?\s]*\?=")
_ADDRESSES = (b"to:", b"from:", b"reply-to:")
_ONCE = ("From", "To", "Date", "Message-ID", "Subject", "MIME-Version", "Content-Type")


def once_each(page: Page) -> Iterator[Finding]:
    """The headers that every mail has are there, and none twice."""
    for name in _ONCE:
        times = len(page.sent.values(name))
        if times != 1:
            yield error("headers", f"{name} is there {times} times; it must be there once", where="headers")


def sender(page: Page) -> Iterator[Finding]:
    """One person writes, to one person; programs and people see who."""
    sent = page.sent
    for name in ("From", "To"):
        found = [address for value in sent.values(name) for _, address in getaddresses([value])]
        if len(found) != 1 or "@" not in found[0]:
            yield error("sender", f"{name} must hold one address, and holds {len(found)}", where="headers")
    if sent.values("From") and not parseaddr(sent.values("From")[0])[0]:
        yield warning("sender", "From has no name", where="headers", hint="DIGEST_FROM=Name <address>")


def date(page: Page) -> Iterator[Finding]:
    """The date is one."""
    for value in page.sent.values("Date"):
        try:
            parsedate_to_datetime(value)
        except ValueError:
            yield error("date", f"Date says {excerpt(value)}, which is no date", where="headers")


def message_id(page: Page) -> Iterator[Finding]:
    """The mail has a name, and it ends with the sender's domain."""
    for value in page.sent.values("Message-ID"):
        found = _MESSAGE_ID.fullmatch(value.strip())
        if found is None:
            yield error("message id", f"Message-ID says {excerpt(value)}; it must be <name@domain>", where="headers")
        elif found[1].lower() != _domain(page.sent):
            said = f"Message-ID ends with {found[1]}, and the sender's domain is {_domain(page.sent)}"
            yield warning("message id", said, where="headers")


def subject(page: Page) -> Iterator[Finding]:
    """The subject says something, and is not cut."""
    for value in page.sent.values("Subject"):
        said = decoded(value)
        if not said.strip():
            yield error("subject", "the subject is empty", where="headers")
        if len(said) >= SUBJECT:
            long = f"the subject has {len(said)} characters; {SUBJECT} are too many"
            yield warning("subject", long, where="headers", hint="most programs show the first 40")


def lists(page: Page) -> Iterator[Finding]:
    """Programs can tell the newsletter by its List-Id, and complaints by their Feedback-ID."""
    for name, shape, expected in (
        ("List-Id", _LIST_ID, "<name.domain>"),
        ("Feedback-ID", _FEEDBACK, "at most four fields, the last one of 5 to 15 characters"),
    ):
        values = page.sent.values(name)
        if len(values) != 1:
            yield error("list headers", f"{name} is there {len(values)} times; it must be there once", where="headers")
        elif not shape.fullmatch(values[0]):
            yield warning("list headers", f"{name} says {excerpt(values[0])}; expected {expected}", where="headers")


def ways_to_leave(page: Page) -> Iterator[Finding]:
    """List-Unsubscribe is there, as bulk mail must have it; with one click where readers can reach the newspaper."""
    sent = page.sent
    report = error if sent.outward else warning
    uris, posts = unsubscribe_uris(sent), sent.values("List-Unsubscribe-Post")
    if not uris:
        hint = "set DIGEST_PUBLIC_URL, or DIGEST_UNSUBSCRIBE_ADDRESS"
        yield report("unsubscribe", "there is no List-Unsubscribe: readers cannot leave", where="headers", hint=hint)
    elif not sent.letterhead.public_url:
        if not any(uri.startswith("mailto:") for uri in uris):
            yield report("unsubscribe", "List-Unsubscribe names no mailbox", where="headers")
    elif sent.letterhead.public_url.startswith("http:"):
        said = "one click to leave works over https only, and the newspaper's address is http"
        yield warning("unsubscribe", said, where="headers", hint="Gmail and Yahoo ask it of who sends to many")
    elif not uris[0].startswith("https:") or posts != ("List-Unsubscribe=One-Click",):
        said = "List-Unsubscribe does not begin with https, or List-Unsubscribe-Post is not with it"
        yield report("unsubscribe", said, where="headers", hint="RFC 8058; Gmail and Yahoo ask it of who sends to many")


def unencoded(page: Page) -> Iterator[Finding]:
    """What programs read is never encoded; and where a name is, each word keeps its length."""
    for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Message-ID", "Feedback-ID", "Date"):
        if any("=?" in value for value in page.sent.values(name)):
            yield error("encoding", f"{name} is encoded, so that no program can read it", where="headers")
    if long := [word for _, value in page.sent.headers for word in _ENCODED_WORD.findall(value) if len(word) > WORD]:
        yield error("encoding", f"an encoded word of {len(long[0])} characters, more than {WORD}", where="headers")


def lines(page: Page) -> Iterator[Finding]:
    """Lines as SMTP carries them: ended by CRLF, not too long, the headers in ASCII.

    An address may have other letters; such mail goes by SMTPUTF8.
    """
    wire = page.sent.wire
    head = wire.partition(b"\r\n\r\n")[0]
    if longest := max((len(line) for line in wire.split(b"\r\n") if len(line) > LINE), default=0):
        yield error("lines", f"a line has {longest} octets; SMTP carries {LINE}", where="mail")
    if b"\n" in wire.replace(b"\r\n", b"") or b"\r" in wire.replace(b"\r\n", b""):
        yield error("lines", "a line does not end with CRLF", where="mail")
    if any(not line.isascii() and not line.lower().startswith(_ADDRESSES) for line in head.split(b"\r\n")):
        yield error("lines", "a header has letters outside ASCII that are not encoded", where="headers")


def unsubscribe_uris(sent: Sent) -> tuple[str, ...]:
    """The ways to leave that the headers name."""
    return tuple(uri for value in sent.values("List-Unsubscribe") for uri in _URI.findall(value))


def decoded(value: str) -> str:
    """A header as it is read."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return value


def _domain(sent: Sent) -> str:
    return parseaddr(" ".join(sent.values("From")))[1].rpartition("@")[2].lower()


OF_HEADERS: tuple[Callable[[Page], Iterator[Finding]], ...] = (
    once_each,
    sender,
    date,
    message_id,
    subject,
    lists,
    ways_to_leave,
    unencoded,
    lines,
)
"""Every check of the headers."""
