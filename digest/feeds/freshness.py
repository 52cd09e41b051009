"""Which items of a visit may count as news, so that neither a new feed nor a sloppy one floods the day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from digest.model.feed import Item

FRESH_AT_ONCE = 20
"""How many items one visit may bring in as news where their dates do not say it beyond doubt."""


def settle_dates(items: Sequence[Item], *, first: bool, known: frozenset[str], now: datetime) -> tuple[Item, ...]:
    """The items with `published` set to what the day may go by; None means known, but never news.

    The first visit to a feed is its introduction: only its FRESH_AT_ONCE newest dated items keep their date. The
    others lose it even where it looks recent, since feeds that stamp every item with today's date cannot be told
    from busy ones, and 500 items in one go are no news of today. Undated ones may be years old.

    On a later visit, an undated item that was not there before has appeared since the last one, so it is from
    now; again FRESH_AT_ONCE at most, from the top, since a feed that renames all its items has no news either.
    `known` are the ids seen before; dated items stay as they are.
    """
    if first:
        return _introduced(items, now)
    appeared = [item.id for item in items if item.published is None and item.id not in known]
    fresh = frozenset(appeared[:FRESH_AT_ONCE])
    return tuple(replace(item, published=now) if item.id in fresh else item for item in items)


def _introduced(items: Sequence[Item], now: datetime) -> tuple[Item, ...]:
    # A future date counts as now; among equals the feed's own order decides (sorting is stable).
    dated = [(min(item.published, now), item.id) for item in items if item.published is not None]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    newest = frozenset(identity for _, identity in dated[:FRESH_AT_ONCE])
    return tuple(item if item.id in newest else replace(item, published=None) for item in items)
