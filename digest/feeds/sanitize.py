"""Markup becomes the plain text a reader wants: no tags, no clutter, no captions, settled blanks."""

import re
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from digest.feeds.characters import settled, valid
from digest.feeds.clutter import Line, only_text, without_title
from digest.feeds.sentences import lead

if TYPE_CHECKING:
    import nh3

__all__ = ["clean_text", "clean_title", "lead"]

LONGEST_TEXT = 200_000
LONGEST_HEADLINE = 2_000
DEEPEST = 60
"""How deep elements may be nested: parsers of HTML take quadratic time on markup that is deep on purpose."""

BLOCKS_NAMES = """
address article blockquote caption center dd details div dl dt fieldset figure h1 h2 h3 h4 h5 h6 hr li
main ol p pre section summary table tbody tfoot thead tr ul
"""
BLOCKS = frozenset(BLOCKS_NAMES.split())
INLINE = frozenset(["a", "br", "cite", "em", "i", "img", "small", "span", "strong", "td", "th"])
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source"])
VOID |= frozenset(["track", "wbr"])
DROPPED_NAMES = """
applet aside audio button canvas dialog embed figcaption footer form frameset header iframe math nav noembed noframes
noscript object option plaintext script select style svg template textarea title video xmp
"""
DROPPED = frozenset(DROPPED_NAMES.split())
"""Elements that go with all they hold."""

PHRASES_NAMES = """
abbr acronym b bdi bdo big body code data del dfn font head html ins kbd label map mark marquee meter output
picture progress q rp rt ruby s samp strike sub sup time tt u var colgroup legend optgroup frame menu
"""
PHRASES = frozenset(PHRASES_NAMES.split())
KNOWN = BLOCKS | INLINE | VOID | DROPPED | PHRASES
UNNESTED = VOID | frozenset(["p", "li", "dd", "dt", "td", "th", "tr", "option", "body", "head", "html"])
"""Elements that end by themselves, so that an open one says nothing about depth."""

BRACKET = re.compile(r"<(/?)([A-Za-z][\w:.-]{0,60})?([^<>]{0,3000})(>?)")
ESCAPED_TAG = re.compile(r"&(?:amp;)*lt;(?:/([A-Za-z][A-Za-z0-9]{0,15})|(br|img|p|hr)\b)", re.IGNORECASE)
TAG = re.compile(r"</?([A-Za-z][\w-]{0,30})|<!--")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
LIVE = re.compile(r"<(?=[A-Za-z/!?])([^<>]*)(>?)")

SWITCHES = frozenset(["has", "is", "no", "with", "without", "show", "hide", "not"])
"""What begins names like "has-ads", which are given to the article itself."""

HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
ROLES = frozenset(["banner", "complementary", "contentinfo", "navigation", "search", "button"])
ASIDES_NAMES = """
ad ads advert advertisement adslot ad-slot ad-container ad-unit ad-wrapper ad-box sponsored promo-box caption
caption-text credit photo-credit image-credit gallery-caption related relatedposts related-posts
related-articles related-stories related-content sharedaddy share-buttons share-bar share-links social-share
social-links comment-list comments-area comments-section newsletter newsletter-signup feedflare
screen-reader-text sr-only visually-hidden visuallyhidden breadcrumb breadcrumbs app-download app-banner
"""
ASIDES = frozenset(ASIDES_NAMES.split())
"""Names that sites give to what is not the article; a longer name counts when it ends in one after a dash."""


def clean_text(html: str, *, title: str = "") -> str:
    """The text of an article, one paragraph a line, from markup or plain text of any kind.

    Advertisement lines, captions and credits, lists of related articles, comments, "read more" tails and a
    repetition of `title` at the start are left out. No `<` that could open a tag is left in.
    """
    lines = only_text(lines_of(html[:LONGEST_TEXT]))
    return "\n".join(inert(paragraph) for paragraph in without_title(lines, settled(title)))


def clean_title(html: str) -> str:
    """A headline or a name on one line, from markup or plain text of any kind."""
    if "<" not in html and "&" not in html:
        return settled(html[:LONGEST_HEADLINE])
    lines = lines_of(html[:LONGEST_HEADLINE])
    return inert(" ".join(line.text for line in lines if line.text))


def lines_of(html: str) -> list[Line]:
    """The lines of a text as its markup sets them."""
    walker = Walker()
    walker.feed(cleaner().clean(bracketed(unescaped(as_markup(valid(html))))))
    walker.close()
    walker.end_paragraph()
    return walker.lines


def as_markup(text: str) -> str:
    """Text without any tag keeps its lines."""
    return text if has_tags(text) else text.replace("\r\n", "\n").replace("\n", "<br>\n")


