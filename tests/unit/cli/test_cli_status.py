"""The words of `digest status` and `digest why ADDRESS`, without a store."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.cli import account as about
from digest.cli import status
from digest.model.bounce import Bounce, BounceKind
from digest.model.delivery import Attempt, Delivery, DeliveryState, Profile, Slot
from digest.model.edition import Edition, EditionState
from digest.model.progress import Progress, Reason
from digest.model.subscriber import Consent, Preferences, Subscriber, SubscriberState, Suppression
from digest.newsroom.absence import Absence
from digest.newsroom.account import Account, Paper
from digest.newsroom.overview import Standing
from digest.newsroom.relays import RelayState
from digest.ports.sending import Share

NOW = datetime(2026, 3, 12, 7, 30, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
EDITION = Edition(number=41, date=date(2026, 3, 12), cut_at=NOW - HOUR, title="Courier", state=EditionState.FROZEN)
PLANNED = Progress(edition=41, opened_at=NOW - HOUR)
DUE = NOW - timedelta(minutes=30)
DELIVERY = Delivery(
    id=1, dispatch_id=1, edition=41, endpoint_id=7, subscriber_id=7, target="ana@quay.example", local_date=NOW.date(),
    due_at=DUE, state=DeliveryState.QUEUED, message_id="41.7.abc@courier.example", next_at=DUE, updated_at=NOW,
)  # fmt: skip
PROFILE = Profile(timezone="Europe/Lisbon", send_at=420, days=0b1111111)


def of(progress=None, edition=EDITION, **more):
    return Standing(edition=edition, progress=progress, **more)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"state": EditionState.APPROVED}, "approved; it goes out at each reader's hour, or now with: digest send"),
        ({"state": EditionState.HELD}, "waits for an editor: digest edition approve 41"),
        ({"state": EditionState.HELD, "quiet": "a quiet day: 2 new stories"},
         "held: a quiet day: 2 new stories; to send it all the same: digest edition approve 41"),
        ({"state": EditionState.HELD, "held": "the page has no link to leave", "quiet": "a quiet day"},
         "held: the page has no link to leave; to send it all the same: digest edition approve 41"),
        ({"state": EditionState.CANCELLED}, "cancelled, and nobody has it"),
    ],
)  # fmt: skip
def test_an_edition_that_nothing_is_planned_of_says_what_it_waits_for(state, said):
    assert status.course(of(edition=replace(EDITION, **state)), NOW) == said


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"accepted": 5}, "gone out"),
        ({"accepted": 5, "unconfirmed": 1}, "gone out"),
        ({"accepted": 5, "deferred": 1}, "gone out, but for those deferred"),
        ({"accepted": 5, "deferred": 1, "sending": 1}, "going out"),
        ({"queued": 5}, "going out"),
        ({"queued": 5, "stopped": "no", "stopped_at": NOW - MINUTE}, "stopped at 07:29Z"),
        ({"accepted": 5, "stopped": "no", "stopped_at": NOW}, "gone out"),
        ({"accepted": 5, "cancelled": 3, "cancelled_at": NOW - 24 * HOUR}, "cancelled at 2026-03-11 07:30Z"),
        ({}, "frozen; nobody was there to get it"),
    ],
)
def test_where_an_edition_stands_in_a_few_words(known, said):
    assert status.course(of(replace(PLANNED, **known)), NOW) == said


def test_the_counts_that_are_nought_are_not_said():
    known = replace(PLANNED, accepted=1234, claimed=2, sending=3, suppressed=1)
    assert status.tally(known) == "1,240 planned: 1,234 accepted, 5 in hand, 1 left out"
    assert status.tally(PLANNED) == "0 planned"


def test_a_send_under_way_says_how_fast_it_goes_and_how_long_it_takes():
    going = of(replace(PLANNED, accepted=600, queued=1150, claimed=50, due=1150), per_second=10.0)
    assert going.seconds_left == 120
    assert list(status.details(going, NOW)) == [
        "1,800 planned: 600 accepted, 1,150 waiting, 50 in hand",
        "10 a second in the last minute; what is due takes 2 minutes more",
    ]
    resting = of(replace(PLANNED, accepted=600, queued=5), per_second=10.0)
    assert status.speed(resting) == "10 a second in the last minute"
    assert status.speed(of(replace(PLANNED, queued=5))) == ""


def test_a_stopped_edition_says_why_and_what_resumes_it():
    stopped = of(replace(PLANNED, queued=9, due=9, stopped="3 messages in a row were refused", stopped_at=NOW))
    assert list(status.details(stopped, NOW))[1:] == [
        "stopped: 3 messages in a row were refused",
        "once it is mended: digest edition resume 41",
    ]
    assert replace(stopped, per_second=5.0).seconds_left is None


@pytest.mark.parametrize(
    ("next_at", "said"),
    [
        (NOW + MINUTE, "sent again from 07:31Z on"),
        (NOW + 24 * HOUR, "sent again from 2026-03-13 07:30Z on"),
        (NOW - MINUTE, "sent again with the next send"),
        (DUE, "waits for you: digest edition resolve 41"),
    ],
)
def test_what_happens_with_an_unconfirmed_mail_is_said(next_at, said):
    doubtful = replace(DELIVERY, state=DeliveryState.UNCONFIRMED, next_at=next_at)
    assert status.doubt(doubtful, NOW) == said
    lines = list(status.details(of(replace(PLANNED, unconfirmed=30), unconfirmed=(doubtful,)), NOW))
    assert f"unconfirmed: ana@quay.example, edition 41: {said}" in lines
    assert lines[-1] == "and 29 more: digest status --edition 41 --json"


def test_a_reason_says_how_many_by_whom_and_in_whose_words():
    reason = Reason(state=DeliveryState.FAILED, count=1200, words="550 no", relay="mail.example:587", code=550)
    assert status.because(reason) == "1,200 failed by mail.example:587: 550 no"
    left_out = Reason(state=DeliveryState.SUPPRESSED, count=1, words="the reader is unsubscribed")
    assert status.because(left_out) == "1 left out: the reader is unsubscribed"


def test_only_relays_that_are_left_alone_are_told_of():
    known = (
        RelayState(place="a.example:25", faults=3, down_until=NOW + MINUTE, because="421 closed"),
        RelayState(place="b.example:25", faults=1, down_until=NOW),
        RelayState(place="c.example:25"),
        RelayState(place="d.example:25", room=1200),
        RelayState(place="e.example:25", room=0, room_at=datetime(2026, 3, 13, tzinfo=UTC)),
    )
    assert list(status.relays(known, NOW)) == [
        "relay a.example:25 is left alone until 07:31Z, after 3 faults in a row: 421 closed",
        "relay d.example:25 may take 1,200 more now by its rates",
        "the rates of relay e.example:25 leave no room before 2026-03-13 00:00Z",
    ]


def test_a_spread_names_the_first_and_sums_the_others(capsys):
    accepted, claimed = DeliveryState.ACCEPTED, DeliveryState.CLAIMED
    shares = [Share(way=f"d{number:02d}.example", state=accepted, count=30 - number) for number in range(25)]
    status.put_spread("domain", [*shares, Share(way="d00.example", state=claimed, count=2)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["by", "domain", "accepted", "waiting"]
    assert lines[1].split() == ["d00.example", "30", "2"]
    assert lines[-1].split() == ["5", "others", "40", "0"]
    assert len(lines) == 22
    status.put_spread("relay", [])
    assert capsys.readouterr().out == ""


def test_what_servers_and_readers_say_never_drives_the_terminal(capsys):
    rude = "\x1b[2J\x07 550\r\nno"
    reasons = (Reason(state=DeliveryState.FAILED, count=1, words=rude, relay=rude),)
    known = replace(PLANNED, failed=1, queued=1, stopped=rude, stopped_at=NOW)
    status.show_standing(
        of(known, reasons=reasons, relays=(Share(way=rude, state=DeliveryState.FAILED, count=1),)), NOW
    )
    about.show(whole(rude), NOW)
    out, _ = capsys.readouterr()
    assert "no" in out
    assert not {"\x1b", "\x07", "\r"} & set(out)


def whole(words):
    """An account in which every foreign text is this one."""
    person = Subscriber(
        id=7, address="ana@quay.example", state=SubscriberState.ACTIVE,
        consent=Consent(text=words, at=NOW, origin=words), joined_at=NOW,
    )  # fmt: skip
    attempt = Attempt(delivery_id=1, attempt=1, at=NOW, state=DeliveryState.DEFERRED, relay=words, answer=words)
    bounce = Bounce(address="ana@quay.example", kind=BounceKind.SOFT, source="x", at=NOW, words=words)
    paper = Paper(
        edition=EDITION, delivery=replace(DELIVERY, answer=words), stories=(words,), attempts=(attempt,),
        bounces=(bounce,), progress=PLANNED,
    )  # fmt: skip
    return Account(
        address=person.address, person=person, paper=paper, profile=PROFILE,
        suppression=Suppression(address=person.address, reason=words, evidence=words, at=NOW),
        others=(replace(DELIVERY, edition=None, answer=words),),
    )  # fmt: skip


@given(st.text())
def test_an_account_of_any_words_is_printable(words):
    found = whole(words)
    assert about.record(found, NOW)["address"] == "ana@quay.example"
    assert about.row(found.others[0])[0] == "  –"


def test_who_somebody_is_and_how_they_agreed():
    person = Subscriber(
        address="ana@quay.example", state=SubscriberState.UNSUBSCRIBED, joined_at=NOW - 24 * HOUR, left_at=NOW,
        consent=Consent(text="Yes, send it", at=NOW - 25 * HOUR, origin="the web page"),
    )  # fmt: skip
    assert list(about.who("ana@quay.example", person)) == [
        "ana@quay.example is unsubscribed, joined 2026-03-11 07:30Z, left 2026-03-12 07:30Z",
        "  agreed 2026-03-11 06:30Z (the web page): Yes, send it",
    ]
    assert list(about.who("ana@quay.example", None)) == ["ana@quay.example is no subscriber"]


def test_their_hour_is_by_their_clock():
    paused = Preferences(paused_until=NOW + HOUR)
    person = Subscriber(address="ana@quay.example", state=SubscriberState.ACTIVE, preferences=paused)
    upcoming = Slot(profile=PROFILE, local_date=date(2026, 3, 13), due_at=datetime(2026, 3, 13, 7, tzinfo=UTC))
    found = Account(address=person.address, person=person, suppression=None, profile=PROFILE, next_paper=upcoming)
    (line,) = about.hours(found, NOW)
    assert line.startswith("  their hour is 07:00 in Europe/Lisbon, daily; paused until 08:30Z; ")
    assert line.endswith("the next paper is due on Fri 13 Mar (2026-03-13 07:00Z)")
    left = replace(found, person=replace(person, state=SubscriberState.UNSUBSCRIBED))
    assert list(about.hours(left, NOW)) == []


@pytest.mark.parametrize(
    ("code", "enhanced", "words", "said"),
    [
        (451, "4.7.1", "451 4.7.1 later", "451 4.7.1 later"),
        (451, "4.7.1", "later", "451 4.7.1 later"),
        (None, "", "the connection broke", "the connection broke"),
        (None, "", "", "without a word"),
    ],
)
def test_codes_and_words_are_each_said_once(code, enhanced, words, said):
    attempt = Attempt(
        delivery_id=1, attempt=2, at=NOW, state=DeliveryState.DEFERRED, relay="mail.example:25", code=code,
        enhanced=enhanced, answer=words,
    )  # fmt: skip
    assert about.attempt(attempt, NOW) == f"07:30Z: deferred by mail.example:25 (attempt 2): {said}"


DOWN = (RelayState(place="mail.example:25", faults=2, down_until=NOW + MINUTE, because="421 closed"),)


@pytest.mark.parametrize(
    ("changes", "known", "relays", "said"),
    [
        ({}, {}, (), "it goes out with the next beat of digest run, or with digest send"),
        ({}, {}, DOWN, "relay mail.example:25 is left alone until 07:31Z, after 2 faults in a row: 421 closed"),
        ({}, {}, (*DOWN, RelayState(place="b.example:25")),
         "it goes out with the next beat of digest run, or with digest send"),
        ({}, {"stopped": "no"}, DOWN, "it waits until this is resumed: digest edition resume 41"),
        ({"state": DeliveryState.DEFERRED, "attempts": 1, "next_at": NOW + MINUTE}, {}, (),
         "tried again from 07:31Z on"),
        ({"state": DeliveryState.SENDING}, {}, (), "a sender has it in hand"),
        ({"state": DeliveryState.ACCEPTED}, {}, (), ""),
        ({"state": DeliveryState.SUPPRESSED}, {}, (), ""),
        ({"state": DeliveryState.FAILED}, {}, (),
         "it is not tried again by itself; digest edition resume 41 --failed lets all that failed wait again"),
        ({"state": DeliveryState.UNCONFIRMED, "next_at": NOW + MINUTE}, {}, (),
         "the server took the content and never answered: sent again from 07:31Z on"),
    ],
)  # fmt: skip
def test_what_is_next_is_said(changes, known, relays, said):
    paper = Paper(edition=EDITION, delivery=replace(DELIVERY, **changes), progress=replace(PLANNED, **known))
    found = Account(address="ana@quay.example", person=None, suppression=None, relays=relays)
    assert about.upcoming(paper, found, NOW) == said


def test_a_dead_address_is_not_offered_another_try():
    gone = Suppression(address="ana@quay.example", reason="hard", evidence="550", at=NOW)
    found = Account(address="ana@quay.example", person=None, suppression=gone)
    paper = Paper(edition=EDITION, delivery=replace(DELIVERY, state=DeliveryState.FAILED))
    assert about.upcoming(paper, found, NOW) == "it is not tried again by itself"


def test_of_what_was_not_planned_the_reason_is_said_and_what_it_would_have_held():
    absent = Paper(
        edition=EDITION, absence=Absence(rule="paused", because="they are paused"), stories=("Ferry", "Quay")
    )
    assert about.outcome(absent) == "not planned for them: they are paused"
    assert list(about.stories(absent)) == ["2 stories would be for them; the first: Ferry"]
    assert "no story of it would be for them" in next(about.stories(replace(absent, stories=())))
    assert list(about.stories(replace(absent, stories=None))) == []
