"""What a visit teaches about a feed."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import FetchError
from digest.feeds.outcome import failed, may_move, refusal
from digest.feeds.robots import LONGEST_DELAY, delay_for
from digest.model.feed import Feed
from digest.net.answer import Answer

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
SECRET = ("Authorization", "Bearer x")


@pytest.mark.parametrize(
    ("old", "new", "anybody", "with_header"),
    [
        ("http://a.example/1", "http://a.example/2", True, True),
        ("http://a.example/1", "https://a.example/1", True, True),
        ("http://a.example/1", "https://www.a.example/1", True, False),
        ("http://a.example/1", "https://a.example:8443/1", True, False),
        ("http://a.example:8080/1", "https://a.example/1", True, False),
        ("https://a.example/1", "https://b.example/1", True, False),
        ("https://a.example/1", "http://a.example/1", False, False),
    ],
)
def test_a_feed_moves_upwards_and_its_secret_stays_at_home(
    old: str, new: str, *, anybody: bool, with_header: bool
) -> None:
    assert may_move(Feed(url=old), new) is anybody
    assert may_move(Feed(url=old, header=SECRET), new) is with_header


@pytest.mark.parametrize("status", [100, 204, 302, 418, 451, 502, 599, 999])
def test_every_status_is_one_sentence(status: int) -> None:
    url = "https://a.example/feed?key=secret"
    fault = refusal(Feed(url=url), Answer(status=status, url=url), now=NOW)
    assert fault.message.startswith("a.example ")
    assert f"({status})" in fault.message
    assert "secret" not in fault.message


def test_a_wait_of_years_is_a_wait_of_a_day() -> None:
    state = failed(Feed(url="https://a.example/"), FetchError("no", status=429, retry_after=10**9), now=NOW).state
    assert state.next_at is not None
    assert state.next_at <= NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("rules", "delay"),
    [
        ("", 0.0),
        ("User-agent: *\nDisallow: /", None),
        ("User-agent: digest\nAllow: /\n\nUser-agent: *\nDisallow: /", 0.0),
        ("User-agent: *\nCrawl-delay: 3", 3.0),
        ("User-agent: *\nCrawl-delay: 86400", LONGEST_DELAY),
        ("User-agent: *\nCrawl-delay: nan", 0.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
        ("\x00\ufffd" * 100, 0.0),
    ],
)
def test_robots_say_keep_out_or_how_fast(rules: str, delay: float | None) -> None:
    assert delay_for(rules, "https://a.example/news/1") == delay
