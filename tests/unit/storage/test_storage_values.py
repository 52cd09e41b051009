"""How single values are stored and read back."""

import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from digest.errors import SettingsError, StoreError
from digest.model.edition import BenchStory, Echo, Edition, Image, LineUp
from digest.model.feed import Item
from digest.model.message import Block, Letterhead, Rendering
from digest.model.story import Score, Story
from digest.storage.columns import CleanText, UtcDateTime, WireText, Words, storable
from digest.storage.engine import locate, name_of
from digest.storage.fingerprint import Fingerprints
from digest.storage.snapshot import pack, unpack

DIALECT = sqlite.dialect()
ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Lone surrogates and NUL included."""

INSTANTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]))


def there_and_back(kind, value):
    return kind.process_result_value(kind.process_bind_param(value, DIALECT), DIALECT)


@given(ANY_TEXT)
def test_what_is_storable_is_utf8_without_nul_and_stays_so(text):
    stored = storable(text)
    assert "\0" not in stored
    assert stored.encode().decode() == stored
    assert storable(stored) == stored
    assert len(stored) == len(text)


@given(st.text())
def test_ordinary_text_is_stored_as_it_is(text):
    assert CleanText().process_bind_param(text, DIALECT) == text.replace("\0", "\ufffd")


@given(ANY_TEXT)
def test_a_header_of_the_wire_comes_back_exactly(text):
    assert there_and_back(WireText(), text) == text


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_words_come_back_as_a_tuple(words):
    assert there_and_back(Words(), words) == tuple(words)


@given(INSTANTS)
def test_an_instant_comes_back_in_utc_from_either_database(instant):
    kind = UtcDateTime()
    bound = kind.process_bind_param(instant, DIALECT)
    for returned in (bound.replace(tzinfo=None), bound.astimezone(timezone(timedelta(hours=2)))):
        read = kind.process_result_value(returned, DIALECT)
        assert read == instant
        assert read.tzinfo is UTC


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime(2026, 3, 2, 6), DIALECT)  # noqa: DTZ001 - on purpose


@pytest.mark.parametrize("kind", [UtcDateTime(), WireText(), Words()])
def test_nothing_stays_nothing(kind):
    assert there_and_back(kind, None) is None
    assert CleanText().process_bind_param(None, DIALECT) is None


@given(ANY_TEXT, INSTANTS, st.binary(max_size=20), st.floats(0, 1))
def test_an_edition_comes_back_from_its_snapshot(text, instant, likeness, worth):
    item = Item(id="i", title=text, seen=instant, published=instant, position=worth)
    told = BenchStory(
        story=Story(id="i", items=(item,), texts=(("i",),), summary=text),
        score=Score(total=worth, terms=(), why=text),
        image=Image(fingerprint="f", width=1, height=2),
    )
    edition = Edition(
        date=date(2026, 3, 2),
        cut_at=instant,
        title=text,
        bench=(told,),
        likeness=likeness,
        lineup=LineUp.decode(b"\x80\x05"),
    )
    read = unpack(pack(edition), Edition, what="Edition 1")
    assert read.title == storable_surrogates(text)
    whole = replace(edition, title="", bench=())
    assert replace(read, title="", bench=()) == whole
    assert read.bench[0].story.items[0].seen == instant


def test_an_edition_of_before_there_were_updates_and_interest_is_read():
    instant = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    item = Item(id="i", title="A bridge", seen=instant)
    story = Story(id="i", items=(item,), texts=(("i",),))
    told = BenchStory(story=story, score=Score(total=1, terms=(), why="w"), echoes=(Echo(edition=1, index=2),))
    edition = Edition(date=date(2026, 3, 2), cut_at=instant, title="t", bench=(told,))
    plain = msgspec.to_builtins(edition, builtin_types=(bytes,))
    del plain["interest"]
    (old,) = plain["bench"]
    del old["news"], old["echoes"][0]["material"], old["story"]["told_by"], old["story"]["points"]
    assert unpack(pack(plain), Edition, what="Edition 1") == edition


def storable_surrogates(text: str) -> str:
    """A snapshot can hold NUL; a text with a lone surrogate is cleaned of both."""
    return text if text.isascii() or text.encode("utf-8", "ignore").decode() == text else storable(text)


@given(st.lists(st.binary(), min_size=1, max_size=5))
def test_a_rendering_comes_back_byte_for_byte(pieces):
    block = Block(name="b", pieces=tuple(pieces), values=("name",) * (len(pieces) - 1), length=3)
    rendering = Rendering(language="en", fingerprint="f", letterhead=Letterhead(), html={"b": block}, text={})
    assert unpack(pack(rendering), Rendering, what="The rendering") == rendering


@given(st.binary())
def test_damaged_snapshots_are_store_errors(content):
    with pytest.raises(StoreError, match="Edition 7 cannot be read"):
        unpack(content, Edition, what="Edition 7")


def test_a_fingerprint_knows_an_address_however_it_is_written():
    ours, theirs = Fingerprints(pepper=b"a"), Fingerprints(pepper=b"b")
    assert ours.of("Ana@Quay.example ") == ours.of("ana@quay.example")
    assert ours.of("jose\u0301@quay.example") == ours.of("jos\u00e9@quay.example")
    assert ours.of("bo@quay.example") != ours.of("ana@quay.example") != theirs.of("ana@quay.example")
    assert len(ours.of("ana@quay.example")) == 64


@pytest.mark.parametrize(
    "url", ["", "digest.db", "sqlite://", "sqlite:///:memory:", "mysql://h/d", "sqlite:///a.db?mode=ro", "://"]
)
def test_a_url_of_no_database_is_a_fault_of_the_settings(url):
    with pytest.raises(SettingsError, match="DIGEST_DATABASE_URL"):
        locate(url)


def test_urls_of_both_databases_are_located(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert name_of(locate("sqlite:///digest.db")) == str(tmp_path / "digest.db")
    assert name_of(locate("sqlite:////srv/digest.db")) == "/srv/digest.db"
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        located = locate(f"{scheme}://ana:secret@db.example/news")
        assert located.drivername == "postgresql+psycopg"
        assert "secret" not in name_of(located)


def test_a_missing_driver_is_said_with_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError) as refusal:
        locate("postgresql://db.example/news")
    assert "digest[postgres]" in refusal.value.hint


def test_a_password_is_never_repeated():
    with pytest.raises(SettingsError) as refusal:
        locate("mysql://ana:secret@db.example/news")
    assert "secret" not in str(refusal.value)
