"""The demo day is whole: every document well-formed, every link in one event, every host reserved."""

import csv
import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

ATOM = "{http://www.w3.org/2005/Atom}"
RSS1 = "{http://purl.org/rss/1.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
XHTML = "{http://www.w3.org/1999/xhtml}"
BASE = "{http://www.w3.org/XML/1998/namespace}base"

VOCABULARIES = frozenset(
    {"jsonfeed.org", "purl.org", "schema.org", "search.yahoo.com", "wellformedweb.org", "www.w3.org"}
)
"""Hosts that only name a vocabulary (a namespace, a version) and are never asked for anything."""

CUT = datetime(2026, 3, 12, 5, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item as read with the standard library alone; `text` is its description and content without tags."""

    kind: str
    link: str
    title: str
    text: str
    at: datetime | None


class Page(HTMLParser):
    """The canonical link, the headline, the time and the paragraphs of a saved page, and tags left open."""

    def __init__(self) -> None:
        super().__init__()
        self.link, self.title, self.time = "", "", ""
        self.paragraphs: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and values.get("rel") == "canonical":
            self.link = values["href"] or ""
        if tag == "time":
            self.time = values["datetime"] or ""
        if tag not in {"meta", "link", "img", "br"}:
            self.open.append(tag)
        if tag == "p":
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "h1" in self.open:
            self.title += data
        if "p" in self.open:
            self.paragraphs[-1] += data


def plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", html.unescape(markup))).split())


def clean(link: str) -> str:
    parts = urlsplit(link)
    query = urlencode([pair for pair in parse_qsl(parts.query) if not pair[0].startswith("utm_")])
    return urlunsplit(parts._replace(query=query))


def instant(text: str) -> datetime | None:
    if not text:
        return None
    return datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)


def rss(root: ET.Element) -> Iterator[Entry]:
    for item in root.iter("item"):
        text = item.findtext("description", "") + " " + item.findtext(f"{CONTENT}encoded", "")
        yield Entry(
            kind="RSS 2.0",
            link=clean(item.findtext("link", "")),
            title=plain(item.findtext("title", "")),
            text=plain(text),
            at=instant(item.findtext("pubDate", "")),
        )


def rdf(root: ET.Element) -> Iterator[Entry]:
    for item in root.iter(f"{RSS1}item"):
        yield Entry(
            kind="RSS 1.0",
            link=clean(item.findtext(f"{RSS1}link", "")),
            title=plain(item.findtext(f"{RSS1}title", "")),
            text=plain(item.findtext(f"{RSS1}description", "")),
            at=instant(item.findtext(f"{DC}date", "")),
        )


def atom(root: ET.Element) -> Iterator[Entry]:
    for entry in root.iter(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link")
        assert link is not None
        bodies = [*entry.iter(f"{ATOM}summary"), *entry.iter(f"{ATOM}content")]
        yield Entry(
            kind="Atom",
            link=clean(urljoin(root.get(BASE, ""), link.get("href", ""))),
            title=plain(entry.findtext(f"{ATOM}title", "")),
            text=plain(" ".join("".join(body.itertext()) for body in bodies)),
            at=instant(entry.findtext(f"{ATOM}published") or entry.findtext(f"{ATOM}updated", "")),
        )


def jsonfeed(document: dict[str, Any]) -> Iterator[Entry]:
    for item in document["items"]:
        texts = (item.get(key, "") for key in ("summary", "content_html", "content_text"))
        yield Entry(
            kind="JSON Feed 1.1",
            link=clean(item["url"]),
            title=plain(item["title"]),
            text=plain(" ".join(texts)),
            at=instant(item.get("date_published", "")),
        )


def page(markup: str) -> Iterator[Entry]:
    reader = Page()
    reader.feed(markup)
    reader.close()
    assert reader.open == []
    yield Entry(
        kind="page",
        link=reader.link,
        title=plain(reader.title),
        text=plain(" ".join(reader.paragraphs)),
        at=instant(reader.time),
    )


def read(path: Path) -> list[Entry]:
    if path.suffix == ".json":
        document = json.loads(path.read_text("utf-8"))
        assert document["version"] == "https://jsonfeed.org/version/1.1"
        return list(jsonfeed(document))
    if path.suffix == ".html":
        return list(page(path.read_text("utf-8")))
    root = ET.fromstring(path.read_bytes())
    readers = {"rss": rss, f"{ATOM}feed": atom}
    return list(readers.get(root.tag, rdf)(root))


@pytest.fixture(scope="module")
def documents(seeds_folder: Path) -> dict[str, Path]:
    """The documents by host."""
    return {path.stem: path for path in sorted((seeds_folder / "feeds").iterdir())}


@pytest.fixture(scope="module")
def entries(documents: dict[str, Path]) -> list[Entry]:
    return [entry for path in documents.values() for entry in read(path)]


@pytest.fixture(scope="module")
def truth(seeds_folder: Path) -> dict[str, Any]:
    return json.loads((seeds_folder / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def outlines(seeds_folder: Path) -> list[ET.Element]:
    root = ET.fromstring((seeds_folder / "feeds.opml").read_bytes())
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    return root.findall("./body/outline")


@pytest.fixture(scope="module")
def readers(seeds_folder: Path) -> list[dict[str, str]]:
    with (seeds_folder / "subscribers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sections_of(outlines: list[ET.Element]) -> set[str]:
    return {outline.get("text", "") for outline in outlines}


@cache
def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[start : start + 4]) for start in range(len(words) - 3)}


def shared_part(one: Entry, other: Entry) -> float:
    """How much of the shorter text stands in the longer, in runs of four words."""
    first, second = shingles(one.text), shingles(other.text)
    return len(first & second) / min(len(first), len(second))


def test_every_publisher_of_the_list_answers_with_one_document(
    outlines: list[ET.Element], documents: dict[str, Path]
) -> None:
    hosts = [urlsplit(feed.get("xmlUrl", "")).hostname for section in outlines for feed in section]
    assert sorted(filter(None, hosts)) == sorted(documents)
    assert len(hosts) >= 12
    assert 5 <= len(outlines) <= 6


def test_the_day_has_about_eighty_items_in_every_format(entries: list[Entry]) -> None:
    assert 75 <= len(entries) <= 95
    assert {entry.kind for entry in entries} == {"RSS 2.0", "RSS 1.0", "Atom", "JSON Feed 1.1", "page"}


def test_every_item_has_a_title_a_text_and_a_link_of_its_own(entries: list[Entry]) -> None:
    assert all(entry.title and len(entry.text) > 60 for entry in entries)
    assert max(Counter(entry.link for entry in entries).values()) == 1
    assert max(Counter(entry.title for entry in entries).values()) == 1


def test_every_link_tells_exactly_one_event(entries: list[Entry], truth: dict[str, Any]) -> None:
    told = Counter(link for links in truth["events"].values() for link in links)
    assert sorted(told) == sorted(entry.link for entry in entries)
    assert max(told.values()) == 1


def test_copies_lie_within_one_event_and_share_their_text(entries: list[Entry], truth: dict[str, Any]) -> None:
    by_link = {entry.link: entry for entry in entries}
    event_of = {link: event for event, links in truth["events"].items() for link in links}
    for links in truth["copies"].values():
        assert len({event_of[link] for link in links}) == 1
        for one, other in combinations(links, 2):
            assert shared_part(by_link[one], by_link[other]) > 0.3, (one, other)


def test_texts_that_are_not_copies_share_next_to_nothing(entries: list[Entry], truth: dict[str, Any]) -> None:
    copies = {frozenset(pair) for links in truth["copies"].values() for pair in combinations(links, 2)}
    for one, other in combinations(entries, 2):
        if frozenset((one.link, other.link)) not in copies:
            assert shared_part(one, other) < 0.2, (one.link, other.link)


def test_several_events_are_told_by_five_publishers_or_more(truth: dict[str, Any]) -> None:
    publishers = [len({urlsplit(link).hostname for link in links}) for links in truth["events"].values()]
    assert sum(count >= 5 for count in publishers) >= 5
    assert sum(2 <= count <= 3 for count in publishers) >= 8
    assert sum(count == 1 for count in publishers) >= 10


def test_the_day_is_the_one_the_readme_names(entries: list[Entry], truth: dict[str, Any]) -> None:
    assert datetime.fromisoformat(truth["now"]) == CUT
    ages = [CUT - entry.at for entry in entries if entry.at is not None]
    day = timedelta(days=1)
    assert len(entries) - len(ages) == 3
    assert sum(age < timedelta(0) for age in ages) == 1
    assert sum(age > day for age in ages) == 3
    assert sum(timedelta(0) <= age <= day for age in ages) >= 70


def test_only_reserved_hosts_are_named(seeds_folder: Path) -> None:
    for path in (each for each in seeds_folder.rglob("*.*") if each.suffix != ".jpg"):
        text = html.unescape(path.read_bytes().decode("latin-1"))
        hosts = set(re.findall(r"https?:\\?/\\?/([^/\s\"'<>?#:\\]+)", text)) | set(re.findall(r"[\w.]@([\w.-]+)", text))
        named = {host for host in hosts if host[0].isalnum()}  # a broken address names nobody
        assert all(host.endswith(".example") for host in named - VOCABULARIES), path


def test_the_readers_wish_for_what_there_is(readers: list[dict[str, str]], outlines: list[ET.Element]) -> None:
    assert len(readers) == len({reader["email"] for reader in readers}) == 6
    assert len({ZoneInfo(reader["timezone"]).key for reader in readers}) == 6
    assert all(reader["consent"] for reader in readers)
    wished = {name for reader in readers for name in reader["sections"].split(",") if name}
    assert wished <= sections_of(outlines)


def test_a_muted_word_occurs_in_a_big_story(
    readers: list[dict[str, str]], entries: list[Entry], truth: dict[str, Any]
) -> None:
    muted = [word for reader in readers for word in reader["muted_words"].casefold().split(",") if word]
    by_link = {entry.link: f"{entry.title} {entry.text}".casefold() for entry in entries}
    big = [links for links in truth["events"].values() if len(links) >= 5]
    assert any(all(word in by_link[link] for link in links) for word in muted for links in big)


def test_the_saved_page_has_all_that_must_not_reach_a_story(documents: dict[str, Path]) -> None:
    markup = documents["eightfold-daily.example"].read_text("utf-8")
    for unwanted in ("Advertisement", "PHOTO:", "AI features", "No comments yet", "Download the app", "Read more:"):
        assert unwanted in markup
    assert len(re.findall(r'class="age"', markup)) == 4
