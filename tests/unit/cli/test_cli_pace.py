"""How fast something goes: measured, said, and shown where there is no bar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.cli import talk
from digest.cli.pace import WINDOW, Pace
from digest.delivery.speed import rate, span


class Stopwatch:
    """Seconds that go by when they are told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def stopwatch():
    return Stopwatch()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"), (-3, "0 seconds"), (1, "1 second"), (89, "89 seconds"), (90, "2 minutes"),
        (89 * 60, "89 minutes"), (90 * 60, "1 hour 30 min"), (7200, "2 hours"), (9600, "2 hours 40 min"),
    ],
)  # fmt: skip
def test_a_span_is_as_exact_as_is_of_use(seconds, words):
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("speed", "words"),
    [(1234.4, "1,234 a second"), (10, "10 a second"), (9.96, "10.0 a second"), (1, "1.0 a second"),
     (0.5, "30.0 a minute"), (0.002, "0.1 a minute")],
)  # fmt: skip
def test_a_rate_is_by_the_second_or_the_minute(speed, words):
    assert rate(speed) == words


def test_nothing_is_foretold_in_the_first_seconds(stopwatch):
    pace = Pace(stopwatch)
    stopwatch.now += 2
    pace.note(50)
    assert pace.words(50, 100) == ""
    stopwatch.now += 2
    pace.note(100)
    assert pace.words(100, 500) == "25 a second, 16 seconds left"
    assert pace.words(100, 100) == "25 a second"


def test_the_speed_is_of_the_last_half_minute(stopwatch):
    pace = Pace(stopwatch)
    for second in range(1, 301):
        stopwatch.now += 1
        pace.note(min(second, 200) * 10)
    assert pace.per_second(2000) == 0
    stopwatch.now += 1
    pace.note(2030)
    assert pace.per_second(2030) == pytest.approx(30 / WINDOW, rel=0.05)


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 1000)), max_size=40))
def test_no_course_of_things_makes_a_pace_fail(steps):
    stopwatch = Stopwatch()
    pace, done = Pace(stopwatch), 0
    for seconds, more in steps:
        stopwatch.now += seconds
        done += more
        pace.note(done)
        assert pace.per_second(done) >= 0
        assert isinstance(pace.words(done, done + 10), str)


def test_where_there_is_no_bar_a_line_comes_every_half_minute(capsys, stopwatch):
    with talk.progress("sending", aloud=True, monotonic=stopwatch) as step:
        for second in range(1, 91):
            stopwatch.now += 1
            step(second * 20, 6000)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "sending: 600 of 6,000, 20 a second, 4 minutes left",
        "sending: 1,200 of 6,000, 20 a second, 4 minutes left",
        "sending: 1,800 of 6,000, 20 a second, 4 minutes left",
    ]


def test_what_is_done_within_half_a_minute_says_nothing(capsys, stopwatch):
    with talk.progress("sending", aloud=True, monotonic=stopwatch) as step:
        stopwatch.now += 20
        step(6000, 6000)
    assert capsys.readouterr() == ("", "")
