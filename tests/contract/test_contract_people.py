"""What every SubscriberStore and SuppressionStore does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.errors import NotFound
from digest.model.bounce import Bounce, BounceKind
from digest.model.delivery import Composition, DeliveryState
from digest.model.subscriber import Consent, Preferences, Subscriber, SubscriberState, Suppression

ADDRESS = "ana@quay.example"


@pytest.fixture
def ana(now):
    return Subscriber(
        address=ADDRESS,
        name="Ana Quay",
        state=SubscriberState.ACTIVE,
        preferences=Preferences(
            timezone="Pacific/Auckland",
            send_at=405,
            days=0b0011111,
            sections=("Sea", "Town"),
            muted_words=("golf", "кот"),
            muted_sources=("gazette.example",),
            followed_words=("ferry", "порт"),
            followed_sources=("courier.example",),
            max_stories=7,
            paused_until=now,
        ),
        consent=Consent(text="Yes, send it to me.", at=now, origin="form"),
        joined_at=now,
        left_at=None,
    )


def suppression(now, address: str = ADDRESS, reason: str = "hard") -> Suppression:
    return Suppression(address=address, reason=reason, evidence="550 5.1.1 no such user", at=now)


def test_a_person_comes_back_as_enrolled(store, ana):
    assert store.subscribers.enrol([ana]) == ()
    found = store.subscribers.find(ADDRESS)
    assert found == replace(ana, id=found.id)
    assert store.subscribers.get(found.id) == found


def test_known_people_are_left_alone_whatever_their_state(store, ana):
    store.subscribers.enrol([replace(ana, state=SubscriberState.UNSUBSCRIBED)])
    shouted = replace(ana, address=ADDRESS.upper())
    bo = Subscriber(address="bo@quay.example")
    assert set(store.subscribers.enrol([ana, shouted, bo, bo])) >= {ADDRESS, ADDRESS.upper()}
    assert store.subscribers.find(ADDRESS).state is SubscriberState.UNSUBSCRIBED
    assert [person.address for person in store.subscribers.each()] == [ADDRESS, bo.address]


def test_suppressed_people_are_left_alone(store, ana, now):
    store.suppressions.add(suppression(now))
    assert store.subscribers.enrol([ana, Subscriber(address="bo@quay.example")]) == (ADDRESS,)
    with pytest.raises(NotFound, match=ADDRESS):
        store.subscribers.find(ADDRESS)


def test_someone_unknown_is_not_found(store, ana, now):
    for ask in (
        lambda: store.subscribers.find(ADDRESS),
        lambda: store.subscribers.get(7),
        lambda: store.subscribers.change(replace(ana, id=7)),
        lambda: store.subscribers.forget(ADDRESS, now=now),
    ):
        with pytest.raises(NotFound):
            ask()


def test_people_stream_in_the_order_of_their_ids_over_many_pages(store):
    people = [Subscriber(address=f"r{n}@quay.example", state=SubscriberState.ACTIVE) for n in range(1203)]
    people.append(Subscriber(address="pending@quay.example"))
    store.subscribers.enrol(people)
    met = list(store.subscribers.each())
    assert [person.address for person in met] == [person.address for person in people]
    assert [person.id for person in met] == sorted({person.id for person in met})
    assert sum(1 for _ in store.subscribers.each(SubscriberState.ACTIVE)) == 1203
    pending = store.subscribers.each(SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED)
    assert [person.address for person in pending] == ["pending@quay.example"]


def test_people_are_counted_by_state(store, ana):
    assert store.subscribers.counts() == dict.fromkeys(SubscriberState, 0)
    store.subscribers.enrol([ana, Subscriber(address="bo@quay.example"), Subscriber(address="cy@quay.example")])
    assert store.subscribers.counts() == {
        SubscriberState.PENDING: 2,
        SubscriberState.ACTIVE: 1,
        SubscriberState.UNSUBSCRIBED: 0,
    }


def test_whoever_streams_may_change_the_people_met(store, ana):
    store.subscribers.enrol([ana])
    for person in store.subscribers.each():
        store.subscribers.change(replace(person, name="Ana"))
    assert store.subscribers.find(ADDRESS).name == "Ana"


def test_a_change_replaces_wishes_state_and_consent(store, ana, now):
    store.subscribers.enrol([ana])
    found = store.subscribers.find(ADDRESS)
    changed = replace(
        found, name="", state=SubscriberState.UNSUBSCRIBED, preferences=Preferences(), consent=None, left_at=now
    )
    store.subscribers.change(changed)
    assert store.subscribers.find(ADDRESS) == changed


def test_choosing_replaces_the_wishes_and_nothing_else(store, ana):
    store.subscribers.enrol([ana])
    found = store.subscribers.find(ADDRESS)
    chosen = Preferences(send_at=0, sections=("Town",), followed_words=("ferry; tide",))
    assert store.subscribers.choose(found.id, chosen)
    assert store.subscribers.find(ADDRESS) == replace(found, preferences=chosen)


def test_who_has_left_or_is_unknown_chooses_nothing(store, ana, now):
    store.subscribers.enrol([replace(ana, state=SubscriberState.UNSUBSCRIBED, left_at=now)])
    found = store.subscribers.find(ADDRESS)
    assert not store.subscribers.choose(found.id, Preferences())
    assert store.subscribers.find(ADDRESS) == found
    assert not store.subscribers.choose(found.id + 1, Preferences())


def test_forgetting_leaves_a_suppression_without_the_address(store, ana, now):
    store.subscribers.enrol([ana])
    store.subscribers.forget(ADDRESS, now=now)
    with pytest.raises(NotFound):
        store.subscribers.find(ADDRESS)
    assert store.suppressions.all() == (Suppression(address="", reason="unsubscribed", evidence="", at=now),)
    assert store.suppressions.find(ADDRESS) is not None
    assert store.subscribers.enrol([ana]) == (ADDRESS,)


def test_forgetting_empties_an_older_suppression_and_keeps_its_reason(store, ana, now):
    store.subscribers.enrol([ana])
    store.suppressions.add(suppression(now))
    later = now + timedelta(hours=1)
    store.subscribers.forget(ADDRESS, now=later)
    assert store.suppressions.all() == (Suppression(address="", reason="hard", evidence="", at=now),)


def test_someone_who_is_only_suppressed_can_be_forgotten_too(store, now):
    store.suppressions.add(suppression(now))
    store.subscribers.forget(ADDRESS, now=now)
    assert [kept.address for kept in store.suppressions.all()] == [""]
    with pytest.raises(NotFound):
        store.subscribers.forget(ADDRESS, now=now)


def test_numbers_of_the_forgotten_are_not_given_again(store, ana, now):
    store.subscribers.enrol([ana])
    number = store.subscribers.find(ADDRESS).id
    store.subscribers.forget(ADDRESS, now=now)
    store.subscribers.enrol([Subscriber(address="bo@quay.example")])
    assert store.subscribers.find("bo@quay.example").id > number


def test_forgetting_takes_the_person_out_of_the_ledger_and_keeps_the_counts(store, newsroom, now):
    newsroom.enrol(ADDRESS)
    first = newsroom.freeze()
    newsroom.plan(first)
    (claim,) = newsroom.claim()
    store.ledger.compose({claim.delivery.id: Composition(lineup=b"\x80", name="Ana Quay", timezone="UTC")}, now=now)
    newsroom.begin(claim)
    newsroom.settle(claim, answer=f"250 kept for {ADDRESS}")
    second = newsroom.freeze()
    newsroom.plan(second, newsroom.slot(day=now.date() + timedelta(days=1)))
    store.subscribers.forget(ADDRESS, now=now)

    assert store.history.of_address(ADDRESS, limit=10) == ()
    assert newsroom.states(first) == {"accepted": 1}
    assert newsroom.states(second) == {"suppressed": 1}
    assert newsroom.claim(now=now + timedelta(days=2)) == ()
    (kept,) = store.history.in_state(first.number, DeliveryState.ACCEPTED, limit=10)
    assert (kept.target, kept.endpoint_id, kept.subscriber_id, kept.lineup, kept.answer) == ("", 0, None, None, "")
    assert (kept.reader_name, kept.reader_zone) == (None, None)


def test_forgetting_blanks_the_words_of_every_answer_and_bounce(store, newsroom, now):
    newsroom.enrol(ADDRESS, "bo@quay.example")
    newsroom.plan(newsroom.freeze())
    said = f"451 no room for {ADDRESS}"
    for claim in newsroom.claim():
        newsroom.begin(claim)
        newsroom.settle(claim, DeliveryState.DEFERRED, answer=said, relay="mx.example", code=451, enhanced="4.2.2")
    theirs, others = (store.history.of_address(address, limit=1)[0].id for address in (ADDRESS, "bo@quay.example"))
    forwarded = Bounce(
        address="else@harbour.example", kind=BounceKind.SOFT, source="1", at=now, words=said, delivery_id=theirs
    )
    store.bounces.add([forwarded], now=now)
    store.subscribers.forget(ADDRESS, now=now)
    (kept,), (other,) = store.answers.attempts([theirs]), store.answers.attempts([others])
    assert (kept.answer, kept.relay, kept.code, kept.enhanced) == ("", "mx.example", 451, "4.2.2")
    assert other.answer == said
    (bounce,) = store.bounces.of_address("else@harbour.example", since=now)
    assert bounce.words == ""


def test_what_is_said_after_the_forgetting_is_kept_without_words(store, newsroom, now):
    newsroom.enrol(ADDRESS)
    newsroom.plan(newsroom.freeze())
    (claim,) = newsroom.claim()
    newsroom.begin(claim)
    store.subscribers.forget(ADDRESS, now=now)
    newsroom.settle(claim, DeliveryState.FAILED, answer=f"550 {ADDRESS} unknown", code=550)
    (kept,) = store.answers.attempts([claim.delivery.id])
    assert (kept.answer, kept.code) == ("", 550)


def test_a_mail_on_its_way_is_settled_without_naming_the_forgotten(store, newsroom, now):
    newsroom.enrol(ADDRESS)
    edition = newsroom.freeze()
    newsroom.plan(edition)
    (claim,) = newsroom.claim()
    newsroom.begin(claim)
    store.subscribers.forget(ADDRESS, now=now)
    assert newsroom.settle(claim, DeliveryState.FAILED, answer=f"550 {ADDRESS} unknown", suppress="hard")
    (kept,) = store.history.in_state(edition.number, DeliveryState.FAILED, limit=10)
    assert kept.answer == ""
    assert [known.address for known in store.suppressions.all()] == [""]


def test_an_older_reason_stands(store, now):
    store.suppressions.add(suppression(now))
    store.suppressions.add(suppression(now + timedelta(hours=1), reason="manual"))
    assert store.suppressions.find(ADDRESS) == suppression(now)


def test_a_suppression_holds_however_the_address_is_written(store, now):
    store.suppressions.add(suppression(now))
    assert store.suppressions.find("  ANA@Quay.Example ") == suppression(now)
    assert store.suppressions.find("bo@quay.example") is None


def test_a_suppression_can_be_lifted_once(store, now):
    store.suppressions.add(suppression(now))
    store.suppressions.lift(ADDRESS, now=now)
    assert store.suppressions.find(ADDRESS) is None
    with pytest.raises(NotFound, match=ADDRESS):
        store.suppressions.lift(ADDRESS, now=now)


def test_suppressions_are_listed_newest_first(store, now):
    for hours, address in enumerate(["a@quay.example", "b@quay.example", "c@quay.example"]):
        store.suppressions.add(suppression(now + timedelta(hours=hours), address))
    assert [known.address[0] for known in store.suppressions.all()] == ["c", "b", "a"]
