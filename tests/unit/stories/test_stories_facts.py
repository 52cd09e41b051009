"""What a text states that can be new: figures, names, and words of scripts without capitals."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.stories.facts import facts, said, words


@pytest.mark.parametrize(
    ("sentence", "stated"),
    [
        ("At least 15 people are missing.", {"15"}),
        ("The number of the missing rises to 15", {"15"}),
        ("Some 1,200 homes, 2.50 metres of water and a loss of €5m.", {"1200", "2.5", "5"}),
        ("Turnover fell by 3 % and prices by 0.50%.", {"3", "0.5"}),
        ("In 2025 300 homes and in 2024 only 1 200 were lost.", {"300", "1200"}),
        ("In 1987, and again in 2011, the river rose.", set()),
        ("It costs $2025 a year.", {"2025"}),
        ("On 14 May, or on May 14, at 10:30 or 9 am.", set()),
        ("From 2026-05-14 to 15/05/2026 it is closed.", set()),
        ("They came 3rd on day 2 of it.", set()),
        ("A Boeing 737 was late.", {"boeing"}),
        ("He drew 2 of them.", set()),
        ("UPDATE 2-shares of the yard fall", set()),
    ],
)
def test_figures_count_something(sentence: str, stated: set[str]) -> None:
    assert facts(sentence, "en") == stated


@pytest.mark.parametrize(
    ("sentence", "language", "stated"),
    [
        ("The yard belongs to Ana Ortiz, says Mayor Lund.", "en", {"ortiz", "lund"}),
        ("Ana Ortiz owns the yard.", "en", {"ortiz"}),
        ("Ortiz owns the yard.", "en", set()),
        ("NATO has seen Ortiz’s papers.", "en", {"nato", "ortiz"}),
        ("The talks begin on Tuesday in May.", "en", set()),
        ("Talks in St. Petersburg with J. D. Brandt.", "en", {"petersburg", "brandt"}),
        ("Harbour Police Question Yard Owner Ortiz Again", "en", set()),
        ("Der Hafen gehört Peter Ahrens, sagt die Werft.", "de", {"ahrens"}),
        ("Der Hafen am Freitag Abend.", "de", set()),
        ("L’usine d’Airbus emploie Delcourt.", "fr", {"airbus", "delcourt"}),
        ("La policía busca a García.", "es", {"garcia"}),
        ("В порту задержали Орлова.", "ru", {"орлова"}),
        ("", "", set()),
    ],
)
def test_names_are_what_is_capitalised_within_a_sentence(sentence: str, language: str, stated: set[str]) -> None:
    assert facts(sentence, language) == stated


def test_scripts_without_capitals_state_figures_and_words() -> None:
    assert facts("地震で15人が死亡、5月14日", "ja") == {"15"}
    assert facts("قتل ١٥ شخصا", "ar") == {"15"}
    assert words("地震で死亡", "ja") == {"地震", "死亡"}
    assert "المدينة" in words("في المدينة", "ar")
    assert words("The city", "en") == words("В городе", "ru") == words("", "") == frozenset()


def test_a_number_said_in_words_is_not_new_in_figures() -> None:
    assert facts("There are 3 people missing.", "en") <= said("Three people are missing.", "en")
    assert facts("3 Menschen werden vermisst.", "de") <= said("Drei Menschen werden vermisst.", "de")


@given(st.lists(st.sampled_from(["F", "1", "20", "100", " ", ",", ".", "-", "’", " homes", "$"])).map("".join))
@example("F1 100 homes")
def test_no_number_is_new_to_who_was_told_it_behind_another(text: str) -> None:
    assert facts(text, "en") <= said(text, "en")


@pytest.mark.timeout(10)
def test_no_text_of_many_figures_takes_long() -> None:
    for _ in range(20):
        assert not facts("a" * 600 + " 1" * 300, "en")


@given(st.text(), st.sampled_from(["en", "de", "ja", "ar", ""]))
def test_nothing_is_new_to_who_was_told_the_same(text: str, language: str) -> None:
    assert facts(text, language) <= said(text, language)
    assert words(text, language) <= said(text, language)


@given(st.text(alphabet="Aa1٣²½㊀.,' ’%€ -\n日月ßİ", max_size=60), st.sampled_from(["en", "de", "ja"]))
def test_odd_letters_and_digits_are_read(text: str, language: str) -> None:
    assert facts(text, language) <= said(text, language)
    assert words(text, language) <= said(text, language)
