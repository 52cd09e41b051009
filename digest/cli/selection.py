"""`digest select`: the selector's choice, and its reasons."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import Json, Now
from digest.cli.session import opened
from digest.model.edition import BenchStory

if TYPE_CHECKING:
    from digest.daily import Choice
    from digest.selection.lineup import Rules

Source = Annotated[
    Path | None, typer.Option("--from", metavar="ITEMS.jsonl", help="Select from this file, without a database.")
]
Explain = Annotated[bool, typer.Option("--explain", help="Show the terms of each score and the members.")]
Everything = Annotated[bool, typer.Option("--all", help="Every story, not only those picked.")]
Weights = Annotated[
    str | None, typer.Option("--weights", metavar="TERM=N,…", help="Rank by these weights; terms not named are 0.")
]


def select(
    source: Source = None,
    explain: Explain = False,
    everything: Everything = False,
    weights: Weights = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Show today's selection; nothing is written and no number is taken.

    Example: digest select --explain
    Example: digest select --from items.jsonl --json --all
    """
    if source is not None:
        choice, rules = from_file(source, weights, now)
    else:
        with opened(now) as newspaper:
            choice, rules = newspaper.choose(weights), newspaper.rules
    if as_json:
        talk.put_json(choice.report(rules=rules, everything=everything))
    else:
        show(choice, explain=explain, everything=everything)


def from_file(path: Path, weights: str | None, now: datetime | None) -> "tuple[Choice, Rules]":
    """The selector alone on a file: no database, and of the settings only the model that places texts."""
    from digest.ai.chosen import chosen_model
    from digest.daily import choose, placed, plain_policy
    from digest.feeds.jsonl import read_items
    from digest.settings.read import read_settings

    settings = read_settings()
    items, at = read_items(path, now=now)
    policy = plain_policy(weights)
    vectors = chosen_model(settings.vectors, model=settings.vectors_model, key=settings.vectors_key)
    return choose(items, (), policy, now=at, embed=placed(items, vectors)), policy.rules


def show(choice: "Choice", *, explain: bool, everything: bool) -> None:
    """The choice as a table, best first; with its reasons when they are asked for."""
    picked = [pick.index for pick in choice.edition.lineup.picks]
    for place, index in enumerate(picked, start=1):
        show_story(f"{place:>3}.", choice.edition.bench[index], explain=explain)
    if everything:
        for index, told in enumerate(choice.edition.bench):
            if index not in picked:
                show_story("  –", told, explain=explain)
    items, sources, stories = choice.edition.considered
    talk.say(f"{len(picked)} stories of {stories}, from {items} items of {sources} sources")
    if choice.edition.quiet:
        talk.say(f"a quiet day: {choice.edition.quiet}")


def show_story(place: str, told: BenchStory, *, explain: bool) -> None:
    """One story; explained, with its terms, its members (·) and what is related to it (›)."""
    talk.put(f"{place} {talk.printable(told.story.lead.title)}")
    talk.put(f"     {told.score.total:.3f}  {talk.printable(told.section or '–')} · {talk.printable(told.score.why)}")
    if explain:
        terms = "  ".join(f"{term.name} {term.value:.2f}×{term.weight:.2f}" for term in told.score.terms)
        talk.put(f"     {terms}  boost {told.score.boost:.2f}")
        for sign, items in (("·", told.story.items), ("›", told.related)):
            for item in items:
                talk.put(f"       {sign} {talk.printable(item.source or item.publisher)}: {talk.printable(item.title)}")
