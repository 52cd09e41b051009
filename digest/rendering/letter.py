"""The headers of an edition's mail: those every reader's has, and those that are one reader's own."""

import re
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from urllib.parse import quote

from digest.model.edition import Edition
from digest.model.message import Letterhead, Reader
from digest.rendering.mime import addressed, header, mailbox, verbatim

_LABEL = 15
_ONE_CLICK = verbatim("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
_SLUG = re.compile(r"[^a-z0-9]+")


def slug(title: str) -> str:
    """The newsletter's name as a label of 5 to 15 letters, digits and hyphens, the same in every mail."""
    words = _SLUG.sub("-", title.lower()).strip("-")
    label = words if len(words) <= _LABEL else words[: _LABEL + 1].rpartition("-")[0] or words[:_LABEL]
    return label if len(label) >= 5 else f"{label}-digest".strip("-")  # noqa: PLR2004 - what Feedback-ID asks for


def constant_headers(letterhead: Letterhead, edition: Edition, *, boundary: str) -> bytes:
    """The headers that are the same in every mail of an edition, the last ones of the block, and the empty line."""
    domain = sender_address(letterhead).rpartition("@")[2] or "localhost"
    lines = [
        verbatim("List-Id", f"<{slug(letterhead.title)}.{domain}>"),
        verbatim("Feedback-ID", f"{edition.number}:daily:edition:{slug(letterhead.title)}"),
        verbatim("Precedence", "bulk"),
        verbatim("Auto-Submitted", "auto-generated"),
        content_headers(boundary),
    ]
    return b"".join(lines)


def content_headers(boundary: str) -> bytes:
    """What says how the body is to be read, and the empty line before it."""
    kind = f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'
    return verbatim("MIME-Version", "1.0") + kind.encode()


@lru_cache(maxsize=64)
def sender_headers(letterhead: Letterhead) -> bytes:
    """From, and Reply-To where there is one."""
    reply = mailbox("Reply-To", letterhead.reply_to) if letterhead.reply_to else b""
    return mailbox("From", letterhead.sender) + reply


def personal_headers(reader: Reader, leave: tuple[str, ...]) -> bytes:
    """To, Date, Message-ID and the ways to leave (RFC 2369, RFC 8058), where there are any."""
    lines = [
        addressed("To", reader.name, reader.address),
        _date(reader.composed_at),
        verbatim("Message-ID", f"<{reader.message_id}>"),
    ]
    if leave:
        lines.append(verbatim("List-Unsubscribe", *(f"<{uri}>" for uri in leave)))
    if leave and leave[0].startswith("https:"):
        lines.append(_ONE_CLICK)
    return b"".join(lines)


def subject_header(text: str) -> bytes:
    """The Subject, encoded where it must be."""
    return header("Subject", text)


def unsubscribe_uris(letterhead: Letterhead, reader: Reader) -> tuple[str, ...]:
    """The ways to leave: the reader's https link, then a mail whose subject names the mail it came from."""
    address = letterhead.unsubscribe_address
    mailto = f"mailto:{_once_in_uri(address)}?subject=unsubscribe%20{_in_uri(reader.message_id)}"
    return tuple(uri for uri in (reader.unsubscribe_url, mailto if address else "") if uri)


def sender_address(letterhead: Letterhead) -> str:
    """The bare address in From."""
    return parseaddr(letterhead.sender)[1]


def _in_uri(text: str) -> str:
    """`text` as part of a mailto URI (RFC 6068); "@" may stand in a query as it is."""
    return quote(text, safe="@")


_once_in_uri = lru_cache(maxsize=64)(_in_uri)
"""For what is the same in every mail."""


@lru_cache(maxsize=256)
def _date(when: datetime) -> bytes:
    return verbatim("Date", format_datetime(when))
