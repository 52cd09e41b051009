"""Building and signing: each reader's mail, beside the RSA signature alone, which is what it cannot go below."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.channels.dkim import Algorithm, Signer, sign_with
from digest.channels.dkim_keys import new_key, read_key
from digest.presses import Frozen, Order, Presses, Worth, frozen_of
from digest.rendering.blocks import render
from digest.rendering.environment import Templates
from digest.selection.lineup import Rules, lineups
from tests.benchmarks.measure import Cost, Line, Run, apart, contest, spending
from tests.benchmarks.rendering import LETTERHEAD, TEMPLATES, Morning, morning

BATCH = 200
"""Mails made at a time, as a send does."""

HEADERS = bytes(1800)
"""As many octets as the headers of a mail that are signed."""

STORIES = 8
"""The most stories of a paper: mails of some 50 KB."""


def signer(*algorithms: Algorithm) -> Signer:
    """What signs with fresh keys of these kinds."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "key.pem"
        keys = []
        for algorithm in algorithms:
            path.touch(0o600)
            path.write_bytes(new_key(algorithm))
            keys.append(read_key(path, algorithm.partition("-")[0]).key)
    return Signer(domain="quay.example", keys=tuple(keys))


@cache
def rsa() -> Signer:
    """What signs with RSA-2048."""
    return signer(Algorithm.RSA)


def alone(count: int) -> Cost:
    """The RSA signatures of so many mails, and nothing else."""
    private = rsa().keys[0].private
    sign_with(private, HEADERS)
    with spending(count) as cost:
        for _ in range(count):
            sign_with(private, HEADERS)
    cost.notes = {"KB": 0}
    return cost


def signatures(private: bytes, count: int) -> None:
    """So many signatures, in whichever process."""
    for _ in range(count):
        sign_with(private, HEADERS)


def alone_on_all(count: int) -> Cost:
    """The RSA signatures alone, by as many processes as there are cores."""
    private, cores = rsa().keys[0].private, cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        list(pool.map(signatures, [private] * cores, [1] * cores))
        with spending(count) as cost:
            list(pool.map(signatures, [private] * (count // 50), [50] * (count // 50)))
    cost.notes = {"KB": 0}
    return cost


def opened(readers: int, items: int) -> tuple[Morning, Frozen]:
    """A morning and its paper."""
    day = morning(readers, items)
    day = replace(day, wishes=tuple(replace(wish, max_stories=None) for wish in day.wishes))
    rules = Rules(max_stories=STORIES)
    return day, frozen_of(day.edition, render(day.edition, LETTERHEAD, Templates([TEMPLATES])), rules)


def orders(day: Morning, paper: Frozen, *, chosen: bool) -> list[Order]:
    """What makes each reader's mail; with `chosen` the line-ups are there already."""
    if not chosen:
        return [Order(reader=day.reader(number), wish=wish) for number, wish in enumerate(day.wishes)]
    made = lineups(day.edition, day.wishes, paper.rules)
    return [Order(reader=day.reader(number), lineup=each.encode()) for number, each in enumerate(made)]


def made(readers: int, items: int, *, chosen: bool, by: Callable[[], Signer] | None) -> Cost:
    """Our way in one process: the line-ups unless they are chosen, the mails, the signatures where there are any."""
    day, paper = opened(readers, items)
    wanted = orders(day, paper, chosen=chosen)
    with Presses(by().sign, processes=0) if by else Presses(processes=0) as presses:
        presses.print(paper, wanted[:BATCH])
        with spending(readers) as cost:
            octets = _print(presses, paper, wanted)
    cost.notes = {"KB": round(octets / readers / 1000, 1)}
    return cost


def made_on_all(readers: int, items: int) -> Cost:
    """Our way by as many processes as there are cores: line-ups, mails and signatures, all of it.

    The CPU is that of the process that sends, which the mails come back to.
    """
    day, paper = opened(readers, items)
    wanted = orders(day, paper, chosen=False)
    with Presses(rsa().sign, worth=Worth(after=0, busy=0.0, each=0.0)) as presses:
        while not presses.beside:
            presses.print(paper, wanted[:BATCH])
        presses.print(paper, wanted[:BATCH])
        with spending(readers) as cost:
            octets = _print(presses, paper, wanted)
    cost.notes = {"KB": round(octets / readers / 1000, 1)}
    return cost


def _print(presses: Presses, paper: Frozen, wanted: list[Order]) -> int:
    """Print in batches; the octets there are, of mails that are let go as they are once they are carried."""
    octets = 0
    for start in range(0, len(wanted), BATCH):
        mails = presses.print(paper, wanted[start : start + BATCH])
        octets += sum(len(each.mail.content) for each in mails if each.mail)
    return octets


def benchmark(
    *, readers: int = 2_000, items: int = 500, rounds: int = 8, way: Callable[[Run], Cost] = apart
) -> dict[str, tuple[Line, ...]]:
    """Lines for each way, all for one mail, with ratios to the RSA signature alone in one process."""
    contenders: dict[str, Run] = {
        "build": partial(made, readers, items, chosen=True, by=None),
        "build, sign": partial(made, readers, items, chosen=True, by=rsa),
        "choose, build, sign": partial(made, readers, items, chosen=False, by=rsa),
        "choose, build, sign; all cores": partial(made_on_all, readers, items),
        "RSA-2048 alone; all cores": partial(alone_on_all, readers),
        "RSA-2048 alone": partial(alone, readers),
    }
    lines = contest(contenders, baseline="RSA-2048 alone", rounds=rounds, way=way)
    return {f"signing, {readers} readers, for each mail": lines}
