"""A mail as it goes over the wire to one server: its commands and its content (RFC 5321 sections 4.1.1, 4.5.2)."""

import re
from dataclasses import dataclass

import idna

from digest.channels.answers import OVER_SIZE
from digest.errors import MessageRefused
from digest.model.message import Mail

UNSAFE = re.compile(r"[\x00-\x20\x7f<>\ud800-\udfff]")


DATA = b"DATA\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What a server said it can do, in its answer to EHLO.

    `size` is the most octets it takes: 0 where it wants to be told the size and names no limit, None without SIZE.
    """

    pipelining: bool = False
    eight_bit: bool = False
    utf8: bool = False
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A mail made ready for one server.

    `mail_from` and `rcpt_to` are whole command lines. `content` in one piece after the other is what DATA carries, the
    final dot with it.
    """

    mail: Mail
    mail_from: bytes
    rcpt_to: bytes
    content: tuple[bytes, ...]

    @property
    def envelope(self) -> bytes:
        """All that is said before the content, in a row (RFC 2920 section 3.1)."""
        return self.mail_from + self.rcpt_to + DATA


def packed(mail: Mail, offers: Offers) -> Parcel:
    """Make a mail ready. Raises MessageRefused for everything that can be known to fail without asking the server."""
    sender, recipient = _path(mail.envelope_from), _path(mail.envelope_to)
    parameters = _parameters(mail, offers, utf8=not (sender.isascii() and recipient.isascii()))
    return Parcel(
        mail=mail,
        mail_from=f"MAIL FROM:<{sender}>{parameters}\r\n".encode(),
        rcpt_to=f"RCPT TO:<{recipient}>\r\n".encode(),
        content=(mail.content, b".\r\n") if mail.smooth else _dotted(mail.content),
    )


def _path(address: str) -> str:
    """An address as it stands in the envelope: domain in ASCII (IDNA), local part as it is. Empty for the null path.

    Raises MessageRefused for one that cannot stand there.
    """
    if not address:
        return ""
    local, _, domain = address.rpartition("@")
    if not local or not domain or UNSAFE.search(address):
        raise MessageRefused("the address cannot be written in an SMTP envelope", personal=True)
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        raise MessageRefused("the domain of the address is no name the DNS can hold", personal=True) from error


def _parameters(mail: Mail, offers: Offers, *, utf8: bool) -> str:
    """The parameters of MAIL: only what the server offers (RFC 1870, 6152, 6531); raises MessageRefused."""
    parameters = ""
    if offers.size is not None:
        parameters += f" SIZE={len(mail.content)}"
        if 0 < offers.size < len(mail.content):
            raise MessageRefused(
                f"the mail has {len(mail.content)} octets and the relay takes {offers.size}", code=OVER_SIZE
            )
    if not mail.content.isascii():
        if not offers.eight_bit:
            raise MessageRefused("the mail has 8-bit content and the relay offers no 8BITMIME", code=554)
        parameters += " BODY=8BITMIME"
    if utf8:
        if not offers.utf8:
            raise MessageRefused("the address is not ASCII and the relay offers no SMTPUTF8", personal=True)
        parameters += " SMTPUTF8"
    return parameters


def _dotted(content: bytes) -> tuple[bytes, ...]:
    """Content as DATA carries it: leading dots doubled, the final dot set (RFC 5321 section 4.5.2).

    A line end that is not CRLF is refused: servers disagree about it, and mail has been smuggled that way. Both
    questions are put so that the quickest search answers them; counting each kind of line end takes four times as long.
    """
    if content.replace(b"\n", b"").replace(b"\r", b"\r\n") != content:
        raise MessageRefused("the mail has a line end that is not CRLF")
    stuffed = content.replace(b"\r\n.", b"\r\n..") if content.rfind(b"\r\n.") >= 0 else content
    start = b"." if content.startswith(b".") else b""
    end = b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
    return start, stuffed, end
