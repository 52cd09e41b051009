"""`digest why`: why a story is in or out, and why an address got or did not get its mail."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.account import why_address
from digest.cli.options import EditionNumber, Json, Now
from digest.cli.selection import evidence_of, headline, show_reasons
from digest.cli.session import opened
from digest.errors import NotFound, UsageError
from digest.model.edition import BenchStory, Edition, LineUp, Pick
from digest.model.story import Story
from digest.newsroom.naming import meant

if TYPE_CHECKING:
    from digest.app import App
    from digest.selection.leftout import LeftOut
    from digest.selection.lineup import Rules, Wish

SHOWN = 20
"""The most mails of an address that are looked through."""

GAVE_WAY = {"full": "in brief, not in full", "related": "without its related items"}
"""What of a story was cut, in words."""


def why(
    what: Annotated[
        str, typer.Argument(metavar="STORY|ADDRESS", help="An address; or a story: its id, an item's, or its words.")
    ],
    subscriber: Annotated[
        str | None, typer.Option("--subscriber", metavar="ADDRESS", help="A story in this reader's paper.")
    ] = None,
    number: EditionNumber = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Tell why an address got or did not get its mail, or why a story is in or out.

    Example: digest why ana@example.org
    Example: digest why ana@example.org --edition 41
    Example: digest why "reservoir"
    Example: digest why "reservoir" --subscriber ana@example.org
    """
    from digest.newsroom import editions

    if not what.strip():
        raise UsageError("there is nothing to ask about", hint="name an address, or a story by its id or its words")
    with opened(now) as newspaper:
        if "@" in what and "://" not in what:
            why_address(newspaper, what, number, as_json=as_json)
        else:
            why_story(newspaper, what, editions.find(newspaper, number), subscriber, as_json=as_json)


