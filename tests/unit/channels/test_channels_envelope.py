"""A mail made ready for the wire."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.channels.envelope import Offers, packed
from digest.errors import MessageRefused
from digest.model.message import Mail
from digest.rendering.mime import all_smooth

MAIL = Mail(envelope_from="b@digest.example", envelope_to="ben@x.example", message_id="1@x", content=b"a\r\n")
LINES = st.lists(st.sampled_from([b"", b".", b"..", b".net", b"a", b"a.b", b"="]), min_size=1)


def on_the_wire(mail):
    """What DATA carries."""
    return b"".join(packed(mail, Offers()).content)


@given(LINES)
def test_leading_dots_are_doubled_and_the_last_dot_is_set(lines):
    content = b"".join(line + b"\r\n" for line in lines)
    stuffed = b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)
    assert on_the_wire(replace(MAIL, content=content)) == stuffed + b".\r\n"


@given(LINES)
def test_what_is_known_to_be_smooth_goes_out_the_same_without_a_look(lines):
    content = b"".join(line + b"\r\n" for line in lines)
    mail = replace(MAIL, content=content)
    assert on_the_wire(replace(mail, smooth=all_smooth([content]))) == on_the_wire(mail)


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\r\n", b"\n", b"a\r"])
def test_a_line_end_that_is_not_whole_is_refused(content):
    with pytest.raises(MessageRefused, match="not CRLF"):
        packed(replace(MAIL, content=content), Offers())
