"""Undoing gzip within bounds."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.net.body import Inflater


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=3), st.integers(1, 400))
def test_gzip_is_undone_whatever_the_pieces(members: list[bytes], size: int) -> None:
    packed = b"".join(map(gzip.compress, members))
    inflater = Inflater(10_000)
    out = b"".join(inflater.inflate(packed[at : at + size], 10_000) for at in range(0, len(packed), size))
    assert out == b"".join(members)
    assert inflater.complete


def test_never_more_than_one_byte_over_the_room() -> None:
    bomb = gzip.compress(bytes(5_000_000), 9)
    assert len(Inflater(1000).inflate(bomb, 1000)) == 1001


def test_padding_after_the_end_is_ignored() -> None:
    inflater = Inflater(100)
    assert inflater.inflate(gzip.compress(b"news") + bytes(20), 100) == b"news"
    assert inflater.complete


def test_a_cut_stream_is_not_complete_and_an_empty_one_is() -> None:
    inflater = Inflater(100)
    assert inflater.complete
    inflater.inflate(gzip.compress(b"news of the day")[:-6], 100)
    assert not inflater.complete


def test_what_is_not_gzip_is_an_error() -> None:
    with pytest.raises(zlib.error):
        Inflater(100).inflate(b"<rss/>", 100)
