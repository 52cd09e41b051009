"""Subject and preheader: the news first, never too long, never the same two days running."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.pattern import subject_pattern
from digest.rendering.subject import Worn, preheader, subject
from digest.rendering.text import one_line

HEADLINES = ("Ferry strike called off", "Museum returns drawings", "Chipmaker halves forecast", "Rates unchanged")
TITLE, DATE = "The Westhaven Morning", "14 May 2026"
PATTERNS = ("{headlines}", "{headline}", "{title}: {headlines}", "{date} | {headline}", "{title}, {date}")

lines = st.lists(st.text(min_size=1).map(one_line).filter(bool), max_size=4).map(tuple)


def composed(headlines: tuple[str, ...], **chosen: object) -> str:
    return subject(headlines, title=TITLE, date=DATE, **chosen)  # type: ignore[arg-type]


@given(lines, st.sampled_from(PATTERNS), st.sampled_from(["", "Test"]), lines)
def test_a_subject_is_never_too_long(headlines, pattern, marker, before):
    assert 0 < len(composed(headlines, pattern=pattern, marker=marker, worn=Worn(before))) < 78
    assert len(preheader(headlines, "summary")) <= 130


@given(st.text(max_size=90), st.sampled_from(PATTERNS))
def test_a_newsletter_of_any_name_leaves_its_subject_within_bounds(title, pattern):
    assert len(subject(HEADLINES, title=title, date=DATE, pattern=pattern)) < 78


def test_the_news_comes_first():
    assert composed(HEADLINES) == "Ferry strike called off · Museum returns drawings"
    assert composed(HEADLINES[:1]) == "Ferry strike called off"
    assert composed(()) == "The Westhaven Morning, 14 May 2026"
    assert composed(HEADLINES, marker="Test") == "[Test] Ferry strike called off · Museum returns drawings"


def test_a_second_headline_of_one_letter_does_not_make_a_subject_too_long():
    assert composed(("a" * 76, "b")) == "a" * 76
    assert composed(("a" * 73, "b")) == f"{'a' * 73} · b"


def test_the_preheader_goes_on_where_the_subject_begins():
    assert preheader(HEADLINES, "") == "Museum returns drawings · Chipmaker halves forecast · Rates unchanged"
    assert preheader(HEADLINES[:1], "Crews get\nshorter shifts.") == "Crews get shorter shifts."


words = st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=3).map(tuple)


@given(words, words, st.sampled_from(PATTERNS))
def test_two_days_never_have_one_subject(yesterday, today, pattern):
    worn = Worn(yesterday)
    before = subject(yesterday, title=TITLE, date="13 May 2026", pattern=pattern)
    after = composed(worn.last(today), pattern=pattern, worn=worn)
    assert before != after


def test_what_the_day_before_told_goes_behind_what_it_did_not():
    assert Worn(HEADLINES[:1]).last(HEADLINES) == (*HEADLINES[1:], HEADLINES[0])
    assert composed(HEADLINES[:1], worn=Worn(HEADLINES)) == "Ferry strike called off · 14 May 2026"
    assert composed(HEADLINES, worn=Worn(HEADLINES), pattern="{date}: {headline}").startswith("14 May 2026: Ferry")
    assert "14 May" in composed(("a" * 41 + "b",), worn=Worn(["a" * 41 + "c"]))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_that_say_the_news_or_the_day(pattern):
    assert subject_pattern(pattern) == pattern
    assert "{" not in composed(HEADLINES, pattern=pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "Good morning",
        "{title}",
        "{title} {title}: {headline}",
        "{headlines",
        "{headlines!r}",
        "{headlines:>40}",
        "{headline.__class__}",
        "{0}",
        "{}",
        "{number} {headline}",
        "{headline}\nBcc: x@example.org",
        "Your daily digest of all that is new in the world today: {headline}",
    ],
)
def test_patterns_that_cannot_be_used(pattern):
    with pytest.raises(ValueError):  # noqa: PT011 - the table of settings says it in words
        subject_pattern(pattern)


def test_braces_in_a_headline_are_text():
    assert composed(("{title} {{ 7 * 7 }}",)) == "{title} {{ 7 * 7 }}"
