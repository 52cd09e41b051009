"""How fast messages may leave."""

from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.pacing import Pacer


class Hand:
    """A monotonic clock moved by hand."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_without_a_rate_nobody_waits():
    pacer = Pacer(None, monotonic=Hand())
    assert [pacer.reserve() for _ in range(3)] == [0.0, 0.0, 0.0]


def test_turns_are_a_rates_share_of_a_second_apart():
    pacer = Pacer(4, monotonic=Hand())
    assert [pacer.reserve() for _ in range(4)] == [0.0, 0.25, 0.5, 0.75]


def test_a_burst_leaves_at_once_and_comes_back_with_time():
    hand = Hand()
    pacer = Pacer(2, monotonic=hand, burst=3)
    assert [pacer.reserve() for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    hand.now += 60
    assert [pacer.reserve() for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


@given(rate=st.floats(0.1, 500), gaps=st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_second_sees_more_than_the_rate(rate, gaps):
    hand = Hand()
    pacer = Pacer(rate, monotonic=hand)
    turns = []
    for gap in gaps:
        hand.now += gap
        turns.append(hand.now + pacer.reserve())
    for start in turns:
        assert sum(start <= turn < start + 1 for turn in turns) <= rate + 1.001
