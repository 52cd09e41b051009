"""The words of a text are the same by the quick ways and by the slow one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.canonical import fold, without_signs
from digest.stories.language import guess
from digest.stories.summary import LETTERS, TELLING_WORDS, has_no_blanks, tells, words_in
from digest.stories.summary import WORD as SPOKEN
from digest.stories.terms import WORD, tokens

ANY = st.text(st.sampled_from("aBz09 _-.,'…“”‘’–—‐‖‗•é\u0301ßİЖщ") | st.characters(max_codepoint=0x2FFF), max_size=60)


@given(ANY.filter(lambda text: not has_no_blanks(text)))
def test_typographic_signs_end_words_as_blanks_do(text: str) -> None:
    assert tokens(text) == WORD.findall(fold(text))
    assert words_in(text) == SPOKEN.findall(text.lower())


@pytest.mark.parametrize("word", ["ສະພາແຫ່ງຊາດ", "ប្រជាជន", "မြန်မာ", "ประเทศ"])
def test_scripts_without_blanks_are_read_by_pairs_of_signs_whatever_is_set_on_a_letter(word: str) -> None:
    assert tokens(word) == [word[at : at + 2] for at in range(len(word) - 1)]


@given(ANY)
def test_a_sentence_tells_by_the_number_of_its_words(text: str) -> None:
    words = LETTERS.findall(text)
    assert tells(text) == (len("".join(words) if has_no_blanks(text) else words) >= TELLING_WORDS)


@given(ANY)
def test_signs_tell_no_language(text: str) -> None:
    assert guess(f"“{text}”") == guess(without_signs(text))