def why_story(newspaper: "App", words: str, edition: Edition, subscriber: str | None, *, as_json: bool) -> None:
    """The places and reasons of the stories that these words mean; raises NotFound."""
    seen = view(newspaper, edition, subscriber)
    known, unseated = asked_about(newspaper, edition, words)
    seats = [entry for entry in edition.bench if entry.story.id in known]
    found = [seated(edition, entry, seen) for entry in seats]
    if not found and not unseated:
        raise NotFound(f"no story of this edition has {words!r} in a headline", hint="digest select --all lists them")
    if as_json:
        talk.put_json([*found, *map(absent, unseated)])
        return
    for entry, story in zip(seats, found, strict=True):
        show_seated(entry, story)
    for each in unseated:
        talk.put(f"{headline(each.headline)}\n  not in the paper: {headline(each.because)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A line-up, what it was to be had a mail room for all, what it leaves out by which rule, and by story id what its
    reader follows that lifted a story.
    """

    lineup: LineUp
    wanted: tuple[Pick, ...]
    left: tuple["LeftOut", ...]
    lifted: Mapping[str, tuple[str, ...]]


def view(newspaper: "App", edition: Edition, subscriber: str | None) -> View:
    """The line-up in question: the default one, or what a reader got or would get."""
    from digest.newsroom import editions
    from digest.selection.lineup import Wish, chosen
    from digest.selection.size import fitted

    paper = editions.opened(newspaper, edition)
    if subscriber is None:
        wish, lineup = Wish(told=editions.told_before(newspaper, edition)), editions.lineup_of(newspaper, paper, None)
        return viewed(edition, lineup, edition.lineup.picks, wish, paper.rules)
    person = newspaper.store.subscribers.find(subscriber)
    wish = editions.wish_for(newspaper, edition, person)
    sent = (each for each in newspaper.store.history.of_address(person.address, limit=SHOWN) if each.lineup)
    got = next((each.lineup for each in sent if each.edition == edition.number), None)
    if got is not None:
        wish = replace(wish, told=tuple(told for told in wish.told if told.edition < edition.number))
    ((_, wanted),) = chosen(edition, (wish,), paper.rules)
    lineup = LineUp(picks=fitted(wanted, paper.rules)) if got is None else LineUp.decode(got)
    return viewed(edition, lineup, wanted, wish, paper.rules)


def viewed(edition: Edition, lineup: LineUp, wanted: tuple[Pick, ...], wish: "Wish", rules: "Rules") -> View:
    """A line-up with what a wish and the rules have to say of it."""
    from digest.selection.leftout import left_out
    from digest.selection.lineup import lifted

    left, lifts = left_out(edition, wish, rules), lifted(edition, wish, rules)
    return View(lineup=lineup, wanted=wanted, left=left, lifted=lifts)


def seated(edition: Edition, entry: BenchStory, seen: View) -> dict[str, object]:
    """A bench story as data: its place, its score and what it is made of, and the rule that kept it out."""
    index = edition.bench.index(entry)
    picked = [pick.index for pick in seen.lineup.picks]
    place = picked.index(index) + 1 if index in picked else None
    return {
        "headline": entry.story.lead.title,
        "story": entry.story.id,
        "edition": edition.number,
        "place": place,
        "gave_way": gave_way(seen, index),
        "left_out": None if place else kept_out(seen, index, entry.story),
        "bench": index + 1,
        "score": round(entry.score.total, 4),
        "why": entry.score.why,
        "terms": entry.score.terms,
        "boost": entry.score.boost,
        "pinned": entry.story.id in edition.hand.pinned,
        "follows": seen.lifted.get(entry.story.id, ()),
        "items": [item.id for item in entry.story.items],
        "evidence": evidence_of(entry.story),
        "related": [item.id for item in entry.related],
    }


def gave_way(seen: View, index: int) -> list[str]:
    """What of a story that is shown the mail had no room for: "full", "related"."""
    from digest.selection.size import losses

    shown = [pick for pick in seen.lineup.picks if pick.index == index]
    wanted = [pick for pick in seen.wanted if pick.index == index]
    return [loss.value for one, other in zip(wanted, shown, strict=False) for loss in losses(one, other)]


def kept_out(seen: View, index: int, story: Story) -> dict[str, str]:
    """The rule that kept a story out; what was to be in and is not had no room."""
    from digest.selection.leftout import SENTENCES
    from digest.selection.rules import Rule

    if any(pick.index == index for pick in seen.wanted):
        return {"rule": Rule.SIZE, "about": "", "because": SENTENCES[Rule.SIZE]}
    return rule_of(next((each for each in seen.left if each.story == story.id), None))


def rule_of(left: "LeftOut | None") -> dict[str, str]:
    """The rule as data; a story that today's settings would have let in was cut by others."""
    if left is None:
        return {"rule": "settings", "about": "", "because": "as the edition was cut; today's settings would let it in"}
    return {"rule": left.rule, "about": left.about, "because": left.because}


def asked_about(newspaper: "App", edition: Edition, words: str) -> tuple[set[str], list["LeftOut"]]:
    """The ids of the stories that these words mean, by the headlines that they have or, where none says so, had when
    the edition was made; and those of them that got no seat.
    """
    from digest.newsroom import editions

    if known := {story.id for story in meant(words, (entry.story for entry in edition.bench))}:
        return known, []
    choice = editions.considered(newspaper, edition)
    known = {story.id for story in meant(words, choice.stories)}
    seats = {entry.story.id for entry in edition.bench}
    return known, [each for each in choice.left_out() if each.story in known - seats]


def absent(left: "LeftOut") -> dict[str, object]:
    """A story without a seat as data."""
    return {
        "headline": left.headline,
        "story": left.story,
        "place": None,
        "left_out": rule_of(left),
        "bench": None,
        "score": round(left.score, 4),
    }


def show_seated(entry: BenchStory, story: dict[str, object]) -> None:
    """A bench story with its place or the rule that kept it out, and everything that is known of it."""
    out = story["left_out"]
    because = (
        f"not in the paper: {out['because']}" if isinstance(out, dict) else f"number {story['place']} in the paper"
    )
    talk.put(headline(entry.story.lead.title))
    talk.put(f"  {headline(because)}")
    for loss in story["gave_way"] if isinstance(story["gave_way"], list) else ():
        talk.put(f"  {GAVE_WAY[loss]}: the mail has no room for more")
    talk.put(f"  {story['bench']} by score {story['score']}: {talk.printable(story['why'])}")
    if story["pinned"]:
        talk.put("  pinned by the editor")
    if isinstance(follows := story["follows"], tuple) and follows:
        talk.put(f"  worth more to this reader, who follows {headline(', '.join(follows))}")
    show_reasons(entry)
