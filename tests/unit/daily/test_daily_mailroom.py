"""What a reader's wishes and address become before a mail is joined."""

from dataclasses import replace
from datetime import UTC, datetime

from digest import mailroom
from digest.model.subscriber import Preferences, Subscriber

NOW = datetime(2026, 3, 12, 6, tzinfo=UTC)


def test_wishes_are_the_preferences_that_shape_a_lineup():
    preferences = Preferences(
        sections=("Harbour",),
        muted_words=("tax",),
        muted_sources=("x.example",),
        followed_words=("ferry",),
        followed_sources=("y.example",),
        max_stories=4,
    )
    wish = mailroom.wish_of(preferences, ())
    assert (wish.sections, wish.muted_words) == (("Harbour",), ("tax",))
    assert (wish.muted_sources, wish.max_stories, wish.told) == (("x.example",), 4, ())
    assert (wish.followed_words, wish.followed_sources) == (("ferry",), ("y.example",))


def test_a_reader_without_a_zone_reads_in_the_newsletters():
    addresses = mailroom.Addresses(
        bounce=lambda delivery: f"bounce+{delivery}@gazette.example",
        timezone="Asia/Kolkata",
        unsubscribe_url=lambda number: f"https://gazette.example/unsubscribe/{number}",
        preferences_url=lambda number: f"https://gazette.example/preferences/{number}",
        edition_url=lambda number: f"https://gazette.example/editions/{number}",
    )
    person = Subscriber(id=5, address="ana@reader.example", name="Ana")
    reader = addresses.reader(person, 41, delivery=7, message_id="41.5@gazette.example", composed_at=NOW)
    assert (reader.timezone, reader.name, reader.envelope_from) == ("Asia/Kolkata", "Ana", "bounce+7@gazette.example")
    assert (reader.unsubscribe_url[-14:], reader.edition_url[-11:]) == ("/unsubscribe/5", "editions/41")
    assert reader.preferences_url == "https://gazette.example/preferences/5"
    moved = replace(person, preferences=Preferences(timezone="Pacific/Apia"))
    assert addresses.reader(moved, 41, message_id="", composed_at=NOW).timezone == "Pacific/Apia"
