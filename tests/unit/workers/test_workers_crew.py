"""The lines on workers and queue."""

from datetime import UTC, datetime, timedelta

from digest.newsroom.crew import Crew, hands_of
from digest.ports.sending import Waiting, Worker

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def worker(name, *, silence=0, doing="sends", age=3600):
    seen = NOW - silence * SECOND
    return Worker(name=name, started_at=NOW - age * SECOND, seen_at=seen, silence=silence * SECOND, doing=doing)


def test_nobody_at_work_is_no_line():
    assert Crew(hands=hands_of(()), queue=()).lines() == ()


def test_what_one_process_does_is_one_line():
    rows = (
        worker("web1:3f2a.40:77:ab12-000001", doing="waits for work", silence=4),
        worker("web1:3f2a.40:77:ab12-000002", silence=2, age=60),
        worker("web1:3f2a.40:77:ab12-000003", silence=3, age=30),
        worker("web1:3f2a.40:78:cd34-000004", doing="waits for work"),
        worker("web2:99aa.40:77:ef56-000005", silence=240),
    )
    first, second, third = hands_of(rows)
    assert (first.host, first.process, first.sends, first.heard, first.silent) == ("web1", "77", 2, 2, False)
    assert first.started_at == NOW - 3600 * SECOND
    assert (second.process, second.doing, second.sends) == ("78", "waits for work", 0)
    assert (third.host, third.silent) == ("web2", True)
    assert Crew(hands=(first, second, third), queue=()).lines() == (
        "workers: 2, 1 sending",
        "  web1 (77) sends 2 times at once",
        "  web1 (78) waits for work",
        "  web2 (77) sends, not heard of for 4 min",
    )


def test_the_queue_is_told_by_edition():
    queue = (
        Waiting(what="drain", edition=41, state="runs", count=2),
        Waiting(what="drain", edition=41, state="waits", count=1),
        Waiting(what="tick", edition=0, state="runs", count=1),
    )
    assert Crew(hands=(), queue=queue).lines() == (
        "queue: 2 × drain edition 41 runs; drain edition 41 waits; tick runs",
    )


def test_a_name_that_is_none_of_ours_is_shown_as_it_is():
    (hand,) = hands_of((worker("somebody"),))
    assert (hand.host, hand.process) == ("somebody", "")


def test_a_process_that_was_killed_is_not_said_to_send():
    killed, living = worker("web1:3f2a.40:77:ab12-000001", silence=3), worker("web1:3f2a.40:78:cd34-000002")
    first, second = hands_of((killed, living), dead={killed.name})
    assert (first.dead, first.silent) == (True, True)
    assert (second.dead, second.silent) == (False, False)
    assert Crew(hands=(first, second), queue=()).lines() == (
        "workers: 1, 1 sending",
        "  web1 (77) was killed; what it had in hand goes out with the next send",
        "  web1 (78) sends",
    )