def has_tags(text: str) -> bool:
    """Whether there is any markup in a text."""
    return any(not found[1] or "-" in found[1] or found[1].lower() in KNOWN for found in TAG.finditer(text))


def unescaped(html: str) -> str:
    """Markup that was escaped once too often is markup again."""
    for _ in range(3):
        found = ESCAPED_TAG.search(html)
        if has_tags(html.replace("<br>", "")) or not found or (found[1] or found[2]).lower() not in KNOWN:
            break
        html = unescape(html)
    return html


def bracketed(html: str) -> str:
    """Markup in which every `<` that opens no tag is text, and nothing is nested too deep."""
    depth = 0

    def settle(found: re.Match[str]) -> str:
        nonlocal depth
        closing, name, inside, end = found.groups()
        name = (name or "").lower()
        if not name:
            return found[0] if inside[:1] in ("!", "?") else "&lt;" + found[0][1:]
        if name not in KNOWN and "-" not in name and "=" not in inside and not closing:
            return "&lt;" + found[0][1:]
        if not end and "=" not in inside:
            return "&lt;" + found[0][1:] if name not in DROPPED else found[0]
        if name in UNNESTED or inside.endswith("/"):
            return found[0]
        depth = max(0, depth + (-1 if closing else 1))
        return found[0] if closing or depth <= DEEPEST else " "

    return BRACKET.sub(settle, html)


def inert(text: str) -> str:
    """Text in which no `<` is left that a careless page could take for a tag."""
    return LIVE.sub(lambda found: f"‹{found[1]}{'›' * len(found[2])}", text) if "<" in text else text


@cache
def cleaner() -> "nh3.Cleaner":
    """The sanitiser: what it lets through is balanced, and carries only what tells an aside from the article."""
    import nh3

    return nh3.Cleaner(
        tags=set(BLOCKS | INLINE),
        clean_content_tags=set(DROPPED),
        attributes={"*": {"class", "id", "role", "hidden", "aria-hidden", "style"}},
        link_rel=None,
    )


class Walker(HTMLParser):
    """Turns balanced markup into lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self.pieces: list[str] = []
        self.linked = 0
        self.links = 0
        self.heading = False
        self.paragraph = 0
        self.aside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser for every tag."""
        if self.aside or is_aside(attrs):
            self.aside += tag not in VOID
            return
        if tag in BLOCKS:
            self.end_paragraph()
            self.heading = tag in HEADINGS
        elif tag == "br" and not self.end_line():
            self.paragraph += 1
        elif tag == "img":
            self.end_line()
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        self.links += tag == "a"

    def handle_endtag(self, tag: str) -> None:
        """Called by the parser for every end tag."""
        if self.aside:
            self.aside -= 1
            return
        self.links -= tag == "a"
        if tag in BLOCKS:
            self.end_paragraph()
            self.heading = False

    def handle_data(self, data: str) -> None:
        """Called by the parser for every run of text."""
        if not self.aside:
            self.pieces.append(data)
            self.linked += len(data.strip()) * bool(self.links)

    def end_line(self) -> bool:
        """Close the line; whether there was text on it."""
        text = settled(plain("".join(self.pieces)))
        if text:
            linked = self.linked * 10 >= len(text) * 9
            self.lines.append(Line(text=text, linked=linked, heading=self.heading, paragraph=self.paragraph))
        self.pieces, self.linked = [], 0
        return bool(text)

    def end_paragraph(self) -> None:
        """Close the line and the paragraph."""
        self.end_line()
        self.paragraph += 1


def plain(text: str) -> str:
    """Text with its entities resolved, those too that were escaped once too often."""
    for _ in range(2):
        if not ENTITY.search(text):
            break
        text = ENTITY.sub(lambda found: unescape(found[0]), text)
    return text


def is_aside(attributes: list[tuple[str, str | None]]) -> bool:
    """Whether an element's attributes say that it is hidden, or not of the article."""
    named = {name: value or "" for name, value in attributes}
    if "hidden" in named or named.get("aria-hidden") == "true" or named.get("role") in ROLES:
        return True
    if HIDING.search(named.get("style", "")[:1000]):
        return True
    names = f"{named.get('class', '')} {named.get('id', '')}"[:1000].lower().replace("_", "-").split()
    return any(is_aside_name(name) for name in names)


def is_aside_name(name: str) -> bool:
    """Whether a class or id names an aside: "wp-caption-text", "ad-slot", "related"."""
    first, *_ = parts = name.split("-")
    if first in SWITCHES:
        return name in ASIDES
    parts = parts[-3:]
    return any("-".join(parts[start:]) in ASIDES for start in range(len(parts)))
