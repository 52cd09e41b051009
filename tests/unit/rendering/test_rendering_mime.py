"""Quoted-printable that can be joined, and headers any mail program can read."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from quopri import decodestring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.mime import addressed, all_smooth, header, mailbox, pieces, quoted, smooth, verbatim
from digest.rendering.text import one_line

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))
WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(TEXTS, max_size=3))
def test_pieces_and_values_join_into_lines_of_76(texts: list[str], values: list[str]) -> None:
    values = [one_line(value) for value in (*values, "", "", "")][: len(texts) - 1]
    encoded = pieces(tuple(texts))
    whole = encoded[0] + b"".join(quoted(value) + piece for value, piece in zip(values, encoded[1:], strict=True))
    expected = texts[0] + "".join(value + text for value, text in zip(values, texts[1:], strict=True))
    assert decodestring(whole).decode().replace("\r\n", "\n") == expected
    assert max(len(line) for line in whole.split(b"\r\n")) <= 76
    assert not whole or whole.endswith(b"\r\n")


@given(WORDS)
def test_a_header_comes_back_as_it_was_given(text: str) -> None:
    raw = header("Subject", text)
    assert raw.endswith(b"\r\n")
    assert b"\r\n" not in raw[:-2].replace(b"\r\n ", b"")
    assert all(len(line) <= 76 or b" " not in line.strip() for line in raw.split(b"\r\n"))
    message = message_from_bytes(raw + b"\r\n")
    assert list(message.keys()) == ["Subject"]
    found = str(make_header(decode_header(message["Subject"].replace("\r\n ", " "))))
    assert found == one_line(text)


@given(WORDS)
def test_encoded_words_are_at_most_75_long(text: str) -> None:
    raw = header("Subject", "é" + text).decode()
    assert all(len(word) <= 75 for word in raw.removeprefix("Subject: ").split())


@given(WORDS)
def test_a_name_never_breaks_the_address(name: str) -> None:
    message = message_from_bytes(addressed("To", name, "ada@example.org") + b"\r\n", policy=policy.default)
    assert list(message.keys()) == ["To"]
    assert [found.addr_spec for found in message["To"].addresses] == ["ada@example.org"]


def test_mailboxes_are_read_and_written_again() -> None:
    assert mailbox("From", "Morning <m@example.org>") == b"From: Morning <m@example.org>\r\n"
    assert mailbox("From", "m@example.org") == b"From: m@example.org\r\n"
    assert mailbox("From", '"Morning, The" <m@example.org>') == b'From: "Morning, The" <m@example.org>\r\n'
    assert mailbox("From", "Früh <m@example.org>") == b"From: =?utf-8?b?RnLDvGg=?=\r\n <m@example.org>\r\n"


def test_headers_for_programs_are_never_encoded() -> None:
    assert verbatim("List-Unsubscribe", "<https://a.example>", "<mailto:b@a.example>") == (
        b"List-Unsubscribe: <https://a.example>,\r\n <mailto:b@a.example>\r\n"
    )
    assert verbatim("X", "a\r\nBcc: b") == b"X: a Bcc: b\r\n"


SEGMENTS = st.lists(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a", b"a" * 300])).map(b"".join))


@given(SEGMENTS)
def test_smooth_segments_join_into_smooth_content(segments: list[bytes]) -> None:
    content = b"".join(segments)
    lines = content.split(b"\r\n")
    is_so = not any(line.startswith(b".") or b"\n" in line or b"\r" in line for line in lines)
    assert is_so or not all_smooth(segments)
    assert smooth(content) == is_so


@pytest.mark.parametrize("segment", [b".", b"\n", b"\r", b"a\r\n.", b"a\nb\r", b"a\n" * 200, b"a\r\n.b\r\n" * 100])
def test_dots_that_begin_a_line_and_half_line_ends_are_not_smooth(segment: bytes) -> None:
    assert not all_smooth([b"a\r\n", segment])


@given(st.lists(st.text(alphabet=".a=é \n") | st.text(alphabet=".a", min_size=70, max_size=80)))
def test_what_is_quoted_is_smooth(texts: list[str]) -> None:
    segments = [quoted(text) for text in texts]
    assert all_smooth(segments)
    assert all(len(line) <= 76 for segment in segments for line in segment.split(b"\r\n"))
    assert [decodestring(segment) for segment in segments] == [text.encode().replace(b"\n", b"\r\n") for text in texts]
