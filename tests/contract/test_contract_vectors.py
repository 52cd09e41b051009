"""What every VectorStore does."""

from datetime import timedelta

DAY = timedelta(days=1)


def test_what_was_kept_is_found(store, now):
    store.vectors.keep({b"a": b"1", b"b": b"\0\xff"}, now=now)
    store.vectors.keep({b"c": b"3"}, now=now + DAY)
    assert store.vectors.find([b"a", b"b", b"c", b"d"]) == {b"a": b"1", b"b": b"\0\xff", b"c": b"3"}
    assert store.vectors.find([b"b"]) == {b"b": b"\0\xff"}
    assert store.vectors.find([]) == {}


def test_what_is_kept_again_takes_the_place_of_the_older(store, now):
    store.vectors.keep({b"a": b"1", b"c": b"1"}, now=now)
    store.vectors.keep({b"a": b"22", b"b": b"2"}, now=now + DAY)
    assert store.vectors.find([b"a", b"b", b"c"]) == {b"a": b"22", b"b": b"2", b"c": b"1"}
    store.vectors.keep({}, now=now + 7 * DAY)
    assert store.vectors.find([b"a", b"b", b"c"]) == {b"a": b"22", b"b": b"2"}


def test_after_a_week_it_is_gone(store, now):
    store.vectors.keep({b"a": b"1"}, now=now)
    store.vectors.keep({b"b": b"1"}, now=now + DAY)
    store.vectors.keep({}, now=now + 7 * DAY)
    assert store.vectors.find([b"a", b"b"]) == {b"b": b"1"}


def test_a_heavy_day_goes_in_and_out(store, now):
    many = {number.to_bytes(16): number.to_bytes(4) for number in range(12_000)}
    store.vectors.keep(many, now=now)
    assert store.vectors.find(list(many)) == many
