"""A clock that is set back, or was ahead: nothing waits for ever, and nothing is sent twice."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.attempt import drain
from digest.delivery.plan import todays_slots
from digest.delivery.routes import Route
from digest.delivery.run import Terms
from digest.errors import TryLater
from digest.model.delivery import Composition, DispatchKind, Profile, Receipt
from digest.model.edition import Edition
from digest.model.message import Mail
from digest.model.subscriber import DAILY, Subscriber, SubscriberState
from digest.storage.database import open_store
from digest.testing import FakeChannel, ManualClock

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
PROFILE = Profile(timezone="UTC", send_at=0, days=DAILY)
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
READERS = 30


class Newspaper:
    """A store with readers, a clock that may be set, and a wire that does as it is told."""

    def __init__(self, store):
        self.store = store
        self.clock = ManualClock(NOW)
        self.answers = lambda _mail: Receipt()
        self.channel = FakeChannel(self.answer)
        people = [Subscriber(address=f"r{n}@mail.example", state=SubscriberState.ACTIVE) for n in range(READERS)]
        store.subscribers.enrol(people)

    def plan(self):
        """Cut an edition of the day and plan it for whom it is due; how many are new."""
        now = self.clock()
        edition = self.store.editions.cut(Edition(date=now.date(), cut_at=now, title="The Daily"))
        dispatch = self.store.planner.open(DispatchKind.EDITION, edition=edition.number, now=now)
        slots = todays_slots([PROFILE], now=now)
        return self.store.planner.plan(dispatch, slots, defaults=PROFILE, domain="digest.example", now=now)

    def send(self):
        """What one drain does; all that is under way belongs to the dead."""
        self.store.ledger.recover(alive=lambda _worker: False, resend_at=self.clock(), now=self.clock())
        terms = Terms(worker="desk", rates=self.store.rates, relays=self.store.relays, batch=10)
        routes = [Route(channel=self.channel, connections=3)]
        stop = asyncio.Event()
        return asyncio.run(drain(self.store.ledger, routes, self.compose, terms=terms, clock=self.clock, stop=stop))

    def compose(self, claims):
        made = {claim.delivery.id: Composition(lineup=b"\x80") for claim in claims}
        self.store.ledger.compose(made, now=self.clock())
        return [
            Mail(
                envelope_from="bounces@digest.example",
                envelope_to=claim.delivery.target,
                message_id=claim.delivery.message_id,
                content=b"news",
            )
            for claim in claims
        ]

    def answer(self, mail):
        return self.answers(mail)

    def received(self):
        return Counter(mail.envelope_to for mail in self.channel.mails)


@pytest.fixture
def paper(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as store:
        yield Newspaper(store)


@pytest.mark.parametrize("back", [HOUR, DAY, YEAR], ids=["an hour", "a day", "a year"])
def test_a_clock_set_back_in_the_middle_of_a_send_stops_and_doubles_nothing(paper, back):
    def answer(_mail):
        if len(paper.channel.mails) == READERS // 3:
            paper.clock.advance(-back)
        return Receipt()

    paper.plan()
    paper.answers = answer
    assert paper.send().accepted == READERS
    assert set(paper.received().values()) == {1}
    assert paper.send().accepted == 0


@pytest.mark.parametrize("back", [HOUR, 10 * HOUR], ids=["an hour", "ten hours"])
def test_what_was_deferred_by_a_clock_that_was_ahead_is_tried_when_it_had_to_wait_long_enough(paper, back):
    paper.plan()
    paper.clock.advance(back)
    paper.answers = lambda _mail: TryLater("451 4.7.1 come again", code=451, enhanced="4.7.1")
    assert paper.send().deferred == READERS
    paper.clock.advance(-back)
    paper.answers = lambda _mail: Receipt()
    assert paper.send().accepted == 0
    paper.clock.advance(timedelta(minutes=5))
    assert paper.send().accepted == READERS
    assert set(paper.received().values()) == {1}


def test_leases_of_a_dead_worker_whose_clock_was_ahead_are_taken_back(paper):
    paper.plan()
    claims = paper.store.ledger.claim(worker="dead", limit=5, lease=HOUR, now=NOW + YEAR)
    begun = claims[0].delivery.id
    assert paper.store.ledger.sending(begun, worker="dead", until=NOW + YEAR + HOUR, now=NOW + YEAR).result(10)
    assert paper.send().accepted == READERS
    assert set(paper.received().values()) == {1}


def test_a_day_that_comes_a_second_time_brings_no_second_paper(paper):
    assert paper.plan() == READERS
    paper.send()
    paper.clock.advance(DAY)
    assert paper.plan() == READERS
    paper.send()
    paper.clock.advance(-DAY)
    assert paper.plan() == 0
    paper.send()
    assert set(paper.received().values()) == {2}
