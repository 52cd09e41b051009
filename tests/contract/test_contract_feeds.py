"""What every FeedStore and ItemStore does."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.errors import Conflict, NotFound
from digest.model.feed import Feed, FeedState, Fetched, Item

HOUR = timedelta(hours=1)


@pytest.fixture
def feed(now):
    return Feed(
        url="https://courier.example/feed",
        title="Harbour Courier",
        section="Town",
        weight=0.5,
        tags=("local", "boats"),
        header=("X-Key", "k"),
        full_text=True,
        state=FeedState(
            etag='W/"a\udce9b"', last_modified="Mon, 02 Mar 2026 05:00:00 GMT", fetched_at=now, next_at=now + HOUR
        ),
    )


def item(id_: str, seen: datetime, **more: object) -> Item:
    return Item(**({"id": id_, "title": f"Title {id_}", "summary": "S.", "published": seen, "seen": seen} | more))


def test_a_feed_comes_back_as_it_was_added(store, feed):
    (added,) = store.feeds.add([feed])
    assert added.id > 0
    assert store.feeds.all() == (added,) == (replace(feed, id=added.id),)


def test_only_feeds_with_a_new_url_are_added(store, feed):
    store.feeds.add([feed])
    other = Feed(url="https://gazette.example/rss")
    assert [added.url for added in store.feeds.add([feed, other, other])] == [other.url]
    assert [known.url for known in store.feeds.all()] == [feed.url, other.url]


def test_due_leaves_out_what_waits_and_what_is_disabled(store, now):
    store.feeds.add(
        [
            Feed(url="https://a.example/never"),
            Feed(url="https://a.example/past", state=FeedState(next_at=now)),
            Feed(url="https://a.example/future", state=FeedState(next_at=now + HOUR)),
            Feed(url="https://a.example/gone", state=FeedState(disabled=True)),
        ]
    )
    assert [feed.url.rpartition("/")[2] for feed in store.feeds.due(now)] == ["never", "past"]


def test_a_change_replaces_wishes_and_state(store, feed, now):
    (added,) = store.feeds.add([feed])
    failing = FeedState(failures=3, failing_since=now, error="The server said no.", disabled=True)
    changed = replace(added, title="Courier", header=None, tags=(), state=failing)
    store.feeds.change(changed)
    assert store.feeds.all() == (changed,)


def test_a_change_to_a_taken_url_is_a_conflict(store, feed):
    first, second = store.feeds.add([feed, Feed(url="https://gazette.example/rss")])
    with pytest.raises(Conflict, match=r"courier\.example"):
        store.feeds.change(replace(second, url=first.url))


def test_an_unknown_feed_cannot_be_changed_or_removed(store, feed):
    with pytest.raises(NotFound, match=r"courier\.example"):
        store.feeds.change(replace(feed, id=7))
    with pytest.raises(NotFound, match=r"courier\.example"):
        store.feeds.remove(feed.url)


def test_removing_a_feed_removes_its_items(store, feed, now):
    first, second = store.feeds.add([feed, Feed(url="https://gazette.example/rss")])
    store.items.record(Fetched(feed=first, items=(item("a", now),)))
    store.items.record(Fetched(feed=second, items=(item("b", now),)))
    store.feeds.remove(first.url)
    assert [kept.id for kept in store.items.recent(now)] == ["b"]


def test_what_cannot_be_stored_is_replaced(store):
    (added,) = store.feeds.add([Feed(url="https://a.example/\ud800", title="a\0b", tags=("\udfff",))])
    assert (added.url, added.title, added.tags) == ("https://a.example/\ufffd", "a\ufffdb", ("\ufffd",))
    assert store.feeds.add([Feed(url="https://a.example/\ud800")]) == ()


def test_a_visit_keeps_new_items_and_the_feeds_state(store, feed, now):
    (added,) = store.feeds.add([feed])
    visited = replace(added, title="New title", state=replace(added.state, etag="e2", failures=0))
    assert store.items.record(Fetched(feed=visited, items=(item("a", now), item("b", now)))) == 2
    assert store.feeds.all() == (visited,)
    (first, _) = store.items.recent(now)
    assert first == item("a", now, section="Town", weight=0.5, feed_id=added.id)


def test_a_known_item_keeps_when_it_was_seen_and_takes_a_changed_text(store, feed, now):
    (added,) = store.feeds.add([feed])
    store.items.record(Fetched(feed=added, items=(item("a", now),)))
    later = item("a", now + HOUR, title="Better title", summary="")
    assert store.items.record(Fetched(feed=added, items=(later, item("b", now + HOUR)))) == 1
    (kept, _) = store.items.recent(now)
    assert (kept.title, kept.summary, kept.seen, kept.published) == ("Better title", "S.", now, now)


def test_an_item_twice_in_one_visit_is_one_item(store, feed, now):
    (added,) = store.feeds.add([feed])
    assert store.items.record(Fetched(feed=added, items=(item("a", now), item("a", now)))) == 1


def test_a_failed_visit_changes_the_state_alone(store, feed, now):
    (added,) = store.feeds.add([feed])
    failed = replace(added, state=FeedState(failures=1, failing_since=now, error="It timed out."))
    assert store.items.record(Fetched(feed=failed)) == 0
    assert store.feeds.all() == (failed,)


def test_a_feed_removed_during_its_visit_stays_removed(store, feed, now):
    (added,) = store.feeds.add([feed])
    store.feeds.remove(added.url)
    assert store.items.record(Fetched(feed=added, items=(item("a", now),))) == 0
    assert store.feeds.all() == ()
    assert store.items.recent(now) == ()


def test_a_new_url_is_adopted_unless_another_feed_has_it(store, feed):
    first, second = store.feeds.add([feed, Feed(url="https://gazette.example/rss")])
    store.items.record(Fetched(feed=replace(first, url="https://courier.example/new")))
    store.items.record(Fetched(feed=replace(second, url="https://courier.example/new")))
    assert [known.url for known in store.feeds.all()] == ["https://courier.example/new", second.url]


def test_recent_wants_published_and_seen_and_a_date(store, feed, now):
    (added,) = store.feeds.add([feed])
    visit = (
        item("new", now),
        item("old news", now, published=now - HOUR),
        item("seen before", now - HOUR, published=now),
        item("undated", now, published=None),
        item("ahead", now, published=now + HOUR),
    )
    store.items.record(Fetched(feed=added, items=visit))
    assert [kept.id for kept in store.items.recent(now)] == ["ahead", "new"]


def test_what_is_known_is_told_apart_from_what_is_new(store, feed, now):
    (added,) = store.feeds.add([feed])
    store.items.record(Fetched(feed=added, items=(item("a", now), item("b", now))))
    assert store.items.known(["a", "c", "\ud800"]) == frozenset({"a"})
    assert store.items.known([]) == frozenset()


def test_pruning_spares_what_a_feed_still_carries(store, feed, now):
    (added,) = store.feeds.add([feed])
    store.items.record(Fetched(feed=added, items=(item("a", now), item("b", now))))
    store.items.record(Fetched(feed=added, items=(item("b", now + HOUR),)))
    assert store.items.prune(now + HOUR) == 1
    assert [kept.id for kept in store.items.recent(now)] == ["b"]


def test_pruning_spares_what_a_feed_carried_when_it_last_had_something_to_say(store, feed, now):
    (added,) = store.feeds.add([feed])
    store.items.record(Fetched(feed=added, items=(item("a", now),)))
    store.items.record(Fetched(feed=added, items=(item("b", now + HOUR), item("c", now + HOUR))))
    assert store.items.prune(now + 1000 * HOUR) == 1
    assert store.items.known(["a", "b", "c"]) == frozenset({"b", "c"})
