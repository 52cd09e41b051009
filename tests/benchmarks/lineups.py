"""Line-ups: everybody's own paper out of one bench, as mails are made: some hundreds of readers at a time, each with
wishes of their own and a week of papers behind them.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from digest import daily
from digest.model.delivery import Told
from digest.model.edition import BENCH_SIZE, Echo, Edition, Form, LineUp, Pick
from digest.selection.lineup import Rules, Wish, lineups
from tests.benchmarks.measure import Cost, Line, Run, apart, contest, spending
from tests.benchmarks.news import MORNING, SECTIONS, Press

WEEK = 7
"""So many editions every reader has had, numbered from 1."""

RUNNING = 0.4
"""The share of today's stories that were told before."""

LENGTHS = (3_000, 2_000, 2_200, 1_400)
FRAME = 17_000
"""Octets, about as the shipped templates make them."""


def bench() -> Edition:
    """A day's edition of a full bench; many of its stories were in the editions of the week."""
    chance = random.Random(11)
    edition = daily.choose(Press().items(600), (), daily.plain_policy(), now=MORNING).edition

    def echoes() -> tuple[Echo, ...]:
        told = chance.sample(range(1, WEEK + 1), chance.randint(1, 3)) if chance.random() < RUNNING else []
        places = ((number, chance.randrange(BENCH_SIZE)) for number in sorted(told))
        return tuple(Echo(edition=number, index=index, material=chance.random() < RUNNING) for number, index in places)

    return replace(edition, number=WEEK + 1, bench=tuple(replace(one, echoes=echoes()) for one in edition.bench))


def wishes(edition: Edition, readers: int, *, at_a_time: int) -> Iterator[list[Wish]]:
    """What readers want, no two the same: sections, words and sources they mute and follow, how much, and what they
    were told.
    """
    chance = random.Random(13)
    words = [word for entry in edition.bench for word in entry.story.lead.title.split()]
    sources = [entry.story.lead.publisher for entry in edition.bench]
    for start in range(0, readers, at_a_time):
        yield [
            Wish(
                sections=tuple(chance.sample(SECTIONS, chance.choice((0, 0, 3, 5)))),
                muted_words=tuple(chance.sample(words, chance.choice((0, 1, 3)))),
                muted_sources=tuple(chance.sample(sources, chance.choice((0, 0, 1)))),
                followed_words=tuple(chance.sample(words, chance.choice((0, 1, 3)))),
                followed_sources=tuple(chance.sample(sources, chance.choice((0, 0, 1)))),
                max_stories=chance.choice((None, 5, 8, 20)),
                max_minutes=chance.choice((None, None, 5.0)),
                told=tuple(Told(edition=number, lineup=paper(chance)) for number in range(1, WEEK + 1)),
            )
            for _ in range(min(at_a_time, readers - start))
        ]


def paper(chance: random.Random) -> bytes:
    """A line-up that somebody got."""
    return LineUp(
        picks=tuple(Pick(index=index, form=Form.COMPACT) for index in chance.sample(range(BENCH_SIZE), 12))
    ).encode()


def rules(edition: Edition) -> Rules:
    """The rules of a mail whose blocks have been measured."""
    return Rules(frame=FRAME, lengths=(LENGTHS,) * len(edition.bench))


def choose(readers: int, *, at_a_time: int) -> Cost:
    """The line-ups of so many readers, in claims of so many."""
    edition = bench()
    total, different = Cost(count=readers), set[bytes]()
    for part in wishes(edition, readers, at_a_time=at_a_time):
        with spending() as cost:
            found = lineups(edition, part, rules(edition))
        total.cpu, total.wall, total.peak = total.cpu + cost.cpu, total.wall + cost.wall, cost.peak
        different.update(lineup.encode() for lineup in found)
    total.notes = {"different": len(different), "seconds for all": round(total.wall, 1)}
    return total


def filter_each(readers: int, *, at_a_time: int) -> Cost:
    """The plain way: for each reader, go through the stories best first and keep those that fit, what they follow
    first, without any caps.
    """
    edition = bench()
    texts = [set(f"{one.story.lead.title} {one.story.summary}".lower().split()) for one in edition.bench]
    total, different = Cost(count=readers), set[tuple[int, ...]]()
    for part in wishes(edition, readers, at_a_time=at_a_time):
        with spending() as cost:
            found = [plain(edition, texts, wish) for wish in part]
        total.cpu, total.wall, total.peak = total.cpu + cost.cpu, total.wall + cost.wall, cost.peak
        different.update(found)
    total.notes = {"different": len(different), "seconds for all": round(total.wall, 1)}
    return total


def plain(edition: Edition, texts: list[set[str]], wish: Wish) -> tuple[int, ...]:
    """One reader's stories by hand."""
    told = {(each.edition, pick.index) for each in wish.told for pick in LineUp.decode(each.lineup).picks}
    muted = {word.lower() for word in wish.muted_words}
    followed = {word.lower() for word in wish.followed_words}
    picks = [
        index
        for index, entry in enumerate(edition.bench)
        if not muted & texts[index]
        and entry.story.lead.publisher not in wish.muted_sources
        and (not wish.sections or entry.section in wish.sections)
        and not any((echo.edition, echo.index) in told for echo in entry.echoes)
    ]
    tellers = set(wish.followed_sources)
    picks.sort(
        key=lambda index: not followed & texts[index] and tellers.isdisjoint(edition.bench[index].story.publishers)
    )
    return tuple(picks[: wish.max_stories or Rules().max_stories])


def benchmark(
    *, readers: int = 200_000, at_a_time: int = 500, rounds: int = 1, way: Callable[[Run], Cost] = apart
) -> dict[str, tuple[Line, ...]]:
    """One title: every reader's line-up, against a plain filter that knows no caps and no differences."""
    contenders: dict[str, Run] = {
        "digest": partial(choose, readers, at_a_time=at_a_time),
        "a filter for each reader": partial(filter_each, readers, at_a_time=at_a_time),
    }
    title = f"line-ups of {BENCH_SIZE} stories with a week's history, {readers} readers, for each reader"
    return {title: contest(contenders, baseline="a filter for each reader", rounds=rounds, way=way)}
