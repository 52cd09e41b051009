"""Copies of one text, and what only looks like one."""

from datetime import UTC, datetime, timedelta

from digest.model.feed import Item
from digest.stories.duplicates import copies

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
LEAD = (
    "Dock workers in Quillport returned to work on Sunday after a nine-day walkout, the harbour union said, "
    "and the first ferry to the outer islands left shortly before noon with three hundred passengers on board."
)


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


def test_headlines_of_a_template_stay_apart() -> None:
    assert (
        len(
            groups(
                item(0, "Orla Venn wins the Marsh county primary"), item(1, "Orla Venn wins the Hill county primary")
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
