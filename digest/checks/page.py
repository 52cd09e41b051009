"""A finished mail, and its page as a tree: the one home of lxml."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import TypeAlias

from lxml import etree
from lxml.html import HtmlElement, document_fromstring
from lxml.html import HTMLParser as TreeParser

from digest.model.edition import BenchStory, Edition, LineUp
from digest.model.message import Letterhead

Element: TypeAlias = HtmlElement

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
"""Elements that have no end tag."""

_EMPTY = "<html><head></head><body></body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A finished mail in parts, as a mail program takes it apart, and what it was made of.

    `headers` are unfolded, `wire` is the whole message as it is carried, `html_octets` what Gmail counts. `outward`
    says that readers get it: in an outbox of the operator's own, what only they need is no error. `columns` measures a
    text as a terminal shows it.
    """

    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    html_octets: int
    wire: bytes
    edition: Edition
    lineup: LineUp
    letterhead: Letterhead
    outward: bool = True
    columns: Callable[[str], int] = field(default=len, compare=False)

    def values(self, header: str) -> tuple[str, ...]:
        """What a header says, as often as it is there."""
        return tuple(value for name, value in self.headers if name.lower() == header.lower())

    @property
    def shown(self) -> tuple[BenchStory, ...]:
        """The stories of the mail, in order."""
        bench = self.edition.bench
        return tuple(bench[pick.index] for pick in self.lineup.picks if pick.index < len(bench))

    def is_own(self, url: str) -> bool:
        """Whether an address is one of the newspaper's pages."""
        root = self.letterhead.public_url
        return bool(root) and (url == root or url.startswith(f"{root}/"))


class Page:
    """The HTML of a mail, parsed once for all checks."""

    def __init__(self, sent: Sent) -> None:
        self.sent = sent
        parser = TreeParser(encoding="utf-8", huge_tree=True)
        content = sent.html.encode("utf-8", "replace")
        try:
            self.root: Element = document_fromstring(content, parser=parser)
        except (etree.ParserError, etree.XMLSyntaxError):
            self.root = document_fromstring(_EMPTY)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Every element, in the order of the page; comments, and what stands in them for Outlook, are none."""
        return tuple(element for element in self.root.iter() if isinstance(element.tag, str))

    def named(self, *names: str) -> tuple[Element, ...]:
        """The elements of these names."""
        return tuple(element for element in self.elements if element.tag in names)

    @cached_property
    def styles(self) -> tuple[str, ...]:
        """The style blocks."""
        return tuple(element.text_content() for element in self.named("style"))

    @cached_property
    def headlines(self) -> tuple[str, ...]:
        """The headlines of the stories."""
        return tuple(element.text_content() for element in self.named("h2"))

    @cached_property
    def _stories(self) -> Mapping[Element, str]:
        """The id of the story that each h2 is the headline of, as far as there is one for each."""
        return dict(zip(self.named("h2"), (entry.story.id for entry in self.sent.shown), strict=False))

    @cached_property
    def _above(self) -> Mapping[Element, str]:
        """For each element that lies between two headlines of stories the story of the upper one."""
        found: dict[Element, str] = {}
        waiting: list[Element] = []
        story = ""
        for element in self.elements:
            if element.tag == "h2":
                found.update(dict.fromkeys(waiting, story))
                story, waiting = self._stories.get(element, ""), []
            waiting.append(element)
        return found

    @cached_property
    def _linked(self) -> Mapping[str, str]:
        """The story that each address belongs to, by what the edition says."""
        return {url: entry.story.id for entry in reversed(self.sent.shown) for url in _addresses_of(entry)}

    def story_of(self, element: Element) -> str:
        """The id of the story an element is part of, as far as it can be told, else empty: the one whose headline is
        the only one near it, the one whose page it links to, or the one above it where another comes below.
        """
        for around in (element, *element.iterancestors()):
            inside = [each for each in around.iter("h1", "h2") if isinstance(each.tag, str)]
            if len(inside) == 1 and inside[0].tag == "h2":
                return self._stories.get(inside[0], "")
            if inside:
                break
        return self._linked.get(element.get("href", "").strip(), self._above.get(element, ""))


def _addresses_of(entry: BenchStory) -> Iterator[str]:
    yield from (item.url for item in (entry.story.lead, *entry.related) if item.url)


def misplaced(html: str) -> Iterator[str]:
    """The tags that have no partner where they need one, in words."""
    reader = _Tags()
    reader.feed(html)
    reader.close()
    yield from reader.faults
    yield from (_unclosed(name, line) for name, line in reader.open)


def _unclosed(name: str, line: int) -> str:
    return f"<{name}> of line {line} is not closed"


class _Tags(HTMLParser):
    """Keeps the elements that are open; what stands in comments is left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, int]] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 the parser's own
        if tag not in VOID:
            self.open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """<br/> and its like are whole."""

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not any(name == tag for name, _ in self.open):
            self.faults.append(f"</{tag}> in line {self.getpos()[0]} closes nothing")
            return
        while (left := self.open.pop())[0] != tag:
            self.faults.append(_unclosed(*left))
