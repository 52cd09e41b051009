"""Blocks and one reader's values become a mail, or the edition's page without a reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from functools import lru_cache
from html import escape

from digest.model.edition import Correction, Edition, LineUp
from digest.model.message import Mail, Reader, Rendering
from digest.rendering.letter import personal_headers, sender_address, unsubscribe_uris
from digest.rendering.mime import alternative, quoted
from digest.rendering.press import Press, plain, press
from digest.rendering.text import one_line

_INERT = {"unsubscribe_url": "#", "edition_url": "#", "preferences_url": "#"}
"""Where the links for readers lead in a test mail: nowhere."""

_SHARED = frozenset({"marker", "preheader", "counts", "zone"})
"""The values that many readers have in common."""

_LINKED = frozenset({"preferences", "unsubscribe", "footer_browser"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A mail opened again: both parts, the headers as they are on the wire (unfolded), and sizes in octets.

    `html_octets` is what Gmail counts before it clips (at some 102,000), `octets` the whole message.
    """

    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    html_octets: int
    octets: int


def assemble(rendering: Rendering, edition: Edition, lineup: LineUp, reader: Reader) -> Mail:
    """The mail of one reader. The same arguments make the same bytes, whenever that is."""
    shop = press(rendering, edition)
    letterhead, marker = rendering.letterhead, one_line(reader.marker).strip("[] ")
    subject, preheader = shop.top(lineup, marker)
    offset, zone = shop.clock(reader.timezone)
    leave = () if marker else unsubscribe_uris(letterhead, reader)
    values = {
        "marker": f"[{marker}]",
        "preheader": preheader,
        "counts": shop.counts(lineup),
        "zone": zone,
        "address": one_line(reader.address),
        **(_INERT if marker else _links(reader, leave)),
    }
    names = _names(shop, lineup, values, marked=bool(marker))
    content = b"".join(
        (
            shop.sender_headers,
            subject,
            personal_headers(reader, leave),
            shop.constant_headers,
            *_parts(shop, names, values, offset=offset),
        )
    )
    return Mail(
        envelope_from=reader.envelope_from or letterhead.bounce_address or sender_address(letterhead),
        envelope_to=reader.address,
        message_id=reader.message_id,
        content=content,
    )


def web_page(
    rendering: Rendering,
    edition: Edition,
    lineup: LineUp,
    *,
    timezone: str = "UTC",
    corrections: Sequence[Correction] = (),
) -> str:
    """The HTML of an edition for the web: the mail's own blocks without anything that is one reader's.

    `corrections` to this edition, made after it went out, stand on top of it; an edition that was rendered before there
    were any has no place for them.
    """
    shop = press(rendering, edition)
    offset, zone = shop.clock(timezone)
    values = {"preheader": shop.top(lineup, "")[1], "counts": shop.counts(lineup), "zone": zone}
    names = _names(shop, lineup, values, marked=False)
    top = names.index("masthead") + 1
    shown = _for_html(values)
    return plain(
        (
            *shop.fill("html", names[:top], shown, offset),
            *(segment for each in corrections for segment in _corrected(shop, each, offset)),
            *shop.fill("html", names[top:], shown, offset),
        )
    )


def _corrected(shop: Press, correction: Correction, offset: timedelta) -> list[bytes]:
    values = {"correction": one_line(correction.text), "corrected_at": shop.when(correction.at, offset)}
    return shop.fill("html", ("correction",), _for_html(values), offset)


def preview(mail: Mail) -> Preview:
    """The mail as its reader's program will take it apart."""
    message = message_from_bytes(mail.content, policy=policy.default)
    parts = {part.get_content_subtype(): part for part in message.iter_parts()}
    decoded = {kind: bytes(part.get_payload(decode=True)) for kind, part in parts.items()}
    head = mail.content.partition(b"\r\n\r\n")[0].decode("utf-8").replace("\r\n ", " ")
    headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in head.split("\r\n")))
    return Preview(
        html=decoded["html"].decode("utf-8").replace("\r\n", "\n"),
        text=decoded["plain"].decode("utf-8").replace("\r\n", "\n"),
        headers=headers,
        html_octets=len(decoded["html"]),
        octets=len(mail.content),
    )


def _links(reader: Reader, leave: tuple[str, ...]) -> dict[str, str]:
    """The reader's links, as far as there are any."""
    links = {
        "unsubscribe_url": leave[0] if leave else "",
        "edition_url": reader.edition_url,
        "preferences_url": reader.preferences_url,
    }
    return {name: link for name, link in links.items() if link}


def _names(shop: Press, lineup: LineUp, values: Mapping[str, str], *, marked: bool) -> tuple[str, ...]:
    """The blocks of a mail in order: the frame's optional parts are there where there is a value for them."""
    browser, leave, address = "edition_url" in values, "unsubscribe_url" in values, "address" in values
    before = ("head", *_chosen(marker=marked, browser=browser), "masthead", "note", "corrections")
    wishes = "preferences_url" in values
    after = _chosen(reason=address, preferences=wishes, unsubscribe=leave, footer_browser=browser)
    return (*before, *shop.rows(lineup), "footer", *after, "end")


def _chosen(**parts: bool) -> Iterable[str]:
    return (name for name, wanted in parts.items() if wanted)


def _for_html(values: Mapping[str, str]) -> dict[str, bytes]:
    return {name: _quoted(name, escape(value)) for name, value in values.items()}


def _quoted(name: str, value: str) -> bytes:
    return _quoted_once(value) if name in _SHARED else quoted(value)


_quoted_once = lru_cache(maxsize=8192)(quoted)


def _parts(shop: Press, names: tuple[str, ...], values: Mapping[str, str], *, offset: timedelta) -> list[bytes]:
    """Both parts of the mail.

    A link that leads nowhere is shown in the HTML of a test, so that it looks as it will; in the text it is left out.
    """
    spoken = tuple(name for name in names if name not in _LINKED) if "marker" in names else names
    texts = {name: _quoted(name, value) for name, value in values.items()}
    text, html = shop.fill("text", spoken, texts, offset), shop.fill("html", names, _for_html(values), offset)
    return alternative(shop.boundary, text, html)
