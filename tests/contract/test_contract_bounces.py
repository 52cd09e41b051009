"""What every BounceStore does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.errors import NotFound
from digest.model.bounce import Bounce, BounceKind, Consequence
from digest.model.delivery import Delivery, DeliveryState
from digest.model.subscriber import SubscriberState
from digest.testing import MemoryBounces

ANA = "ana@quay.example"
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class StoredDesk:
    """A reader, her papers and her bounces in a real store."""

    def __init__(self, newsroom, now) -> None:
        self.newsroom, self.store, self.now = newsroom, newsroom.store, now
        self.bounces = newsroom.store.bounces
        newsroom.enrol(ANA)

    def send(self, days: int, state: DeliveryState = DeliveryState.ACCEPTED, **more: object) -> Delivery:
        """The paper of a day after the first, settled two minutes after it was due."""
        due = self.now + days * DAY
        edition = self.newsroom.freeze(day=due.date())
        assert self.newsroom.plan(edition, self.newsroom.slot(day=due.date(), due_at=due), now=due) == 1
        (claim,) = self.newsroom.claim(now=due)
        assert self.newsroom.begin(claim, now=due + MINUTE)
        assert self.newsroom.settle(claim, state, now=due + 2 * MINUTE, **more)
        return self.bounces.delivery(claim.delivery.id)

    def suppressed(self) -> str:
        found = self.store.suppressions.find(ANA)
        return found.reason if found else ""

    def has_left(self) -> bool:
        return self.store.subscribers.find(ANA).state is SubscriberState.UNSUBSCRIBED

    def lift(self, now) -> None:
        self.store.suppressions.lift(ANA, now=now)


class MemoryDesk:
    """The same in memory."""

    def __init__(self, now) -> None:
        self.now = now
        self.bounces = MemoryBounces()

    def send(self, days: int, state: DeliveryState = DeliveryState.ACCEPTED, **more: object) -> Delivery:
        due, number = self.now + days * DAY, len(self.bounces.deliveries) + 1
        delivery = Delivery(
            id=number,
            dispatch_id=number,
            edition=number,
            endpoint_id=1,
            subscriber_id=1,
            target=ANA,
            local_date=due.date(),
            due_at=due,
            state=state,
            message_id=f"{number}.1.token{number}@news.example",
            next_at=due,
            updated_at=due + 2 * MINUTE,
            **more,
        )
        self.bounces.deliveries[number] = delivery
        return delivery

    def suppressed(self) -> str:
        return self.bounces.suppressed.get(ANA, "")

    def has_left(self) -> bool:
        return ANA in self.bounces.departed

    def lift(self, now) -> None:
        self.bounces.lift(ANA, now=now)


@pytest.fixture(params=["memory", "stored"])
def desk(request, newsroom, now):
    return MemoryDesk(now) if request.param == "memory" else StoredDesk(newsroom, now)


def bounce(delivery, kind: BounceKind = BounceKind.SOFT, *, after=MINUTE, source: str = "") -> Bounce:
    return Bounce(
        address=ANA,
        kind=kind,
        source=source or f"mail about {delivery.id}",
        at=delivery.updated_at + after,
        enhanced="4.2.2",
        words="mailbox full",
        delivery_id=delivery.id,
    )


def read(desk, *bounces: Bounce) -> Consequence:
    """Add them, a little after the last was written."""
    return desk.bounces.add(bounces, now=bounces[-1].at + MINUTE)


def test_a_delivery_is_found_by_its_number_and_by_its_message_id(desk):
    sent = desk.send(0)
    assert desk.bounces.delivery(sent.id) == sent == desk.bounces.sent_as(sent.message_id)
    assert desk.bounces.sent_as(sent.message_id.upper()) == sent


@pytest.mark.parametrize("message_id", ["", "x", "1.2.3@x", "a.b.c.d@x", "1.99999999999999999999.x@y", "1.².x@y"])
def test_what_we_did_not_send_is_not_found(desk, message_id):
    desk.send(0)
    assert desk.bounces.sent_as(message_id) is None
    assert desk.bounces.delivery(4711) is None


def test_the_last_that_was_sent_to_an_address(desk):
    first = desk.send(0)
    assert desk.bounces.last_sent("ANA@Quay.example", before=first.updated_at) == first
    assert desk.bounces.last_sent(ANA, before=first.updated_at - MINUTE) is None
    assert desk.bounces.last_sent("bo@quay.example", before=first.updated_at) is None
    second = desk.send(1, DeliveryState.UNCONFIRMED)
    desk.send(2, DeliveryState.FAILED)
    assert desk.bounces.last_sent(ANA, before=second.updated_at + 5 * DAY) == second


def test_a_dead_address_is_suppressed_at_once_and_once(desk):
    hard = bounce(desk.send(0), BounceKind.HARD)
    assert read(desk, hard) == Consequence(new=1, suppressed=1)
    assert desk.suppressed() == "hard"
    assert read(desk, hard) == Consequence()
    assert read(desk, replace(hard, source="another mail")) == Consequence(new=1)


def test_a_complaint_suppresses_and_ends_the_subscription(desk):
    assert read(desk, bounce(desk.send(0), BounceKind.COMPLAINT)) == Consequence(new=1, suppressed=1, left=1)
    assert (desk.suppressed(), desk.has_left()) == ("complaint", True)


def test_a_wish_to_leave_ends_the_subscription_and_suppresses_nobody(desk):
    assert read(desk, bounce(desk.send(0), BounceKind.UNSUBSCRIBE)) == Consequence(new=1, left=1)
    assert (desk.suppressed(), desk.has_left()) == ("", True)


@pytest.mark.parametrize("kind", [BounceKind.POLICY, BounceKind.DELAYED])
def test_what_is_no_fault_of_the_address_is_only_kept(desk, kind):
    for day in range(5):
        assert read(desk, bounce(desk.send(day), kind)) == Consequence(new=1)
    assert desk.suppressed() == ""


def test_soft_bounces_of_three_days_suppress(desk):
    gained = [read(desk, bounce(desk.send(day))) for day in (0, 2, 4)]
    assert gained == [Consequence(new=1), Consequence(new=1), Consequence(new=1, suppressed=1)]
    assert desk.suppressed() == "soft"


def test_many_bounces_of_one_day_count_once(desk):
    sent = desk.send(0)
    read(desk, *(bounce(sent, source=f"mail {n}") for n in range(5)))
    assert desk.suppressed() == ""


def test_soft_bounces_over_a_longer_time_do_not_count_together(desk):
    for day in (0, 8, 16):
        read(desk, bounce(desk.send(day)))
    assert desk.suppressed() == ""


def test_a_paper_that_stayed_away_for_long_proves_that_the_mailbox_lives(desk):
    for day in (0, 1):
        read(desk, bounce(desk.send(day)))
    desk.send(2)
    read(desk, bounce(desk.send(8)))
    assert desk.suppressed() == ""


def test_a_paper_accepted_a_moment_ago_proves_nothing(desk):
    for day in (0, 1):
        read(desk, bounce(desk.send(day)))
    desk.send(2)
    read(desk, bounce(desk.send(3)))
    assert desk.suppressed() == "soft"


def test_a_late_bounce_takes_the_proof_away(desk):
    sent = [desk.send(day) for day in (0, 1, 2)]
    read(desk, bounce(sent[0]), bounce(sent[1]))
    read(desk, bounce(sent[2], after=6 * DAY))
    assert desk.suppressed() == "soft"


def test_lifting_lets_soft_bounces_begin_anew(desk):
    for day in (0, 1, 2):
        read(desk, bounce(desk.send(day)))
    desk.lift(desk.now + 3 * DAY - MINUTE)
    assert desk.suppressed() == ""
    gained = [read(desk, bounce(desk.send(day))) for day in (3, 4, 5)]
    assert [each.suppressed for each in gained] == [0, 0, 1]


def test_the_record_of_an_address_is_newest_first(desk):
    first, second = (bounce(desk.send(day)) for day in (0, 1))
    read(desk, second, replace(first, kind=BounceKind.POLICY))
    found = desk.bounces.of_address(ANA, since=desk.now)
    assert [each.kind for each in found] == [BounceKind.SOFT, BounceKind.POLICY]
    assert found[0] == second
    assert desk.bounces.of_address(ANA, since=second.at) == (second,)
    assert desk.bounces.of_address(ANA, since=desk.now, kind=BounceKind.POLICY) == found[1:]
    assert desk.bounces.of_address("bo@quay.example", since=desk.now) == ()


def test_refusals_are_those_that_may_be_of_a_mailbox_and_are_not_kept(desk):
    full = desk.send(0, DeliveryState.FAILED, answer="552 5.2.2 mailbox full")
    desk.send(1)
    assert [each.id for each in desk.bounces.refusals(since=desk.now)] == [full.id]
    assert list(desk.bounces.refusals(since=full.updated_at + MINUTE)) == []
    read(desk, bounce(full, source=f"refused {full.id}"))
    assert list(desk.bounces.refusals(since=desk.now)) == []


def test_the_evidence_says_when_and_why(store, newsroom, now):
    desk = StoredDesk(newsroom, now)
    for day in (0, 1, 2):
        read(desk, bounce(desk.send(day)))
    found = store.suppressions.find(ANA)
    assert found.evidence == "soft bounces of the papers of 2026-03-02, 2026-03-03, 2026-03-04: 4.2.2 mailbox full"


def test_a_lift_says_what_was_lifted_and_stays_in_the_record(store, newsroom, now):
    desk = StoredDesk(newsroom, now)
    read(desk, bounce(desk.send(0), BounceKind.HARD))
    lifted = store.suppressions.lift(ANA.upper(), now=now + DAY)
    assert (lifted.address, lifted.reason, lifted.evidence) == (ANA, "hard", "4.2.2 mailbox full")
    (record,) = store.bounces.of_address(ANA, since=now, kind=BounceKind.LIFTED)
    assert record.words == "hard, since 2026-03-02: 4.2.2 mailbox full"
    with pytest.raises(NotFound):
        store.suppressions.lift(ANA, now=now + DAY)


def test_a_forgotten_person_leaves_no_words_behind(store, newsroom, now):
    desk = StoredDesk(newsroom, now)
    sent = desk.send(0)
    read(desk, bounce(sent))
    store.subscribers.forget(ANA, now=now + DAY)
    assert [each.words for each in store.bounces.of_address(ANA, since=now)] == [""]
    assert store.bounces.delivery(sent.id).target == ""
    assert store.bounces.last_sent(ANA, before=now + DAY) is None


def test_one_who_is_lifted_gets_the_next_paper(store, newsroom, now):
    desk = StoredDesk(newsroom, now)
    read(desk, bounce(desk.send(0), BounceKind.HARD))
    tomorrow = newsroom.slot(day=(now + DAY).date(), due_at=now + DAY)
    edition = newsroom.freeze(day=(now + DAY).date())
    assert newsroom.plan(edition, tomorrow, now=now + DAY) == 0
    desk.lift(now + DAY)
    assert newsroom.plan(edition, tomorrow, now=now + DAY) == 1
