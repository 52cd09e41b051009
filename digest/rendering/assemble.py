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
from digest.rendering.mime import all_smooth, alternative, quoted, smooth
from digest.rendering.page import row_names
from digest.rendering.press import Press, plain, press
from digest.rendering.text import one_line

_INERT = {"unsubscribe_url": "#", "edition_url": "#", "preferences_url": "#"}
"""Where the links for readers lead in a test mail: nowhere."""

_SHARED = frozenset({"marker", "preheader", "counts", "zone", "edition_url"})
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
    return pressed(press(rendering, edition), lineup, reader)


def pressed(shop: Press, lineup: LineUp, reader: Reader) -> Mail:
    """The mail of one reader, by an edition's press."""
    letterhead, marker = shop.letterhead, one_line(reader.marker).strip("[] ")
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
    own = personal_headers(reader, leave)
    body = _parts(shop, shop.rows(lineup), values, offset, marked=bool(marker))
    shared = (shop.sender_headers, subject, shop.constant_headers)
    return Mail(
        envelope_from=reader.envelope_from or letterhead.bounce_address or sender_address(letterhead),
        envelope_to=reader.address,
        message_id=reader.message_id,
        content=b"".join((shop.sender_headers, subject, own, shop.constant_headers, *body)),
        smooth=smooth(own) and all_smooth((*shared, *body)),
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
    before, after = _frame(frozenset(values), marked=False)
    top = before.index("masthead") + 1
    shown = _encoded(values)[1]
    return plain(
        (
            *shop.fill("html", before[:top], shown, offset),
            *(segment for each in corrections for segment in _corrected(shop, each, offset)),
            *shop.fill("html", (*before[top:], *row_names(edition, lineup), *after), shown, offset),
        )
    )


def _corrected(shop: Press, correction: Correction, offset: timedelta) -> list[bytes]:
    values = {"correction": one_line(correction.text), "corrected_at": shop.when(correction.at, offset)}
    return shop.fill("html", ("correction",), _encoded(values)[1], offset)


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


@lru_cache(maxsize=64)
def _frame(given: frozenset[str], *, marked: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The blocks before a line-up's rows and those after them; optional ones are there where their value is given."""
    browser = "edition_url" in given
    before = _chosen(marker=marked, browser=browser)
    after = _chosen(
        reason="address" in given,
        preferences="preferences_url" in given,
        unsubscribe="unsubscribe_url" in given,
        footer_browser=browser,
    )
    return ("head", *before, "masthead", "note", "corrections"), ("footer", *after, "end")


def _chosen(**parts: bool) -> Iterable[str]:
    return (name for name, wanted in parts.items() if wanted)


def _encoded(values: Mapping[str, str]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The values as they stand in the text, and in the HTML."""
    texts, pages = dict[str, bytes](), dict[str, bytes]()
    for name, value in values.items():
        texts[name], pages[name] = _both_once(value) if name in _SHARED else _both(value)
    return texts, pages


def _both(value: str) -> tuple[bytes, bytes]:
    text, escaped = quoted(value), escape(value)
    return text, text if escaped == value else quoted(escaped)


_both_once = lru_cache(maxsize=8192)(_both)


def _parts(
    shop: Press, rows: Sequence[tuple[str, ...]], values: Mapping[str, str], offset: timedelta, *, marked: bool
) -> list[bytes]:
    """Both parts of the mail.

    A link that leads nowhere is shown in the HTML of a test, so that it looks as it will; in the text it is left out.
    """
    before, after = _frame(frozenset(values), marked=marked)
    spoken = tuple(name for name in after if name not in _LINKED) if marked else after
    text, html = _encoded(values)
    return alternative(
        shop.boundary,
        shop.sheet("text", before, spoken, offset).filled(rows, text),
        shop.sheet("html", before, after, offset).filled(rows, html),
    )
