"""What is not in a line-up, and by which rule: asked of the very masks, caps and sums that the choice is made by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.model.edition import BENCH_SIZE, Edition
from digest.model.story import Score, Story
from digest.selection.bench import keeps_off
from digest.selection.lineup import Wish, arrange, offer
from digest.selection.masks import Masks, Offer, masks_of
from digest.selection.orders import Orders
from digest.selection.rules import Rule, Rules
from digest.selection.size import fitted

if TYPE_CHECKING:
    from digest.selection.greedy import Chooser, Desk, Flags, Floats, Numbers

Cause = tuple[Rule, str]
"""A rule, and what it was about: a word, a name, a headline, the number of an edition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A story that is not in a line-up. `about` is what the rule was about: a word, a name, a headline, an edition."""

    story: str
    headline: str
    score: float
    rule: Rule
    about: str = ""

    @property
    def because(self) -> str:
        """The rule in plain words."""
        return SENTENCES[self.rule].format(about=self.about)

    def data(self) -> dict[str, object]:
        """For scripts."""
        return {
            "story": self.story,
            "headline": self.headline,
            "score": round(self.score, 6),
            "rule": self.rule.value,
            "about": self.about,
            "because": self.because,
        }


SENTENCES: Mapping[Rule, str] = {
    Rule.DROPPED: "dropped by the editor",
    Rule.BLOCKED: "it shows “{about}”, which is blocked",
    Rule.OLD: "no item of the last 24 hours",
    Rule.SEATS: f"not among the best {BENCH_SIZE}",
    Rule.SECTIONS: "“{about}” is none of the sections asked for",
    Rule.MUTED: "“{about}” is muted",
    Rule.TOLD: "told in edition {about}, with nothing new since",
    Rule.EVENT: "on the same event as “{about}”",
    Rule.PUBLISHER: "{about} leads as many as it may",
    Rule.SECTION: "the section “{about}” has its share",
    Rule.SIZE: "the mail has no room for it",
    Rule.MINUTES: "the reading time does not reach for it",
    Rule.CUT: "below the cut",
}


def left_out(edition: Edition, wish: Wish, rules: Rules) -> tuple[LeftOut, ...]:
    """Every bench story that `lineups` leaves out of this wish's line-up, best first."""
    if not edition.bench:
        return ()
    from digest.selection.greedy import Chooser

    masks = masks_of(edition)
    offered = offer(wish, masks, rules)
    chooser = Chooser(edition, rules)
    desk = chooser.desk((offered,))
    passed = passed_over(desk, offered)
    picked = desk.picked[0]
    wanted = arrange(edition, wish, picked, offered.updates, rules.leads)
    shown = {pick.index for pick in fitted(wanted, rules)}
    too_large = chooser.over(desk.updates)[0]
    causes: list[Callable[[int], Cause | None]] = [
        lambda index: closed(edition.bench[index].section, index, wish, masks) if not opens(offered, index) else None,
        lambda index: (Rule.DROPPED, "") if chooser.dropped[index] else None,
        lambda index: (Rule.SIZE, "") if index in picked or too_large[index] else None,
        lambda index: one_event(edition, chooser, picked, index),
        lambda index: cause(edition, passed.get(index), index),
        lambda index: cause(edition, first_fault(desk, index), index) if len(picked) < offered.count else None,
    ]
    out = [index for index in range(len(edition.bench)) if index not in shown]
    found = {index: next(filter(None, (each(index) for each in causes)), (Rule.CUT, "")) for index in out}
    return tuple(
        of(edition.bench[index].story, edition.bench[index].score, because) for index, because in found.items()
    )


def passed_over(desk: "Desk", offered: Offer) -> dict[int, Rule]:
    """Make the choice of one reader, and note which rule first kept a story out that would have come before the one
    taken.

    A rule that the one taken breaks too had given way, and kept nothing out.
    """
    passed: dict[int, Rule] = {}
    for place in range(min(desk.chooser.size, offered.count)):
        merit, is_open, faults = desk.merit()[0], desk.is_open[0].copy(), desk.faults()
        if not desk.pick(place):
            break
        taken = desk.picked[0][-1]
        ahead = is_open & comes_before(desk.chooser.precedence, merit, taken)
        for rule, at_fault in ((rule, flags[0]) for rule, flags in faults if not flags[0][taken]):
            for index in (ahead & at_fault).nonzero()[0].tolist():
                passed.setdefault(index, rule)
    return passed


def comes_before(precedence: "Numbers", merit: "Floats", taken: int) -> "Flags":
    """The stories that would be taken before this one, were there no caps: by precedence, then what is worth more."""
    alike = precedence == precedence[taken]
    first: Flags = (alike & (merit > merit[taken])) | (precedence > precedence[taken])
    return first


def first_fault(desk: "Desk", index: int) -> Rule | None:
    """The rule that a story would break now."""
    return next((rule for rule, at_fault in desk.faults() if at_fault[0][index]), None)


def cause(edition: Edition, rule: Rule | None, index: int) -> Cause | None:
    """A rule of the line-up with the name that it is about."""
    if rule is None:
        return None
    entry = edition.bench[index]
    names = {Rule.PUBLISHER: entry.story.lead.source or entry.story.lead.publisher, Rule.SECTION: entry.section}
    return rule, names.get(rule, "")


def one_event(edition: Edition, chooser: "Chooser", picked: Sequence[int], index: int) -> Cause | None:
    """The chosen story that tells the same event, by its headline."""
    same = next((chosen for chosen in picked if chooser.clashing[chosen, index]), None)
    return None if same is None else (Rule.EVENT, edition.bench[same].story.lead.title)


def opens(offered: Offer, index: int) -> bool:
    """Whether a reader may get a story."""
    return bool(offered.open_to >> index & 1)


def closed(section: str, index: int, wish: Wish, masks: Masks) -> Cause:
    """What in a wish keeps a story from its reader."""
    bit = 1 << index
    if masks.dropped & bit:
        return Rule.DROPPED, ""
    if not (masks.of_sections(wish.sections) | masks.pinned) & bit:
        return Rule.SECTIONS, section
    muted = [word for word in wish.muted_words if masks.of_word(word) & bit]
    muted += [name for name in wish.muted_sources if masks.of_source(name) & bit]
    if muted:
        return Rule.MUTED, muted[0]
    told = [each.edition for each in wish.told if masks.of_told((each,))[0] & bit]
    return Rule.TOLD, str(max(told))


def off_bench(
    stories: Sequence[Story], scores: Sequence[Score], edition: Edition, orders: Orders
) -> tuple[LeftOut, ...]:
    """The stories that an edition was made of and that are not on its bench."""
    seated = {entry.story.id for entry in edition.bench}
    return tuple(
        of(story, worth, keeps_off(story, orders, now=edition.cut_at) or (Rule.SEATS, ""))
        for story, worth in zip(stories, scores, strict=True)
        if story.id not in seated
    )


def of(story: Story, worth: Score, because: Cause) -> LeftOut:
    """A story as one that is left out."""
    rule, about = because
    return LeftOut(story=story.id, headline=story.lead.title, score=worth.total, rule=rule, about=about)


def best_first(left: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    """In the order of their worth; ties by id, as on the bench."""
    return tuple(sorted(left, key=lambda each: (-each.score, each.story)))
