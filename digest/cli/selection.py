"""`digest select`: the selector's choice, and its reasons."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import Json, Now
from digest.cli.session import opened
from digest.errors import UsageError
from digest.model.edition import BenchStory
from digest.model.feed import Item
from digest.model.story import Story

if TYPE_CHECKING:
    from digest.daily import Trial
    from digest.selection.choice import Choice
    from digest.stories.evidence import Evidence

NEXT = 10
"""How many of the stories that were left out are explained."""

LINE = 200
"""The most characters of a headline on a terminal."""

Source = Annotated[
    Path | None, typer.Option("--from", metavar="ITEMS.jsonl", help="Select from this file, without a database.")
]
Explain = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Show the terms of each score, the members and what joins them, what was left out and why.",
    ),
]
Everything = Annotated[bool, typer.Option("--all", help="Every story, not only those picked.")]
Weights = Annotated[
    str | None,
    typer.Option(
        "--weights",
        metavar="TERM=N,…",
        help="Rank by exactly these weights, without the boost of small feeds; terms not named are 0.",
    ),
]
Pins = Annotated[list[str] | None, typer.Option("--pin", metavar="STORY", help="Put this story first, by its id.")]
Drops = Annotated[list[str] | None, typer.Option("--drop", metavar="STORY", help="Leave this story out, by its id.")]


def select(
    source: Source = None,
    explain: Explain = False,
    everything: Everything = False,
    weights: Weights = None,
    pins: Pins = None,
    drops: Drops = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Show today's selection; nothing is written and no number is taken.

    Example: digest select --explain
    Example: digest select --from items.jsonl --json --all
    Example: digest select --weights coverage=1,recency=0.5 --drop STORY
    """
    from digest.daily import Trial

    trial = Trial(weights=weights, pinned=frozenset(pins or ()), dropped=frozenset(drops or ()))
    choice = from_file(source, trial, now) if source is not None else from_store(trial, now)
    check(trial, choice)
    if as_json:
        talk.put_json(choice.report(everything=everything, evidence=evidence_of if explain else None))
    else:
        show(choice, explain=explain, everything=everything)


def from_store(trial: "Trial", now: datetime | None) -> "Choice":
    """What would be selected of the newspaper's own items."""
    from digest.newsroom import editions

    with opened(now) as newspaper:
        return editions.choose(newspaper, trial)


def from_file(path: Path, trial: "Trial", now: datetime | None) -> "Choice":
    """The selector alone on a file: no database, and of the settings only the model that places texts."""
    from digest.ai.chosen import chosen_model
    from digest.daily import choose, placed, plain_policy
    from digest.feeds.jsonl import read_items
    from digest.settings.read import read_settings

    settings = read_settings()
    policy = trial.of(plain_policy())
    items, at = read_items(path, now=now)
    vectors = chosen_model(settings.vectors, model=settings.vectors_model, key=settings.vectors_key)
    return choose(items, (), policy, now=at, embed=placed(items, vectors))


def check(trial: "Trial", choice: "Choice") -> None:
    """Refuse to pin or drop what is not there."""
    unknown = (trial.pinned | trial.dropped) - {story.id for story in choice.stories}
    if unknown:
        raise UsageError(
            f"there is no story {', '.join(sorted(unknown))}", hint="digest select --explain shows their ids"
        )


def show(choice: "Choice", *, explain: bool, everything: bool) -> None:
    """The paper in its order, perhaps followed by every other story; with the reasons when they are asked for."""
    picked = [pick.index for pick in choice.edition.lineup.picks]
    for place, index in enumerate(picked, start=1):
        told = choice.edition.bench[index]
        show_story(f"{place:>3}.", told, explain=explain)
        if explain and (name := choice.rules.orders.pinning(told.story)):
            talk.put(f"     pinned by {headline(name)}")
    if everything:
        for told in choice.others():
            show_story("  –", told, explain=explain)
    if explain:
        show_left_out(choice)
    items, sources, stories = choice.edition.considered
    of = f"{talk.counted(len(picked), 'story', 'stories')} of {stories}"
    talk.say(f"{of}, from {talk.counted(items, 'item', 'items')} of {talk.counted(sources, 'source', 'sources')}")
    if choice.edition.quiet:
        talk.say(choice.edition.quiet)


def show_story(place: str, told: BenchStory, *, explain: bool) -> None:
    """One story; explained, with its terms and everything that is known of it."""
    talk.put(f"{place} {headline(told.story.lead.title)}")
    talk.put(f"     {told.score.total:.3f}  {talk.printable(told.section or '–')} · {talk.printable(told.score.why)}")
    if explain:
        show_reasons(told)


def show_reasons(told: BenchStory) -> None:
    """The terms of a story's score, its id, its members (·) with what joins them, and what is related to it (›)."""
    terms = "  ".join(f"{term.name} {term.value:.2f}×{term.weight:.2f}" for term in told.score.terms)
    talk.put(f"     {terms}  boost {told.score.boost:.2f}")
    talk.put(f"     story {talk.printable(told.story.id)}")
    show_members(told.story)
    for item in told.related:
        show_item("›", item)


def show_members(story: Story) -> None:
    """The items of a story, each with what joins it to the others."""
    items = {item.id: item for item in story.items}
    copied = {item: items[text[0]] for text in story.texts for item in text[1:]}
    found = {each.item: each for each in evidence_of(story)}
    for item in story.items:
        show_item("·", item)
        if item.id in copied:
            talk.put(f"         the same text as {headline(teller(copied[item.id]))}’s")
        elif item.id in found:
            talk.put(f"         {headline(in_words(found[item.id]))}")


def evidence_of(story: Story) -> "tuple[Evidence, ...]":
    """What joins the texts of a story, told by words that are rare on other days."""
    from digest.model.memory import TermCounts
    from digest.stories.background import SHIPPED, shipped
    from digest.stories.evidence import evidence

    return evidence(story, shipped(story.language) if story.language in SHIPPED else TermCounts())


def in_words(found: "Evidence") -> str:
    """What joins a text, and what stands against it: "joined by: dock, strike · against: day 2 (others day 3)"."""
    against = ", ".join(f"{one.says} (others {one.others})" for one in found.against)
    joined = f"joined by: {', '.join(found.joined)}" if found.joined else "no word in common with the others"
    return f"{joined} · against: {against}" if against else joined


def show_item(sign: str, item: Item) -> None:
    """An item on a line: who tells it, and its headline."""
    talk.put(f"       {sign} {headline(teller(item))}: {headline(item.title)}")


def teller(item: Item) -> str:
    """The name of who tells an item."""
    return item.source or item.publisher


def show_left_out(choice: "Choice") -> None:
    """The best stories that are not in the paper, and by which rule."""
    left = choice.left_out()[:NEXT]
    if left:
        talk.put("Left out:")
    for each in left:
        talk.put(f"  –  {headline(each.headline)}")
        talk.put(f"     {each.score:.3f}  {headline(each.because)}")


def headline(text: str) -> str:
    """A text of a feed as one line of a terminal."""
    return talk.printable(text if len(text) <= LINE else f"{text[:LINE]}…")
