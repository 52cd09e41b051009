"""Mails that change processes over shared memory arrive whole, with room for them or without."""

import pickle

import pytest

from digest.model.message import Mail
from digest.presses import TRAY, TRAYS, Printed, fetched, laid, shared_trays
from tests.conftest import missing


@pytest.fixture
def trays():
    shared = shared_trays()
    if shared is None:
        missing("shared memory without a name")
    yield shared
    shared.close()


def made(*contents):
    """A mail of each content; none for None."""
    return [
        Printed(
            lineup=bytes((number,)),
            mail=None
            if content is None
            else Mail(envelope_from="b@x.example", envelope_to="a@y.example", message_id=str(number), content=content),
        )
        for number, content in enumerate(contents)
    ]


@pytest.mark.parametrize("tray", range(TRAYS))
def test_mails_come_as_they_went(trays, tray):
    mails = made(b"one", None, b"", b"three" * 1000, None)
    left = pickle.loads(pickle.dumps(laid(list(mails), trays, tray)))
    assert all(not each.mail or not each.mail.content for each in left[0])
    assert fetched(left, trays, tray) == mails


def test_what_finds_no_room_comes_by_itself(trays):
    mails = made(b"a" * (TRAY - 5), None, b"b" * 5, b"c", b"d" * TRAY)
    left, sizes = laid(list(mails), trays, 2)
    assert sizes == [TRAY - 5, 5]
    assert [each.mail.content[:1] for each in left if each.mail] == [b"", b"", b"c", b"d"]
    assert fetched((left, sizes), trays, 2) == mails


def test_without_shared_memory_all_come_by_themselves():
    mails = made(b"one", None, b"three")
    assert laid(list(mails), None, 0) == (mails, [])
    assert fetched((list(mails), []), None, 0) == mails


def test_trays_do_not_touch_each_other(trays):
    first, second = made(b"x" * TRAY), made(b"y" * TRAY)
    one, two = laid(list(first), trays, 0), laid(list(second), trays, 1)
    assert (fetched(one, trays, 0), fetched(two, trays, 1)) == (first, second)
