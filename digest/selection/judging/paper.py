"""What can be said of a paper without knowing what is true: how much it repeats, how many publishers speak in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from digest.model.edition import BenchStory, Edition, Form
from digest.model.feed import Item
from digest.selection.judging.toplist import SAME_TITLE, duplicates, effective, entropy
from digest.selection.voices import voice
from digest.selection.words import alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The default line-up of an edition in figures.

    `stories` it tells, in so many `sections`; `duplicates` are pairs of shown items (leads and related) that look like
    one, `repeats` stories of the last days that are told again without being marked as updates. `entropy` is how
    evenly the stories are spread over the publishers that lead them, in bits; `publishers` that many equal ones.
    """

    stories: int
    sections: int
    duplicates: int
    repeats: int
    entropy: float
    publishers: float


def judge_paper(edition: Edition, earlier: Iterable[Edition]) -> Paper:
    """The figures of an edition's default line-up; `earlier` are the editions its readers got in the last days."""
    seats = told_in(edition)
    leading = [voice(seat.story.lead) for seat in seats]
    return Paper(
        stories=len(seats),
        sections=len({seat.section for seat in seats}),
        duplicates=duplicates(shown(seats), copies_of(edition)),
        repeats=told_again(edition, earlier),
        entropy=entropy(leading),
        publishers=effective(leading),
    )


def told_in(edition: Edition) -> list[BenchStory]:
    """The stories of the default line-up, in its order."""
    return [edition.bench[pick.index] for pick in edition.lineup.picks]


def shown(seats: Iterable[BenchStory]) -> list[Item]:
    """Every item a reader sees: the leads and what is related to them."""
    return [item for seat in seats for item in (seat.story.lead, *seat.related)]


def copies_of(edition: Edition) -> dict[str, tuple[str, int]]:
    """The text of each item as the edition itself knows it."""
    return {
        item: (seat.story.id, number)
        for seat in edition.bench
        for number, text in enumerate(seat.story.texts)
        for item in text
    }


def told_again(edition: Edition, earlier: Iterable[Edition]) -> int:
    """How many stories stand in an earlier line-up too and are not marked as updates.

    A story is known again by its id, by an item it shares, or by a headline that is nearly equal: more than the
    selector itself goes by, so that it can be found wrong.
    """
    before = [seat.story for each in earlier for seat in told_in(each)]
    names = {name for story in before for name in (story.id, *(item.id for item in story.items))}
    titles = [story.lead.title for story in before]
    plain = [edition.bench[pick.index].story for pick in edition.lineup.picks if pick.form is not Form.UPDATE]
    return sum(
        not names.isdisjoint((story.id, *(item.id for item in story.items)))
        or any(alike(story.lead.title, title) >= SAME_TITLE for title in titles)
        for story in plain
    )
