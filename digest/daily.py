"""Collect → edit → dispatch: the order of the day, and nothing else."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from digest.delivery.plan import due_slots, slot, todays_slots
from digest.errors import VectorsDown
from digest.model.delivery import DispatchKind, Profile, Slot, Told
from digest.model.edition import Edition, EditionState, Image
from digest.model.feed import Item
from digest.model.memory import Lesson, Memory
from digest.ports import EditionStore, Embed, Planner, Vectors
from digest.ports.learning import MemoryStore
from digest.selection.bench import make_bench
from digest.selection.choice import Choice
from digest.selection.lineup import Rules, Wish, lineups
from digest.selection.novelty import UNREAD, Reading
from digest.selection.quiet import NO_SOURCES, SourcesState, quiet
from digest.selection.score import Weights, score

log = logging.getLogger("digest")

MEMORY = timedelta(hours=72)
"""How far back items are read: a running story keeps its older items, and so its identity."""

NO_MEMORY = Memory()

NOVELTY = timedelta(days=7)
"""How long a reader remembers what they were told."""

LATEST = timedelta(hours=12)
"""A reader's slot that was missed for longer than this is let go."""

STALE = timedelta(hours=36)
"""An edition older than this is no news to anybody."""

GONE_OUT = (EditionState.APPROVED, EditionState.FROZEN)
"""The states of an edition whose stories are no news any more to the default line-up."""

SENDABLE = (EditionState.HELD, EditionState.APPROVED, EditionState.FROZEN)
"""The states of an edition that goes out, or may yet."""

OPEN = (EditionState.DRAFT, EditionState.HELD, EditionState.APPROVED)
"""The states of an edition that can be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How editions are made: the newsletter's name, language and zone, its weights and its rules.

    With `as_given` a story's worth is the weighted sum and nothing else.
    """

    title: str
    language: str
    timezone: str
    weights: Weights
    rules: Rules
    min_stories: int
    approval: bool
    sections: tuple[str, ...] = ()
    as_given: bool = False


