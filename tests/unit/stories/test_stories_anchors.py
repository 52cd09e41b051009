"""What fixes a headline to one event."""

import pytest

from digest.stories.anchors import anchors, clash, differing, figures


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5,000 of 12bn, 1.234.567 and 2 500", {"5000", "12", "1234567", "2500"}),
        ("In 2025 300 homes were lost", {"2025", "300"}),
        ("None at all", set()),
    ],
)
def test_figures_are_read_whole_and_years_are_no_thousands(text: str, found: set[str]) -> None:
    assert figures(text) == found


@pytest.mark.parametrize(
    ("title", "slots"),
    [
        ("Quillport regatta: day 2", {("day", "2")}),
        ("Sales of Orle Yards in Q3", {("quarter", "q3")}),
        ("Orle votes on Monday, 4 March", {("weekday", "monday"), ("march", "4")}),
        ("March 4: Orle votes", {("march", "4")}),
        ("Orle marches for 4 days", set()),
    ],
)
def test_places_in_a_series_are_slots(title: str, slots: set[tuple[str, str]]) -> None:
    assert anchors(title).slots == slots


def test_slots_clash_only_within_one_series() -> None:
    second, third, monday = (
        anchors(title).slots for title in ("Regatta, day 2", "Regatta, day 3", "Regatta, day 2, Monday")
    )
    assert clash(second, third)
    assert not clash(second, monday)
    assert not clash(second, frozenset())


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ("Venn wins Ohio at last", "Venn wins New Hampshire at last", ({"ohio"}, {"new", "hampshire"})),
        ("Venn wins Ohio at last", "Venn wins Ohio at last", (set(), set())),
        ("Venn wins Ohio", "Ferries sail again today", (set(), set())),
    ],
)
def test_headlines_of_one_build_differ_in_few_words(left: str, right: str, words: tuple[set[str], set[str]]) -> None:
    assert differing(anchors(left), anchors(right)) == words
