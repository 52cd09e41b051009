"""Letters: a mail to one person about their subscription, or to the operator about what went wrong."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256

from digest.model.message import Letterhead, Mail, Reader
from digest.rendering.environment import Templates, Words, format_when
from digest.rendering.letter import (
    content_headers,
    personal_headers,
    sender_address,
    sender_headers,
    subject_header,
    unsubscribe_uris,
)
from digest.rendering.mime import alternative, quoted, verbatim
from digest.rendering.page import logo
from digest.rendering.palette import palettes
from digest.rendering.subject import SUBJECT
from digest.rendering.text import one_line, shorten, wrap


class Kind(StrEnum):
    """What a letter is about; its templates are mail/KIND.html and mail/KIND.txt.

    Each needs values of its own:

    - CONFIRM: `confirm_url`, `hours` (how long it works);
    - WELCOME: `send_at` (minutes after midnight), `days` (a bit per weekday, bit 0 Monday), `edition_url` (the newest
      edition's, empty for none);
    - SUSPENDED: `evidence` (why mail stopped, in words), `return_url` (empty for none), `contact` (whom to write to);
    - ALERT: `headline`, `lines` (a paragraph each: what happened, to which edition, what to do), `command` (empty for
      none).
    """

    CONFIRM = "confirm"
    WELCOME = "welcome"
    SUSPENDED = "suspended"
    ALERT = "alert"


_SUBSCRIBED = frozenset({Kind.WELCOME})
"""What only a subscriber gets: it says why, and how to leave."""

_NAMELESS = frozenset({Kind.CONFIRM})
"""What goes to somebody who may not have asked for it: it says nothing that a stranger may have typed as a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter before it is put into its envelope: subject, HTML without style attributes, and text."""

    subject: str
    html: str
    text: str


def letter(kind: Kind, letterhead: Letterhead, templates: Templates, reader: Reader, **values: object) -> Mail:
    """A letter of this kind with its values (see Kind), in the letterhead's language. Raises TemplateError.

    The same arguments make the same bytes.
    """
    from digest.rendering.inline import inline

    written = draft(kind, letterhead, templates, reader, **values)
    html, text = quoted(inline(written.html)), quoted(written.text)
    boundary = f"=_{sha256(html + text).hexdigest()[:40]}"
    content = (
        sender_headers(letterhead),
        subject_header(written.subject),
        personal_headers(_addressee(kind, reader), _ways_out(kind, letterhead, reader)),
        verbatim("Auto-Submitted", "auto-generated"),
        content_headers(boundary),
        *alternative(boundary, (text,), (html,)),
    )
    return Mail(
        envelope_from=reader.envelope_from or letterhead.bounce_address or sender_address(letterhead),
        envelope_to=reader.address,
        message_id=reader.message_id,
        content=b"".join(content),
    )


def draft(kind: Kind, letterhead: Letterhead, templates: Templates, reader: Reader, **values: object) -> Draft:
    """A letter as its templates make it. Raises TemplateError."""
    words = templates.words(letterhead.language)
    addressee = _addressee(kind, reader)
    subject = shorten(one_line(words(f"{kind}_subject", title=letterhead.title, **values)), SUBJECT)
    light, dark = palettes(letterhead.accent)
    ways_out = _ways_out(kind, letterhead, reader)
    parts = {"reason": kind in _SUBSCRIBED, "unsubscribe": bool(ways_out)}
    fills = {
        "address": one_line(reader.address),
        "preheader": words(f"{kind}_preheader"),
        "unsubscribe_url": next(iter(ways_out), ""),
    }
    given: dict[str, object] = {
        **values,
        "letterhead": letterhead,
        "words": words,
        "reader": addressee,
        "person": one_line(addressee.name),
        "subject": subject,
        "date": words.date(reader.composed_at.date(), "long_date"),
        "clock": partial(_clock, words),
        "value": fills.__getitem__,
        "has": lambda part: parts.get(part, False),
        "cut": lambda _name: "",
        "wrap": wrap,
        "logo": logo(letterhead),
        "light": light,
        "dark": dark,
        "start": "right" if words.direction == "rtl" else "left",
    }
    html, text = (templates.render(f"mail/{kind}.{ending}", **given) for ending in ("html", "txt"))
    return Draft(subject=subject, html=html, text=text)


def _addressee(kind: Kind, reader: Reader) -> Reader:
    return replace(reader, name="") if kind in _NAMELESS else reader


def _ways_out(kind: Kind, letterhead: Letterhead, reader: Reader) -> tuple[str, ...]:
    return unsubscribe_uris(letterhead, reader) if kind in _SUBSCRIBED else ()


def _clock(words: Words, minutes: int) -> str:
    """Minutes after midnight as a clock shows them."""
    return format_when(words.language, words("clock"), datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
