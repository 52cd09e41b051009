"""The sign that the news or an edition has changed."""

from dataclasses import replace

from digest.model.edit import Act, Edit
from digest.model.edition import EditionState
from digest.model.feed import Feed, FeedState, Fetched


def test_the_pulse_changes_with_the_news_and_the_editions_and_else_stays(store, now, newsroom):
    seen = [store.pulse()]
    (feed,) = store.feeds.add([Feed(url="https://wire.example/feed", title="Wire")])
    seen.append(store.pulse())
    store.items.record(Fetched(feed=replace(feed, state=FeedState(fetched_at=now)), items=()))
    seen.append(store.pulse())
    cut = newsroom.cut()
    seen.append(store.pulse())
    store.editions.move(cut.number, EditionState.HELD)
    seen.append(store.pulse())
    note = Edit(act=Act.NOTE, text="We are back.")
    store.edits.record(cut.number, note, by="ines", what="wrote a note", at=now, apply=lambda edition: edition)
    seen.append(store.pulse())
    assert len(set(seen)) == 6
    assert store.pulse() == seen[-1]