def plain_policy(weights: str | None = None) -> Policy:
    """The policy of a newspaper that chose nothing but, perhaps, its weights for this run."""
    plain = Policy(
        title="", language="en", timezone="UTC", weights=Weights(), rules=Rules(), min_stories=1, approval=False
    )
    return Trial(weights=weights).of(plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried out for one run: weights, and stories by their id that an editor would pin or drop."""

    weights: str | None = None
    pinned: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()

    def of(self, policy: Policy) -> Policy:
        """The policy with what is tried out; raises UsageError."""
        orders = replace(policy.rules.orders, pinned=self.pinned, dropped=self.dropped)
        tried = replace(policy, rules=replace(policy.rules, orders=orders))
        return tried if self.weights is None else replace(tried, weights=Weights.parse(self.weights), as_given=True)


NO_TRIAL = Trial()


def local_date(moment: datetime, timezone: str) -> date:
    """The date that the clocks of a zone show at this moment."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def reading() -> Reading:
    """How the selector reads what is new in a text."""
    from digest.stories.facts import facts, said, words
    from digest.stories.summary import told

    return Reading(facts=facts, words=words, said=said, told=told)


def placed(items: Sequence[Item], vectors: Vectors | None) -> Embed | None:
    """These items' texts as a model places them, to be given to `choose`, in this process or another.

    None where there is no model, or while it is down: then the paper is made without, and the log says so.
    """
    if vectors is None:
        return None
    from digest.ai.placed import place
    from digest.stories.wording import wording

    try:
        return place(vectors, [wording(item) for item in items])
    except VectorsDown as error:
        log.warning("stories are told apart by words alone: %s (%s)", error.message, error.hint)
        return None


def choose(
    items: Sequence[Item],
    earlier: Sequence[Edition],
    policy: Policy,
    *,
    now: datetime,
    memory: Memory = NO_MEMORY,
    embed: Embed | None = None,
    sources: SourcesState = NO_SOURCES,
) -> Choice:
    """Cluster, score and pick; `earlier` are the editions of the last days. What went out is not told again.

    `sources` is how the feeds do, which tells why a day is quiet.
    """
    from digest.stories.background import primed
    from digest.stories.cluster import cluster
    from digest.stories.similarity import likeness

    memory = primed(memory)
    items = policy.rules.orders.admit(items)
    stories = cluster(items, memory=memory, embed=embed)
    scores = score(stories, now=now, weights=policy.weights, as_given=policy.as_given)
    bench, alike = make_bench(
        stories,
        scores,
        partial(likeness, memory=memory),
        earlier=earlier,
        reading=reading() if earlier else UNREAD,
        orders=policy.rules.orders,
        now=now,
    )
    edition = Edition(
        date=local_date(now, policy.timezone),
        cut_at=now,
        title=policy.title,
        language=policy.language,
        bench=bench,
        likeness=alike,
        sections=policy.sections,
        interest=policy.weights.lift(),
        considered=(len(items), len({item.feed_id or item.publisher for item in items}), len(stories)),
        worn=worn(earlier),
    )
    told = gone_out(earlier)
    (lineup,) = lineups(edition, (Wish(told=told),), policy.rules)
    edition = replace(edition, lineup=lineup, quiet=quiet(len(lineup.picks), policy.min_stories, items, sources))
    return Choice(edition=edition, stories=stories, scores=scores, rules=policy.rules, told=told)


def gone_out(earlier: Iterable[Edition]) -> tuple[Told, ...]:
    """What the default line-up has told in the editions that went out."""
    return tuple(Told(edition=each.number, lineup=each.lineup.encode()) for each in earlier if each.state in GONE_OUT)


def worn(earlier: Iterable[Edition]) -> tuple[str, ...]:
    """The headlines that the default line-up had in the last edition that went out."""
    out = (each for each in earlier if each.state in GONE_OUT)
    last = max(out, key=lambda each: each.number, default=None)
    return tuple(last.bench[pick.index].story.lead.title for pick in last.lineup.picks) if last else ()


def edit(
    items: Sequence[Item],
    earlier: Sequence[Edition],
    policy: Policy,
    now: datetime,
    memory: Memory = NO_MEMORY,
    embed: Embed | None = None,
    sources: SourcesState = NO_SOURCES,
) -> tuple[Edition, Lesson]:
    """The edition these items make now, not numbered and not written; and what is to be remembered once it is cut."""
    from digest.stories.lesson import lesson

    choice = choose(items, earlier, policy, now=now, memory=memory, embed=embed, sources=sources)
    return choice.edition, lesson(items, choice.stories, memory, since=now - MEMORY, now=now)


def pictures_of(edition: Edition, count: int) -> tuple[str, ...]:
    """The addresses of the lead images of the first stories of the bench, best first."""
    return tuple(told.story.lead.image_url for told in edition.bench[:count] if told.story.lead.image_url)


def illustrate(edition: Edition, images: Mapping[str, Image]) -> Edition:
    """The edition with the images that were found, by the address of the picture."""
    bench = (replace(told, image=images.get(told.story.lead.image_url)) for told in edition.bench)
    return replace(edition, bench=tuple(bench))


def cut(
    edition: Edition, lesson: Lesson, policy: Policy, *, editions: EditionStore, memory: MemoryStore, by: str = ""
) -> Edition:
    """Write the edition under its number, approved unless an editor must look (or cut it by hand: `by`), or the day is
    quiet.

    What it teaches is learned first: a crash between the two costs nothing, for the same is learned again.
    """
    memory.learn(lesson)
    held = by or policy.approval or edition.quiet
    return editions.cut(replace(edition, state=EditionState.HELD if held else EditionState.APPROVED), by=by)


def cut_once(
    edition: Edition, lesson: Lesson, policy: Policy, *, due: datetime, editions: EditionStore, memory: MemoryStore
) -> Edition | None:
    """The same for the edition that was due at that instant; None where another process has cut it by now."""
    last = editions.latest()
    if last is not None and last.cut_at >= due:
        return None
    memory.learn(lesson)
    held = policy.approval or edition.quiet
    return editions.cut_once(replace(edition, state=EditionState.HELD if held else EditionState.APPROVED), due=due)


def edition_due(times: Sequence[int], timezone: str, *, last: Edition | None, now: datetime) -> datetime | None:
    """The edit time (`times`: minutes after midnight, each day) that has come since the last edition was cut, or None.

    Only the newest counts, and only while it is not older than LATEST. Nothing is cut over an edition of today that an
    editor works on.
    """
    today = local_date(now, timezone)
    if last is not None and worked_on(last, today):
        return None
    slots = (slot(day, minutes, timezone) for day in (today, today - timedelta(days=1)) for minutes in times)
    newest = max((due for due in slots if due is not None and due <= now), default=None)
    if newest is None or now - newest > LATEST:
        return None
    return newest if last is None or last.cut_at < newest else None


def worked_on(edition: Edition, today: date) -> bool:
    """Whether an editor has changed an edition of today that is not frozen yet."""
    return edition.date == today and edition.hand.edits > 0 and edition.state in OPEN


def opening(edition: Edition, times: Sequence[int], timezone: str) -> datetime:
    """The instant from which an edition is for the hours that come: the first edit time of its date, or its cut.

    Without this, who once got a paper late would get every later one as late: at their hour the edition is one they
    have, and the next, hours later, would still count for that day.
    """
    first = slot(edition.date, min(times), timezone)
    return edition.cut_at if first is None else min(first, edition.cut_at)


def papers(
    slots: Sequence[Slot], recent: Sequence[Edition], times: Sequence[int], timezone: str
) -> tuple[tuple[Edition, tuple[Slot, ...]], ...]:
    """The edition of each slot's hour, with all its slots; `recent` are the editions in question, newest first.

    It is the newest that was open by then, perhaps one that waits for an editor; where that one is held for a quiet
    day, an earlier one of the same date. Nothing older stands in for it.
    """
    editions = [(each, opening(each, times, timezone)) for each in recent if each.state in SENDABLE]
    chosen: dict[int, tuple[Edition, list[Slot]]] = {}
    for due in slots:
        came = [each for each, opens in editions if opens <= due.due_at]
        paper = next((each for each in came if each.date == came[0].date and not withheld(each)), None)
        if paper is not None:
            chosen.setdefault(paper.number, (paper, []))[1].append(due)
    return tuple((edition, tuple(mine)) for edition, mine in chosen.values())


def stands(edition: Edition) -> bool:
    """Whether readers get an edition or wait for it, unless there is a newer one."""
    return edition.state in SENDABLE and not withheld(edition)


def withheld(edition: Edition) -> bool:
    """Whether an edition is held for a quiet day, and no editor thought otherwise."""
    return edition.state is EditionState.HELD and bool(edition.quiet)


def paperless(recent: Iterable[Edition], today: date) -> Edition | None:
    """The first edition of a day whose editions are all held as quiet, so that nobody gets any; else None."""
    todays = [each for each in recent if each.date == today and each.state in SENDABLE]
    quiet = bool(todays) and all(withheld(each) for each in todays)
    return min(todays, key=lambda each: each.number) if quiet else None


def due_now(planner: Planner, defaults: Profile, *, now: datetime) -> tuple[Slot, ...]:
    """The slots whose hour has come, one for each distinct wish of the readers."""
    return due_slots(planner.profiles(defaults), now=now, max_late=LATEST)


def due_today(planner: Planner, defaults: Profile, *, now: datetime) -> tuple[Slot, ...]:
    """The slots of a manual send: everybody's paper of today, whatever their hour."""
    return todays_slots(planner.profiles(defaults), now=now)


def plan(
    edition: Edition, slots: Sequence[Slot], planner: Planner, *, defaults: Profile, domain: str, now: datetime
) -> int:
    """Write a delivery for everybody these slots are for; returns how many are new."""
    dispatch = planner.open(DispatchKind.EDITION, edition=edition.number, now=now)
    return planner.plan(dispatch, slots, defaults=defaults, domain=domain, now=now)
