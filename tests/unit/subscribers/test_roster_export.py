"""Lists of people that go out, and come back the same."""

import csv
import io
import json
import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.subscriber import Consent, Preferences, Subscriber, SubscriberState
from digest.subscribers.roster import harmless, read_csv, restored, write_csv

NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
CONSENT = Consent(text="Signed up at the spring fair.", at=NOW, origin="fair.csv")
DANGEROUS = "=+-@\t\r\n＝＋－＠"

letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cf"))
words = st.lists(st.text(letters, min_size=1, max_size=8), min_size=1, max_size=3).map(" ".join)
starts = st.sampled_from(["", "=", "+", "-", "@", "'", "'=", "''-", '"', "; ", "|"])
names = st.builds(lambda start, rest: f"{start}{rest}", starts, words)
lists = st.lists(names, max_size=4, unique=True).map(tuple)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
addresses = st.builds(
    "{}{}@{}.example".format,
    st.sampled_from(["", "+", "=", "-", "'", "'+", "ü"]),
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=8),
    st.text(string.ascii_lowercase, min_size=1, max_size=8),
)
preferences = st.builds(
    Preferences,
    timezone=st.none() | st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"]),
    send_at=st.none() | st.integers(0, 1439),
    days=st.none() | st.integers(1, 127),
    sections=lists,
    muted_words=lists,
    muted_sources=lists,
    followed_words=lists,
    followed_sources=lists,
    max_stories=st.none() | st.integers(1, 96),
    paused_until=st.none() | moments,
)


def exported(people: list[Subscriber]) -> str:
    stream = io.StringIO()
    assert write_csv(people, stream) == len(people)
    return stream.getvalue()


@given(
    st.lists(
        st.tuples(addresses, st.just("") | names, preferences, moments), max_size=5, unique_by=lambda p: p[0].casefold()
    )
)
def test_a_list_that_went_out_comes_back_as_the_same_people(drawn):
    people = [
        Subscriber(
            address=address,
            name=name,
            state=SubscriberState.ACTIVE,
            preferences=wishes,
            consent=CONSENT,
            joined_at=joined,
        )
        for address, name, wishes, joined in drawn
    ]
    rows = list(read_csv(io.BytesIO(exported(people).encode()), consent=CONSENT, now=NOW))
    assert [row.fault for row in rows if row.fault] == []
    assert [row.subscriber for row in rows] == people


@given(st.lists(st.tuples(addresses, names), max_size=5, unique_by=lambda p: p[0].casefold()))
def test_no_cell_that_goes_out_begins_like_a_formula(drawn):
    people = [Subscriber(address=address, name=name) for address, name in drawn]
    for row in csv.reader(io.StringIO(exported(people))):
        assert not any(cell.startswith(tuple(DANGEROUS)) for cell in row)


@given(st.text(alphabet=DANGEROUS + "'a ", max_size=8))
def test_the_apostrophe_that_disarms_a_cell_is_taken_off_again(cell):
    assert restored(harmless(cell)) == cell
    assert not harmless(cell).startswith(tuple(DANGEROUS))


def test_the_state_of_everybody_is_kept():
    states = {f"{state}@example.org": state for state in SubscriberState}
    text = exported([Subscriber(address=address, state=state) for address, state in states.items()])
    rows = list(read_csv(io.BytesIO(text.encode()), consent=CONSENT, now=NOW))
    assert {row.subscriber.address: row.subscriber.state for row in rows} == states


def test_a_list_of_nobody_still_names_its_columns():
    text = exported([])
    assert text.startswith("email,name,status,timezone")
    assert list(read_csv(io.BytesIO(text.encode()), consent=None, now=NOW)) == []


def test_the_consent_goes_out_but_does_not_come_in_by_itself():
    text = exported([Subscriber(address="ann@example.org", state=SubscriberState.ACTIVE, consent=CONSENT)])
    assert CONSENT.text in text
    [row] = read_csv(io.BytesIO(text.encode()), consent=None, now=NOW)
    assert (row.subscriber.state, row.subscriber.consent) == (SubscriberState.PENDING, None)


@pytest.mark.shared
def test_hostile_names_survive_the_way_out_and_in(shared_data):
    items = json.loads((shared_data / "hostile" / "xss_more.json").read_text("utf-8"))["items"]
    wanted = [" ".join(item["value"].split()) for item in items]
    wanted = [name for name in wanted if name.isprintable() and len(name) <= 200]
    text = exported([Subscriber(address=f"p{n}@example.org", name=name) for n, name in enumerate(wanted)])
    assert [row.subscriber.name for row in read_csv(io.BytesIO(text.encode()), consent=None, now=NOW)] == wanted
