"""A few sentences that stand alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.summary import LONGEST, sentences, summarise


def test_sentences_end_where_sentences_end() -> None:
    text = (
        "Dr. Orla Venn met Mr. T. Quill at 3 p.m. on Sunday. “It rained.” They left! Why? No one in the U.S. team said."
    )
    assert sentences(text) == [
        "Dr. Orla Venn met Mr. T. Quill at 3 p.m. on Sunday.",
        "“It rained.”",
        "They left!",
        "Why?",
        "No one in the U.S. team said.",
    ]
    assert sentences("桥开放了。船又开了。") == ["桥开放了。", "船又开了。"]


def test_it_takes_whole_sentences_up_to_the_limit() -> None:
    first, second = "The bridge opened on Sunday.", "It cost nine million crowns and took four years to build."
    assert summarise(f"{first} {second} {'It is long. ' * 40}", "Harbour news") == f"{first} {second} It is long."


def test_the_headline_is_not_said_again() -> None:
    assert (
        summarise("Bridge opens in Quillport. Crowds came early.", "Bridge opens in Quillport") == "Crowds came early."
    )
    assert summarise("Bridge opens in Quillport", "Bridge opens in Quillport!") == ""


def test_a_sentence_its_feed_cut_off_is_left_out_or_marked() -> None:
    assert summarise("The bridge opened on Sunday. It cost nine …", "News") == "The bridge opened on Sunday."
    assert summarise("The bridge that nobody in the bay had wanted opened on Sunday and cost [...]", "News").endswith(
        " …"
    )


def test_one_endless_sentence_ends_at_a_word() -> None:
    summary = summarise("harbour " * 200, "News")
    assert summary.endswith("harbour …")
    assert len(summary) <= LONGEST


def test_a_byline_is_no_first_sentence() -> None:
    assert summarise("By Orla Venn. 09:53, 12 May. The bridge opened on Sunday.", "News").startswith("The bridge")


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_gives_nothing(text: str) -> None:
    assert summarise(text, "News") == ""


@given(st.text(max_size=900), st.text(max_size=60))
def test_it_never_outgrows_its_room(text: str, headline: str) -> None:
    assert len(summarise(text, headline)) <= LONGEST
