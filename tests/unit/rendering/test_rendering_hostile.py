"""Known attacks as headlines, summaries, sources and links: shown as text or dropped."""

import json
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from digest.model.edition import BenchStory, Edition
from digest.model.message import Mail
from digest.rendering.assemble import preview

ELEMENTS = {"html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td"}
ELEMENTS |= {"p", "h1", "h2", "a", "span", "br", "b", "img"}
ATTRIBUTES = {"align", "alt", "aria-hidden", "aria-label", "aria-roledescription", "bgcolor", "border", "cellpadding"}
ATTRIBUTES |= {
    "cellspacing",
    "charset",
    "class",
    "content",
    "dir",
    "height",
    "href",
    "id",
    "lang",
    "name",
    "role",
    "src",
}
ATTRIBUTES |= {"style", "width", "xmlns:o", "xmlns:v"}


class Inventory(HTMLParser):
    """Which elements, attributes and addresses a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in {"href", "src"}}


@pytest.mark.shared
def test_known_attacks_stay_text(
    shared_data: Path,
    editions: Callable[..., Edition],
    stories: Callable[..., BenchStory],
    mailed: Callable[..., Mail],
) -> None:
    attacks = [
        str(item["value"] if isinstance(item, dict) else item)
        for name in ("xss_more.json", "open_redirect_more.json")
        for item in json.loads((shared_data / "hostile" / name).read_text("utf-8"))["items"]
    ]
    assert len(attacks) > 100
    for start in range(0, len(attacks), 90):
        bench = []
        for number, attack in enumerate(attacks[start : start + 90]):
            entry = stories(number, title=attack, source=attack, url=attack, related=1)
            related = (replace(entry.related[0], title=attack, url=attack, language=attack),)
            story = replace(entry.story, summary=attack, language=attack)
            score = replace(entry.score, why=attack)
            bench.append(replace(entry, story=story, score=score, section=attack, related=related))
        page = Inventory()
        page.feed(preview(mailed(editions(*bench))).html)
        assert page.elements <= ELEMENTS
        assert page.attributes <= ATTRIBUTES
        assert all(link.startswith(("https://", "http://", "#s")) for link in page.links)
