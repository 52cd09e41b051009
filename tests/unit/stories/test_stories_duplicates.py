"""Copies of one text, and what only looks like one."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model.feed import Item
from digest.stories.duplicates import copies

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
LEAD = (
    "Dock workers in Quillport returned to work on Sunday after a nine-day walkout, the harbour union said, "
    "and the first ferry to the outer islands left shortly before noon with three hundred passengers on board."
)


WORDS = tuple(
    a + b + c
    for a in ("bo", "dri", "fe", "gla", "mu", "sto")
    for b in ("l", "nd", "rt", "sk")
    for c in ("an", "el", "ow")
)
"""Words that no language and no series has."""


def item(number: int, title: str, summary: str = "", publisher: str = "", **more: object) -> Item:
    values: dict[str, object] = {"published": NOW - timedelta(minutes=number), "seen": NOW} | more
    return Item(id=f"i{number}", title=title, summary=summary, publisher=publisher or f"p{number}", **values)  # type: ignore[arg-type]


def groups(*items: Item) -> set[frozenset[int]]:
    return {frozenset(group) for group in copies(items, ["en"] * len(items))}


def test_a_wire_report_under_another_headline_is_a_copy() -> None:
    first = item(0, "Quillport dock strike ends after nine days", LEAD)
    second = item(1, "Ferries sail again as Quillport strike is over", "QUILLPORT (Wire) — " + LEAD)
    assert groups(first, second) == {frozenset({0, 1})}


def test_a_copy_may_have_a_headline_without_one_word_in_common() -> None:
    first = item(0, "Dock workers return to Quillport", LEAD)
    second = item(1, "Passengers on board again: harbour walkout over", LEAD)
    assert groups(first, second) == {frozenset({0, 1})}


def test_one_page_in_two_feeds_is_a_copy() -> None:
    first = item(0, "Strike over", url="https://www.example.com/a/strike?utm_source=x")
    second = item(1, "Harbour walkout ends", url="https://example.com/a/strike")
    assert groups(first, second) == {frozenset({0, 1})}


def test_a_page_that_a_feed_links_from_every_headline_is_no_article() -> None:
    titles = ("Bridge opens", "Strike over", "Rain ahead", "Regatta won", "Mayor resigns")
    live = [item(n, title, publisher="p", url="https://example.com/live") for n, title in enumerate(titles)]
    assert len(groups(*live)) == len(live)


def test_equal_headlines_of_two_publishers_are_copies_while_no_lead_denies_it() -> None:
    title = "Quillport dock strike ends after nine days"
    assert groups(item(0, title), item(1, f"{title}!")) == {frozenset({0, 1})}
    other = "A columnist of ours looks at what nine days without ferries have meant for schools and small shops alike."
    assert len(groups(item(0, title, LEAD), item(1, title, other))) == 2


def test_slots_of_a_series_stay_apart_whatever_the_lead() -> None:
    for first, second in (
        ("Quillport regatta: day 2", "Quillport regatta: day 3"),
        ("Morning briefing from the harbour, Monday", "Morning briefing from the harbour, Tuesday"),
        ("Results of the island lottery, 3 March", "Results of the island lottery, 4 March"),
    ):
        assert len(groups(item(0, first, LEAD, "p"), item(1, second, LEAD, "p"))) == 2


RETOLD = (
    "Dock workers in Quillport returned to work on Sunday after a nine-day walkout, their leaders told us, "
    "and the first ferry to the outer islands left shortly before noon although few of its seats were taken."
)
"""Half of the words of the lead, which two reporters may share, or one text after some editing."""


def test_two_texts_that_share_half_their_words_stay_apart() -> None:
    assert len(groups(item(0, "Quillport dock strike ends", LEAD), item(1, "Dock strike over", RETOLD))) == 2


def test_under_one_headline_half_the_words_are_enough() -> None:
    title = "Quillport dock strike ends after nine days"
    assert groups(item(0, title, LEAD), item(1, title, RETOLD)) == {frozenset({0, 1})}
    assert groups(item(0, title, LEAD, "p"), item(1, title, RETOLD, "p")) == {frozenset({0, 1})}


def test_a_copy_cut_earlier_and_begun_otherwise_is_a_copy() -> None:
    first = item(0, "Quillport dock strike ends", LEAD)
    second = item(1, "Dock strike over", "Advertisement. QUILLPORT, Monday (Wire) — " + LEAD[:150] + " …")
    assert groups(first, second) == {frozenset({0, 1})}


def test_long_texts_may_differ_by_whole_sentences() -> None:
    both = f"{LEAD} Talks had broken down twice, and both sides thanked the mediator, who had slept in his office."
    first = (
        f"{both} The islands had run short of flour, and the school on Great Sallow was closed for four days. Some "
        "had carried the post, and a midwife, across the sound in boats that are older than the harbour itself."
    )
    second = (
        f"{both} In Northmoor the buses stood still too, since their drivers would not pass the pickets there. The "
        "council wants an inquiry, the owners of the ferries want a word with the council, and rain is ahead."
    )
    one_text = {frozenset({0, 1})}
    assert groups(item(0, "Quillport dock strike ends", first), item(1, "Dock strike over", second)) == one_text


def test_an_update_under_a_new_headline_may_have_new_figures() -> None:
    text = (
        "A storm in the bay has cost {} lives since Saturday, the coast guard said, and the search of the islands went "
        "on through the night although the wind had hardly eased and two of the boats had to turn back."
    )
    first, second = "Storm in the bay takes lives", "Search goes on after storm in the bay"
    assert groups(item(0, first, text.format(12), "p"), item(1, second, text.format(15), "p")) == {frozenset({0, 1})}
    assert len(groups(item(0, first, text.format(12), "p"), item(1, first, text.format(15), "p"))) == 2


def test_other_figures_in_an_equal_text_are_another_text() -> None:
    text = (
        "A storm in the bay has cost {} lives since Saturday, the coast guard said, and the search of the islands went "
        "on through the night although the wind had hardly eased and two of the boats had to turn back."
    )
    titles = ("Storm in the bay takes lives", "Lives lost in storm over the bay")
    assert len(groups(item(0, titles[0], text.format(12)), item(1, titles[1], text.format(15)))) == 2


def test_an_item_without_a_lead_does_not_make_one_of_two_texts() -> None:
    title = "Quillport dock strike ends after nine days"
    other = "A columnist of ours looks at what nine days without ferries have meant for schools and small shops alike."
    items = (item(0, title, LEAD), item(1, title), item(2, title, other))
    found = {
        frozenset(frozenset(order[n].id for n in group) for group in groups(*order)) for order in permutations(items)
    }
    assert found == {frozenset({frozenset({"i0", "i1"}), frozenset({"i2"})})}


def test_a_bridge_does_not_join_two_slots_of_a_series() -> None:
    titles = ("Quillport regatta: day 2", "Quillport regatta goes on", "Quillport regatta: day 3")
    found = groups(*(item(n, title, LEAD.replace("Dock", "Regatta")) for n, title in enumerate(titles)))
    assert not any({0, 2} <= group for group in found)


def test_headlines_of_a_template_stay_apart() -> None:
    assert (
        len(
            groups(
                item(0, "Orla Venn wins the Marsh county primary"), item(1, "Orla Venn wins the Hill county primary")
            )
        )
        == 2
    )
    assert (
        len(
            groups(
                item(0, "Orla Venn wins the Marsh county primary at the first attempt, officials say"),
                item(1, "Orla Venn wins the North Hill county primary at the first attempt, officials say"),
            )
        )
        == 2
    )
    assert len(groups(item(0, "Storm toll in the bay rises to 12"), item(1, "Storm toll in the bay rises to 15"))) == 2


def test_at_home_a_repeated_headline_needs_a_lead_that_agrees() -> None:
    title = "What the harbour master told us this morning"
    other = "Tides were low and the talk was of the new breakwater, which the council wants finished before the spring."
    assert len(groups(item(0, title, LEAD, "p"), item(1, title, other, "p"))) == 2
    assert groups(item(0, title, LEAD, "p"), item(1, title, LEAD + " It was full.", "p")) == {frozenset({0, 1})}


def test_a_boilerplate_lead_makes_no_copies() -> None:
    first = item(0, "Mayor resigns over breakwater", LEAD)
    second = item(1, "Cinema festival opens tonight", LEAD)
    assert len(groups(first, second)) == 2


def test_five_hundred_copies_are_one_text() -> None:
    many = [item(n, "Quillport dock strike ends after nine days", LEAD) for n in range(500)]
    assert groups(*many) == {frozenset(range(500))}


def test_a_lead_under_every_headline_of_a_publisher_is_no_text() -> None:
    lead = "Support the Quillport Gazette: a first month of all our pages and our puzzles costs one crown."
    titles = (
        "Quillport mayor resigns",
        "Cinema festival opens tonight",
        "Rain ahead for the islands",
        "Puzzles for all",
    )
    assert len(groups(*(item(n, title, lead, "gazette") for n, title in enumerate(titles)))) == 4


def rewritten(lead: tuple[str, ...], change: int, place: int) -> str:
    """A light rewriting: one word replaced, or some cut from the end, behind a dateline or not."""
    words = list(lead)
    if change % 3 == 0:
        words[place % len(words)] = "elsewhere"
    elif change % 3 == 1:
        words = words[: len(words) - place % 9]
    return ("QUILLPORT (Wire) — " if change % 2 else "") + " ".join(words)


def test_many_light_rewritings_are_held_together_by_the_text_they_came_from() -> None:
    leads = []
    for number in range(100):
        words = list(WORDS[:60])
        for third in range(0, 60, 20):
            words[third + number % 20] = f"other{number}x{third}"
        leads.append(" ".join(words))
    leads[70] = " ".join(WORDS[:60])
    items = [item(number, " ".join(WORDS[number % 50 :][:5]), text) for number, text in enumerate(leads)]
    assert groups(*items) == {frozenset(range(100))}


@settings(max_examples=40, deadline=None)
@given(
    lead=st.permutations(WORDS).map(lambda words: tuple(words[:40])),
    changes=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 39)), max_size=70),
    more=st.randoms(use_true_random=False),
)
def test_near_copies_are_always_together(lead: tuple[str, ...], changes: list[tuple[int, int]], more: Random) -> None:
    leads = [" ".join(lead), *(rewritten(lead, change, place) for change, place in changes)]
    items = [item(n, " ".join(more.sample(lead[:25], 6)), text) for n, text in enumerate(leads)]
    more.shuffle(items)
    assert groups(*items) == {frozenset(range(len(items)))}


NAMES = st.lists(
    st.permutations(WORDS).map(lambda words: tuple(words[:2])), min_size=2, max_size=60, unique_by=frozenset
)


@settings(max_examples=40, deadline=None)
@given(
    names=NAMES,
    home=st.booleans(),
    told=st.booleans(),
)
def test_headlines_of_a_template_are_never_together(names: list[tuple[str, str]], home: bool, told: bool) -> None:
    lead = "{} county voted on Tuesday for the candidate who has promised the islands a new harbour, the clerk said."
    items = [
        item(
            n,
            f"Orla Venn wins the {' '.join(name)} county primary",
            lead.format(" ".join(name)) if told else "",
            "p" if home else "",
        )
        for n, name in enumerate(names)
    ]
    assert groups(*items) == {frozenset({n}) for n in range(len(items))}


@st.composite
def mixed_items(draw: st.DrawFn) -> list[Item]:
    """Items that share titles, leads, pages, publishers and days in every way."""
    titles = ("", "Dock strike over", "Quillport dock strike ends after nine days", "Quillport regatta: day 2")
    leads = ("", LEAD, LEAD[:150], LEAD.replace("nine", "ten"), "Wire. " + LEAD, " ".join(WORDS[:30]), "A short one.")
    urls = ("", "https://example.com/a", "https://www.example.com/a?utm_source=x", "https://example.com/b")
    count = draw(st.integers(0, 14))
    pick = st.tuples(*(st.sampled_from(values) for values in (titles, leads, urls, ("", "p", "q"), (0, 1, 5000))))
    return [
        item(n, f"{title}", lead, publisher, url=url, published=NOW - timedelta(minutes=ago))
        for n, (title, lead, url, publisher, ago) in enumerate(draw(st.lists(pick, min_size=count, max_size=count)))
    ]


@settings(max_examples=60, deadline=None)
@given(items=mixed_items(), more=st.randoms(use_true_random=False))
def test_copies_are_a_partition_whatever_the_order(items: list[Item], more: Random) -> None:
    found = copies(items, ["en"] * len(items))
    assert sorted(index for group in found for index in group) == list(range(len(items)))
    assert found == tuple(sorted(found))
    shuffled = list(items)
    more.shuffle(shuffled)
    again = copies(shuffled, ["en"] * len(items))
    assert {frozenset(items[index].id for index in group) for group in found} == {
        frozenset(shuffled[index].id for index in group) for group in again
    }


ANY_TEXT = st.text(alphabet=st.characters(), max_size=60)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT), max_size=8))
def test_no_text_is_too_odd_to_be_compared(texts: list[tuple[str, str, str, str]]) -> None:
    items = [item(n, title, lead, publisher, url=url) for n, (title, lead, publisher, url) in enumerate(texts)]
    found = copies([*items, *items], [""] * (2 * len(items)))
    assert sorted(index for group in found for index in group) == list(range(2 * len(items)))
