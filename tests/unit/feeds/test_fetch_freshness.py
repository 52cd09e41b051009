"""What may count as news."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.freshness import FRESH_AT_ONCE, settle_dates
from digest.model.feed import Item

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
NOBODY: frozenset[str] = frozenset()


def item(number: int, published: datetime | None) -> Item:
    return Item(id=f"i{number}", title=f"Title {number}", published=published, seen=NOW)


def test_the_first_visit_brings_in_the_newest_dated_items_only() -> None:
    items = [item(n, NOW - timedelta(minutes=n)) for n in reversed(range(30))]
    dated = [one.id for one in settle_dates(items, first=True, known=NOBODY, now=NOW) if one.published]
    assert dated == [f"i{n}" for n in reversed(range(FRESH_AT_ONCE))]


def test_among_items_of_one_date_the_feeds_own_order_decides() -> None:
    items = [item(n, NOW + timedelta(days=n % 3)) for n in range(100)]
    dated = [one.id for one in settle_dates(items, first=True, known=NOBODY, now=NOW) if one.published]
    assert dated == [f"i{n}" for n in range(FRESH_AT_ONCE)]


def test_what_is_undated_on_the_first_visit_never_is_news() -> None:
    (settled,) = settle_dates([item(1, None)], first=True, known=NOBODY, now=NOW)
    assert settled.published is None


def test_what_appears_undated_later_is_from_now_and_what_was_there_is_not() -> None:
    old, new = settle_dates([item(1, None), item(2, None)], first=False, known=frozenset({"i1"}), now=NOW)
    assert (old.published, new.published) == (None, NOW)


def test_a_feed_that_renames_everything_does_not_flood_the_day() -> None:
    settled = settle_dates([item(n, None) for n in range(500)], first=False, known=NOBODY, now=NOW)
    assert sum(one.published is not None for one in settled) == FRESH_AT_ONCE


moments = st.one_of(st.none(), st.datetimes(timezones=st.just(UTC)))


@given(st.lists(moments, max_size=60), st.booleans(), st.frozensets(st.integers(0, 60)))
def test_items_stay_in_number_and_order_and_dates_are_kept_taken_or_now(given_dates, first, seen) -> None:
    items = [item(n, moment) for n, moment in enumerate(given_dates)]
    known = frozenset(f"i{n}" for n in seen)
    settled = settle_dates(items, first=first, known=known, now=NOW)
    assert [one.id for one in settled] == [one.id for one in items]
    for before, after in zip(items, settled, strict=True):
        allowed = {before.published, None} if first else {before.published or None, before.published or NOW}
        assert after.published in allowed
