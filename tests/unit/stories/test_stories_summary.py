"""A few sentences that stand alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.summary import LONGEST, LONGEST_SENTENCE, MOST_SENTENCES, is_whole, summarise

FIRST = "The bridge over the bay opened on Sunday."
SECOND = "It cost nine million crowns and took four years to build."


def test_it_takes_whole_sentences_up_to_the_limit() -> None:
    long = f"Its {'very ' * 90}long story is told elsewhere."
    assert summarise(f"{FIRST} {SECOND} {long}", "Harbour news") == f"{FIRST} {SECOND}"
    more = "Crowds came early. Nobody paid. Ferries stayed empty all day long. It rained later."
    assert summarise(f"{FIRST} {SECOND} {more}", "Harbour news").count(".") == MOST_SENTENCES


def test_a_long_first_sentence_stands_whole_and_alone() -> None:
    long = f"The bridge, {'which is very long, ' * 26}opened on Sunday."
    assert LONGEST < len(long) < LONGEST_SENTENCE
    assert summarise(f"{long} {SECOND}", "Harbour news") == long


def test_the_headline_is_not_said_again() -> None:
    assert (
        summarise("Bridge opens in Quillport. Crowds came early.", "Bridge opens in Quillport") == "Crowds came early."
    )
    assert summarise("Bridge opens in Quillport", "Bridge opens in Quillport!") == ""


def test_what_stands_there_already_is_not_said_again() -> None:
    caption = "The new bridge over the bay opened on Sunday."
    assert summarise(f"{FIRST} {SECOND} {caption} Crowds came early.", "News") == f"{FIRST} {SECOND} Crowds came early."
    more = "The bridge over the bay opened with a speech of the mayor of Quillport."
    assert summarise(f"{FIRST} {SECOND} {more}", "News") == f"{FIRST} {SECOND} {more}"


def test_a_sentence_its_feed_cut_off_is_left_out_or_marked() -> None:
    assert summarise("The bridge opened on Sunday. It cost nine …", "News") == "The bridge opened on Sunday."
    assert summarise("The bridge opened on Sunday. It cost nine and", "News") == "The bridge opened on Sunday."
    assert summarise("The bridge opened on Sunday", "News") == "The bridge opened on Sunday"
    assert summarise("The bridge that nobody in the bay had wanted opened on Sunday and cost [...]", "News").endswith(
        " …"
    )


def test_one_endless_sentence_ends_at_a_word() -> None:
    summary = summarise("harbour " * 200, "News")
    assert summary.endswith("harbour …")
    assert len(summary) <= LONGEST


@pytest.mark.parametrize(
    "before",
    [
        "By Orla Venn. 09:53, 12 May.",
        "By Orla Venn, staff reporter.",
        "By Orla Venn and Hugo Lund for the Quillport Herald.",
        "By . Orla Venn For The Herald .",
        "By Orla Venn, 12 May 2026. QUILLPORT (AP) —",
        "Von Orla Venn und Hugo Lund, Quillhafen.",
        "Last updated at 3:31 PM on 19th July.",
        "Pictured: Orla Venn on the bridge in winter.",
        "VIDEO Scroll down to watch the bridge open.",
        "QUILLPORT (AP) —",
        "Quillport (CNN) -",
        "(Reuters) -",
        "ST. QUILL, May 3 (Reuters) -",
        "QUILLPORT, Vennland —",
        "Quillport, Vennland -",
        "(CNN)",
        "FILE - A crane lifts a part of the bridge in winter.",
        "A crane lifts a part of the bridge, on May 3, 2026.",
        "A crane lifts a part of the bridge (AP Photo/Orla Venn).",
        "Advertisement.",
        "Story continues below advertisement.",
        "Scroll down for a video of the bridge.",
        "Photo credit: Orla Venn for the Herald.",
    ],
)
def test_what_stands_before_the_first_sentence_is_left_out(before: str) -> None:
    assert summarise(f"{before} {FIRST} {SECOND}", "News") == f"{FIRST} {SECOND}"


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("BERLIN (dpa) - Die Brücke über die Bucht ist offen.", "Die Brücke über die Bucht ist offen."),
        ("PARIS, 12 mai (AFP) – Le pont sur la baie est ouvert.", "Le pont sur la baie est ouvert."),
        ("Madrid, 12 may (EFE).- El puente de la bahía abrió ayer.", "El puente de la bahía abrió ayer."),
        ("МОСКВА, 3 мая. /ТАСС/. Мост через залив открыт.", "Мост через залив открыт."),
        ("新华社北京5月3日电（记者王一）海湾大桥今天开放了。", "海湾大桥今天开放了。"),
        ("【ロンドン共同】湾の橋が日曜日に開通した。", "湾の橋が日曜日に開通した。"),
    ],
)
def test_datelines_of_many_countries_are_left_out(text: str, bare: str) -> None:
    assert summarise(text, "News") == bare


@pytest.mark.parametrize(
    "text",
    [
        "QUILL — the maker of bridges — rose by 3 percent on Sunday.",
        "The union (UBW) - the largest of all - went on strike.",
        "Quill (QLL) — the owner of the bridge — is sold.",
        "U.S. President Orla Venn - who was there - left early.",
        "The contract for the bridge was signed on May 3, 2026.",
        "Квилл — столица островов и порт на берегу залива.",
        "Orla Venn, mayor — The bridge is hers — opened it on Sunday.",
        "By Sunday Orla Venn had opened the bridge.",
    ],
)
def test_what_only_looks_like_a_dateline_or_byline_stays(text: str) -> None:
    assert summarise(text, "News") == text


def test_an_advertisement_between_sentences_is_left_out() -> None:
    for said in ("Advertisement.", "ADVERTISEMENT", "Story continues below advertisement\n"):
        assert summarise(f"{FIRST} {said} {SECOND}", "News") == f"{FIRST} {SECOND}"


@pytest.mark.parametrize(
    "text",
    [
        "Advertisement revenue of the bridge rose on Sunday.",
        "Copyright law is to change after a vote on Sunday.",
        "Subscribers of the bridge fund rose to nine million.",
    ],
)
def test_what_only_begins_like_clutter_stays(text: str) -> None:
    assert summarise(text, "News") == text


def test_scripts_without_blanks_are_joined_without() -> None:
    assert summarise("桥开放了。船又开了。", "新闻", "zh") == "桥开放了。船又开了。"


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\n", "\ud800", "By Orla Venn", "By Orla Venn and Hugo Lund.", "(Reuters) -", "QUILL, May 3 (AP) —"],
)
def test_nothing_gives_nothing(text: str) -> None:
    assert summarise(text, "News") == ""


@given(st.text(max_size=900), st.text(max_size=60))
def test_it_never_outgrows_its_room(text: str, headline: str) -> None:
    assert len(summarise(text, headline)) <= LONGEST_SENTENCE


PHRASES = st.lists(
    st.sampled_from(["Dr. Venn", "3.5 million", "the bridge", "in the U.S. team", "opened", "“at last”", "on Sunday"]),
    min_size=4,
    max_size=12,
).map(lambda phrases: f"So {' '.join(phrases)} now.")


@given(st.lists(PHRASES, min_size=1, max_size=8), st.integers(min_value=0, max_value=7))
def test_it_is_made_of_whole_sentences_of_its_source_and_never_the_headline(told: list[str], at: int) -> None:
    headline = told[at % len(told)]
    summary = summarise(" ".join(told), headline, "en")
    assert headline not in summary
    rest = summary
    for sentence in told:
        rest = rest.removeprefix(sentence).lstrip()
    assert not rest
    assert is_whole(summary)


HOSTILE = (
    "By A. ",
    "By . , & ",
    "A",
    "A ",
    "A-",
    "Aa, Aa - ",
    "(",
    "(AP",
    "(AP) -",
    ".",
    ". ",
    "“A.” ",
    "by A, ",
    "…",
    "Advertisement ",
    "字",
)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_long(piece: str) -> None:
    for length in (60, 1_000_000):
        assert len(summarise(piece * (length // len(piece)), piece * 40)) <= LONGEST_SENTENCE
