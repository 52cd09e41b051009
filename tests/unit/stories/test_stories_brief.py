"""What a story says in a few lines: one lead, and what others add to it."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.feed import Item
from digest.sentences import sentences
from digest.stories.brief import MOST_POINTS, brief_of
from digest.stories.summary import LONGEST_SENTENCE

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
HEADLINE = "Quillport bridge opens after nine years"
PLAIN = "The bridge over the bay at Quillport opened to traffic on Sunday, nine years after work on it began."
PAID = "Quillport paid 90 million crowns for the bridge over the bay, twice what the council had planned in 2017."
FERRY = "The last ferry across the bay at Quillport sailed on Saturday night, and its crew will work on the bridge."
AWAY = "Lantern telescope astronomers have found water on a moon that nobody had looked at for thirty years."


def texts(*leads: str, titles: tuple[str, ...] = (), weights: tuple[float, ...] = ()) -> list[Item]:
    return [
        Item(
            id=f"i{number}",
            title=titles[number] if titles else f"Bridge at Quillport opens, report {number}",
            summary=lead,
            publisher=f"p{number}",
            weight=weights[number] if weights else 0.3,
            seen=NOW,
        )
        for number, lead in enumerate(leads)
    ]


def test_one_text_is_told_by_its_lead() -> None:
    brief = brief_of(texts(f"QUILLPORT (AP) — {PLAIN} {FERRY}"), HEADLINE, "en")
    assert (brief.summary, brief.told_by, brief.points) == (f"{PLAIN} {FERRY}", "i0", ())


def test_a_story_is_told_by_the_lead_that_others_bear_out() -> None:
    brief = brief_of(texts(AWAY, FERRY, PLAIN, PAID), HEADLINE, "en")
    assert (brief.summary, brief.told_by) == (PLAIN, "i2")


def test_what_others_add_is_told_with_who_says_it() -> None:
    brief = brief_of(texts(PLAIN, PAID, FERRY), HEADLINE, "en")
    assert brief.told_by == "i0"
    assert {(point.text, point.item) for point in brief.points} == {(PAID, "i1"), (FERRY, "i2")}


def test_a_sentence_far_down_a_lead_is_no_point() -> None:
    before = "Rain fell on Saturday night. Gulls cried all the time. Nobody minded the rain much."
    assert brief_of(texts(PLAIN, f"{before} {PAID}"), HEADLINE, "en").points == ()


def test_what_no_other_text_bears_out_is_no_point() -> None:
    brief = brief_of(texts(PLAIN, PAID, AWAY), HEADLINE, "en")
    assert [point.item for point in brief.points] == ["i1"]


@pytest.mark.parametrize(
    "again",
    [
        PLAIN,
        HEADLINE + ".",
        "At Quillport the bridge over the bay opened to traffic on Sunday, nine years after work began on it.",
        "So who is going to pay the 90 million crowns for the bridge at Quillport?",
        "The bridge at Quillport cost 90 million crowns, said the council, which in 2017 had …",
        "“The bridge at Quillport cost 90 million crowns, and that is more than we had planned for it.",
        "The Quillport bridge cost 90 million.",
        f"The bridge at Quillport {'and the ferry and the council ' * 9}cost 90 million crowns.",
    ],
)
def test_a_point_says_something_new_in_a_statement_of_readable_size(again: str) -> None:
    assert brief_of(texts(PLAIN, again), HEADLINE, "en").points == ()


def test_a_sentence_that_leans_on_the_one_before_is_no_point() -> None:
    leaning = "That is what the council of Quillport had promised for the bridge when 90 million crowns were paid."
    assert brief_of(texts(PLAIN, f"Dear it was. {leaning}"), HEADLINE, "en").points == ()
    alone = leaning.removeprefix("That is ").capitalize()
    assert [point.text for point in brief_of(texts(PLAIN, f"Dear it was. {alone}"), HEADLINE, "en").points] == [alone]


def test_a_german_quotation_is_whole_in_a_point() -> None:
    said = "Die Stadt zahlte für die Brücke in Quillhafen 90 Mio. Euro und nannte das „doppelt so viel wie geplant“."
    opened = "Die Brücke über die Bucht von Quillhafen ist am Sonntag für den Verkehr geöffnet worden."
    assert [point.text for point in brief_of(texts(opened, said), "Neue Brücke", "de").points] == [said]
    assert brief_of(texts(opened, said.replace("“", "")), "Neue Brücke", "de").points == ()


def test_at_most_three_points_are_told_each_by_another_item() -> None:
    others = (
        f"{PAID} {FERRY}",
        "Engineers from Northmoor hung 400 cables over the bay before the bridge at Quillport could carry lorries.",
        "Shops around Quillport harbour expect 9,000 visitors a week now that the bridge has replaced the ferry.",
        "Gulls nest under the bridge over the bay, and Quillport has hired two wardens to guard them until spring.",
        "Critics said the bridge at Quillport stands in a channel that winter storms have closed to ships before.",
    )
    points = brief_of(texts(PLAIN, *others), HEADLINE, "en").points
    assert len(points) == 3
    assert len({point.item for point in points}) == 3


def test_no_two_points_say_the_same() -> None:
    brief = brief_of(texts(PLAIN, PAID, PAID.replace("crowns", "krona"), FERRY), HEADLINE, "en")
    assert len({"i1", "i2"} & {brief.told_by, *(point.item for point in brief.points)}) == 1


def test_the_trusted_source_tells_it_where_two_are_as_good() -> None:
    other = PLAIN.replace("traffic", "lorries")
    assert brief_of(texts(PLAIN, other, weights=(0.3, 0.3)), HEADLINE, "en").told_by == "i0"
    assert brief_of(texts(PLAIN, other, weights=(0.3, 0.6)), HEADLINE, "en").told_by == "i1"


def test_a_lead_that_its_feed_cut_off_is_the_last_choice() -> None:
    cut = "The bridge over the bay at Quillport opened to traffic on Sunday, nine years after work on the bridge …"
    assert brief_of(texts(cut, FERRY), HEADLINE, "en").told_by == "i1"
    assert brief_of(texts(cut, ""), HEADLINE, "en").summary == cut


def test_texts_without_a_lead_bear_out_by_their_headlines() -> None:
    titles = (
        "Ferry crew to work on the bridge",
        "Quillport ferry sails for the last time",
        "Last ferry",
        "Bay ferry crew",
    )
    assert brief_of(texts(PLAIN, FERRY, "", "", titles=titles), "News of the bay", "en").told_by == "i1"
    assert brief_of(texts("", "", "", "", titles=titles), HEADLINE, "en").summary == ""


def test_a_lead_beyond_many_bare_headlines_is_found() -> None:
    assert brief_of(texts(*[""] * 40, PLAIN), HEADLINE, "en").told_by == "i40"


def test_it_works_in_other_languages() -> None:
    german = texts(
        "Die Brücke über die Bucht von Quillhafen ist am Sonntag für den Verkehr geöffnet worden.",
        "Für die Brücke in Quillhafen zahlte die Stadt 90 Mio. Euro, doppelt so viel wie 2017 geplant.",
    )
    assert [point.item for point in brief_of(german, "Neue Brücke", "de").points] == ["i1"]
    chinese = texts(
        "奎尔港海湾大桥星期日正式通车，施工历时九年。", "奎尔港为海湾大桥支付了九千万克朗，是原计划的两倍，市议会说。"
    )
    assert [point.item for point in brief_of(chinese, "大桥通车", "zh").points] == ["i1"]


WORDS = (
    "bridge",
    "bay",
    "Quillport",
    "90",
    "million",
    "the",
    "(",
    "“",
    "”",
    "?",
    "…",
    "橋が",
    "開通した。",
    "\ud800",
    "\0",
)
LEADS = st.lists(
    st.lists(st.sampled_from([*WORDS, ". "]), max_size=60).map(" ".join) | st.text(max_size=200), max_size=6
)


@given(LEADS, st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), st.sampled_from(["en", "de", "ja", ""]))
def test_any_texts_give_whole_sentences_of_others(leads: list[str], headline: str, language: str) -> None:
    told = texts(*leads)
    brief = brief_of(told, headline, language)
    assert len(brief.summary) <= LONGEST_SENTENCE
    assert bool(brief.summary) == bool(brief.told_by)
    assert len(brief.points) <= MOST_POINTS
    said = {item.id: item.summary for item in told}
    for point in brief.points:
        assert point.item != brief.told_by
        assert point.text not in (headline, brief.summary)
        squeezed = "".join(said[point.item].encode("utf-8", "ignore").decode().split())
        assert "".join(point.text.split()) in squeezed
        assert len(sentences(point.text, language)) == 1
    assert len({point.item for point in brief.points}) == len(brief.points)
    assert brief_of(told, headline, language) == brief


def test_a_weight_that_is_no_number_breaks_nothing() -> None:
    assert brief_of(texts(PLAIN, PAID, weights=(math.nan, 0.3)), HEADLINE, "en").summary in (PLAIN, PAID)
