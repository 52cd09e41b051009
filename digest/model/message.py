"""What is ready to carry, and what it is made of."""

from dataclasses import dataclass, field
from datetime import datetime

from digest.model.edition import Image

SIZE_LIMIT, GMAIL_CUTS_AT = 90_000, 102_000
"""Octets of HTML: what every mail is kept within, and past what Gmail hides the rest, and with it the way to leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who writes: the newsletter's name, addresses and looks, the same in every mail.

    `sender` and `reply_to` are mailboxes ("Name <address>"), `bounce_address` and `unsubscribe_address` plain
    addresses, `public_url` has no slash at the end. What is empty is left out of the mail. `logo` is an image of ours
    for the masthead, `footer` a sentence for the foot, `subject` the pattern of the subject line.
    """

    title: str = "The Daily Digest"
    sender: str = "digest@localhost"
    reply_to: str = ""
    bounce_address: str = ""
    unsubscribe_address: str = ""
    postal_address: str = ""
    public_url: str = ""
    accent: str = "#8c1d18"
    language: str = "en"
    logo: Image | None = None
    footer: str = ""
    subject: str = "{headlines}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A story or a frame part in one form, rendered, inlined and encoded once.

    `pieces` are the quoted-printable bytes between the reader's values, which `values` names in order
    (len(pieces) == len(values) + 1). `length` is the size in octets of the decoded text without the values.
    """

    name: str
    pieces: tuple[bytes, ...]
    values: tuple[str, ...] = ()
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """An edition in one language as blocks, kept with the edition so that every mail can be made again."""

    language: str
    fingerprint: str
    letterhead: Letterhead
    html: dict[str, Block] = field(default_factory=dict)
    text: dict[str, Block] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The values one reader's mail is joined with. Links are complete https addresses, or empty for none.

    `message_id` is the bare id without brackets; `composed_at` becomes the Date header, so it is fixed once.
    """

    address: str
    name: str = ""
    timezone: str = "UTC"
    message_id: str
    composed_at: datetime
    unsubscribe_url: str = ""
    edition_url: str = ""
    preferences_url: str = ""
    envelope_from: str = ""
    marker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message ready to carry: an envelope and its bytes, CRLF throughout, no line over 998 octets (RFC 5322).

    A `smooth` one was found to have no line that begins with a dot, no other line end than CRLF, and one at its end, so
    that a wire need not look again (RFC 5321 section 4.5.2). Of others nothing is known.
    """

    envelope_from: str
    envelope_to: str
    message_id: str
    content: bytes
    smooth: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A notification on a telephone or a desktop, in plain text.

    `url` is what it opens. A later one of the same `tag` takes its place. `language` is a tag, `direction` "ltr" or
    "rtl".
    """

    title: str
    body: str
    url: str
    tag: str
    language: str
    direction: str
