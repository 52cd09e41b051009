"""Real feeds of six public collections are read as six other parsers agree; hostile strings leave no markup."""

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from digest.errors import ParseError
from digest.feeds.document import Document
from digest.feeds.jsonfeed import is_json, read_json
from digest.feeds.parse import looks_like_html, parse
from digest.feeds.sanitize import clean_title
from digest.feeds.xmlfeed import read_xml
from digest.model.feed import Feed, Item

pytestmark = pytest.mark.shared

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
URL = "https://feeds.example/feed"
LEAST_AGREEMENT = 0.985
LIVE = re.compile(r"<[A-Za-z/!?]")


@pytest.fixture(scope="module")
def real_feeds(shared_data: Path) -> dict[str, Any]:
    """File names, each with what is expected of it."""
    return json.loads((shared_data / "feeds-real" / "expected-real.json").read_text())["files"]


@pytest.fixture(scope="module")
def hostile_strings(shared_data: Path) -> list[str]:
    """Strings that run a script where a page is careless."""
    return [item["value"] for item in json.loads((shared_data / "hostile" / "xss_more.json").read_text())["items"]]


def found_at(document: Document, path: str) -> Any:
    """What our document says where the expectations say something."""
    place, _, field = path.partition(".")
    if place == "feed":
        return getattr(document, field)
    if not field:
        return len(document.entries)
    number, name = field.split(".")
    if int(number) >= len(document.entries):
        return None
    entry = document.entries[int(number)]
    if name == "date":
        return int(entry.published.timestamp()) if entry.published else None
    return getattr(entry, "identity" if name == "id" else name)


def agrees(kind: str, expected: Any, found: Any) -> bool:
    """Whether two values are the same but for blanks and the way an address is encoded."""
    if found == expected or found is None or kind in ("count", "date"):
        return found == expected
    if kind == "url":
        return unquote(found).rstrip("/") == unquote(expected).rstrip("/")
    return " ".join(found.split()) == " ".join(expected.split())


def disagreements(folder: Path, feeds: dict[str, Any]) -> Iterator[str]:
    """Every check that fails."""
    for name, feed in feeds.items():
        body = (folder / name).read_bytes()
        read = read_json(body, feed["url"]) if is_json(body) else read_xml(body, feed["url"], feed["content_type"])
        for check in feed["neutral"]:
            found = found_at(read, check["path"])
            if not agrees(check["kind"], check["value"], found):
                yield f"{name} {check['path']}: {check['value']!r} expected, {found!r} found"


def test_real_feeds_are_read_as_other_parsers_agree(shared_data, real_feeds):
    total = sum(len(feed["neutral"]) for feed in real_feeds.values())
    wrong = list(disagreements(shared_data / "feeds-real", real_feeds))
    print(f"{total - len(wrong)} of {total} checks agree")  # noqa: T201 -- the figure is what one runs this for
    assert len(wrong) <= total * (1 - LEAST_AGREEMENT), "\n".join(wrong)


def test_the_items_keep_titles_and_dates(shared_data, real_feeds):
    total = wrong = 0
    for name, feed in real_feeds.items():
        parsed = parse((shared_data / "feeds-real" / name).read_bytes(), Feed(id=1, url=URL), feed["url"], None, NOW)
        titles = {item.title for item in parsed.items}
        dates = {int(item.published.timestamp()) for item in parsed.items if item.published}
        for check in feed["neutral"]:
            if re.fullmatch(r"entries\.\d+\.title", check["path"]):
                total, wrong = total + 1, wrong + (clean_title(check["value"])[:200] not in {t[:200] for t in titles})
            if re.fullmatch(r"entries\.\d+\.date", check["path"]):
                total, wrong = total + 1, wrong + (check["value"] not in dates)
    print(f"{total - wrong} of {total} titles and dates are kept")  # noqa: T201 -- as above
    assert wrong <= total * (1 - LEAST_AGREEMENT)


def test_nothing_but_parse_errors_is_raised(shared_data):
    read = 0
    for path in sorted(shared_data.glob("feeds-real/real/*")) + sorted(shared_data.glob("hostile/*")):
        body = path.read_bytes()
        looks_like_html(body, None)
        for part in (body, body[: len(body) // 2], body[7:], body.replace(b">", b""), body.replace(b"</", b"<")):
            try:
                items = parse(part, Feed(id=1, url=URL), URL, None, NOW).items
            except ParseError:
                continue
            read += 1
            for item in items:
                check_fields(item)
    assert read > 300


def check_fields(item: Item) -> None:
    """What every item promises, whatever it was made of."""
    for text in (item.title, item.summary, item.author, item.source, item.url, item.image_url):
        assert not LIVE.search(text)
        assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b]", text)
        text.encode()
    assert item.title
    assert len(item.title) <= 300
    assert len(item.summary) <= 1000
    assert item.url == "" or item.url.startswith(("http://", "https://"))
    assert item.image_url == "" or item.image_url.startswith(("http://", "https://"))
    assert 0 < item.position <= 1
    assert item.published is None or item.published.tzinfo is UTC


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_hostile_strings_leave_no_markup_in_any_field(hostile_strings, layers):
    entries = []
    for number, value in enumerate(hostile_strings):
        for _ in range(layers):
            value = html.escape(value)  # noqa: PLW2901 -- escaped once more each time
        text = html.escape(value.replace("\0", "").replace("]]>", ""))
        entries.append(
            f"<item><guid>{number}</guid><title>T {text}</title><link>{text}</link><author>{text}</author>"
            f"<description>{text}</description><enclosure url={json.dumps(text)} type='image/png'/></item>"
        )
    seen = 0
    for start in range(0, len(entries), 400):
        document = (
            f"<rss version='2.0'><channel><title>V</title>{''.join(entries[start : start + 400])}</channel></rss>"
        )
        for item in parse(document.encode(errors="replace"), Feed(id=1, url=URL), URL, None, NOW).items:
            check_fields(item)
            seen += 1
    assert seen == len(hostile_strings)


def test_hostile_strings_leave_no_markup_through_json(hostile_strings):
    items = [
        {
            "id": str(number),
            "title": f"T {value}",
            "content_html": value,
            "summary": value,
            "url": value,
            "image": value,
        }
        for number, value in enumerate(hostile_strings)
    ]
    for start in range(0, len(items), 400):
        body = json.dumps({"version": "1", "title": items[start]["title"], "items": items[start : start + 400]})
        parsed = parse(body.encode(), Feed(id=1, url=URL), URL, "application/feed+json", NOW)
        assert not LIVE.search(parsed.title)
        assert parsed.items
        for item in parsed.items:
            check_fields(item)
