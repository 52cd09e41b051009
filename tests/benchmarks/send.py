"""Sending: our whole way, with the ledger on, beside other ways to send as many mails to the same sink.

    python -m tests.benchmarks send [--mails 20000] [--rounds 8] [--connections 10] [--delay 50] [--memory] [--json]

Every round runs each way once, so that all of them had the same machine; ratios are medians over the rounds.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import growing, rivals
from tests.benchmarks.aims import HEAD, ROW_HEAD, Aim, Found, row
from tests.benchmarks.measure import Cost, Line, Run, apart, here, in_turns, line
from tests.benchmarks.newspaper import KEY, Wire, delivered, prepare_all
from tests.benchmarks.sink import postfix, sinking

OURS, SIGNED, SOURCE = "digest", "digest, RSA-signed", "smtp-source"
NODE = "nodemailer, HTML for each reader"
READY, PLAIN = "aiosmtplib sendmail(), mails ready-made", "Jinja, premailer, EmailMessage, aiosmtplib"
FAR_OURS, FAR_READY = "digest, far relay", "aiosmtplib sendmail(), far relay"
WAYS = (OURS, SIGNED, SOURCE, NODE, READY, PLAIN, FAR_OURS, FAR_READY)
Ours = Callable[[Path, Wire], Cost]
"""How our own way is run: in a process of its own, or in this one."""

MEMORY = (1_000, 20_000, 200_000)

AIMS = (
    Aim(ours=OURS, other=SOURCE, of="speed", least=0.8),
    Aim(ours=OURS, other=NODE, of="speed", least=6),
    Aim(ours=OURS, other=READY, of="cpu", most=0.5),
    Aim(ours=PLAIN, other=OURS, of="cpu", least=50),
    Aim(ours=FAR_OURS, other=FAR_READY, of="speed", least=3),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How much is sent, how often, and how. `delay` is the milliseconds each answer of a far relay is late.

    `way` is how a way within Python is run, `ours` how our own is.
    """

    mails: int = 20_000
    rounds: int = 8
    connections: int = 10
    delay: int = 50
    items: int = 500
    way: Callable[[Run], Cost] = apart
    ours: Ours = delivered

    def part(self, share: float, *, least: int = 10) -> int:
        """A share of the mails, for a way so slow that fewer are enough; never more than there are."""
        return min(self.mails, max(least, int(self.mails * share)))


def near(trial: Trial, folder: Path, port: int, octets: int) -> dict[str, Run]:
    """The ways to send to a sink on this machine."""
    over = {"connections": trial.connections}
    samples = folder / "samples"
    few = trial.part(0.25)
    return {
        OURS: partial(trial.ours, folder, Wire(port=port, **over)),
        SIGNED: partial(trial.ours, folder, Wire(port=port, key=folder / KEY, **over)),
        SOURCE: partial(rivals.smtp_source, port, mails=trial.mails, octets=octets, **over),
        NODE: partial(rivals.nodemailer, port, mails=few, samples=samples, **over),
        READY: partial(trial.way, partial(rivals.ready_made, port, mails=few, samples=samples, **over)),
        PLAIN: partial(trial.way, partial(rivals.plain_loop, port, mails=trial.part(0.003), items=trial.items)),
    }


def far(trial: Trial, folder: Path, port: int) -> dict[str, Run]:
    """The ways to send to a relay that is far away."""
    wire = Wire(port=port, connections=trial.connections)
    ready = partial(rivals.ready_made, port, mails=trial.part(0.02, least=400), samples=folder / "samples")
    return {
        FAR_OURS: partial(trial.ours, folder / "far", wire),
        FAR_READY: partial(trial.way, partial(ready, connections=trial.connections)),
    }


def missing() -> dict[str, str]:
    """The ways that cannot run on this machine, and why."""
    found = {} if postfix("smtp-source") else {SOURCE: "postfix's smtp-source is not installed"}
    try:
        rivals.installed()
    except LookupError as fault:
        found[NODE] = str(fault)
    return found


def named(words: Iterable[str]) -> dict[str, str]:
    """The ways that begin with any of these words, to be left out."""
    asked_for = tuple(words)
    return {way: "as asked for" for way in WAYS if asked_for and way.startswith(asked_for)}


def say(words: str) -> None:
    """How far we are, on stderr."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def told(name: str, cost: Cost) -> None:
    """One run of one way."""
    say(f"  {name:<44}{cost.count / max(cost.wall, 1e-9):>10.0f} a second{cost.cpu / cost.count * 1e3:>9.3f} ms CPU")


def run(trial: Trial, *, without: Iterable[str] = ()) -> dict[str, list[Cost]]:
    """Every way, in turns: first to the sink on this machine, then to the far relay."""
    costs: dict[str, list[Cost]] = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        made = trial.way(partial(prepare_all, folder, readers=trial.mails, items=trial.items))
        octets = int(made.notes["KB"] * 1000)
        say(f"{trial.mails} readers, mails of {made.notes['KB']:g} KB, {trial.connections} connections")
        with sinking() as port:
            ways = near(trial, folder, port, octets)
            chosen = {name: way for name, way in ways.items() if name not in without}
            costs |= in_turns(chosen, rounds=trial.rounds, way=here, told=told)
        if trial.delay and FAR_OURS not in without:
            costs |= run_far(trial, folder)
    return costs


def run_far(trial: Trial, folder: Path) -> dict[str, list[Cost]]:
    """The ways to send to a far relay, with fewer readers: it is the waiting that counts."""
    (folder / "far").mkdir()
    trial.way(partial(prepare_all, folder / "far", readers=trial.part(0.1, least=1_000), items=trial.items))
    say(f"a relay whose answers are {trial.delay} ms late")
    with sinking(delay=trial.delay / 1000) as port:
        return in_turns(far(trial, folder, port), rounds=trial.rounds, way=here, told=told)


def grow(
    sizes: Sequence[int],
    *,
    rounds: int,
    connections: int = 10,
    way: Callable[[Run], Cost] = apart,
    ours: Ours = delivered,
) -> tuple[dict[str, list[Cost]], tuple[Aim, ...]]:
    """Our sender with short and long lists, then planning the longest; and what the two are to reach."""
    costs: dict[str, list[Cost]] = {}
    with TemporaryDirectory() as name, sinking() as port:
        for size in sizes:
            people = growing.List(folder=Path(name) / str(size), readers=size, way=way).made()
            costs[_to(size)] = [ours(people.folder, Wire(port=port, connections=connections))]
            told(_to(size), costs[_to(size)][-1])
        costs |= in_turns(growing.planning(people), rounds=rounds, way=way, told=told)
    planning = tuple(costs)[-2:]
    return costs, (
        Aim(ours=_to(sizes[-1]), other=_to(sizes[0]), of="peak", most=1.25),
        Aim(ours=planning[0], other=planning[1], of="cpu", most=10),
    )


def _to(size: int) -> str:
    return f"digest, short mails to {size}"


def table(costs: dict[str, list[Cost]], aims: Iterable[Aim]) -> Iterator[str]:
    """What came out, and beside each ratio what it is to be."""
    rounds = max(map(len, costs.values()))
    yield f"\nsend; medians of up to {rounds} rounds; ratio: mails a second to those of {SOURCE}"
    yield ROW_HEAD
    for name, found in costs.items():
        yield row(name, found, costs.get(SOURCE, ()) if len(found) == len(costs.get(SOURCE, ())) else ())
    yield ""
    yield HEAD
    for one in reached(costs, aims):
        yield one.text()


def reached(costs: dict[str, list[Cost]], aims: Iterable[Aim]) -> tuple[Found, ...]:
    """The ratios of what has run."""
    return tuple(found for aim in aims if (found := aim.found(costs)) is not None)


def data(costs: dict[str, list[Cost]], aims: Iterable[Aim]) -> dict[str, object]:
    """The same for a script."""
    ways = [line(name, found, found).data() for name, found in costs.items()]
    return {"ways": ways, "aims": [one.data() for one in reached(costs, aims)]}


def benchmark(trial: Trial | None = None, *, without: Iterable[str] = ()) -> dict[str, tuple[Line, ...]]:
    """Lines for each way to send, for one mail; far fewer mails and rounds than the command of its own has."""
    left_out = missing() | dict.fromkeys(without, "")
    costs = run(trial or Trial(mails=2_000, rounds=3), without=left_out)
    near_by = {name: found for name, found in costs.items() if name not in {FAR_OURS, FAR_READY}}
    far_away = {name: found for name, found in costs.items() if name not in near_by}
    titles = {"send, for each mail": (near_by, PLAIN), "send to a far relay, for each mail": (far_away, FAR_READY)}
    return {
        title: tuple(line(name, found, ways[base]) for name, found in ways.items())
        for title, (ways, base) in titles.items()
        if ways
    }


def asked(words: Sequence[str]) -> argparse.Namespace:
    """What the command was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks send", description="What sending costs.")
    parser.add_argument("--mails", type=int, default=20_000, help="readers of ours; slow ways get fewer")
    parser.add_argument("--rounds", type=int, default=8, help="how often each way runs")
    parser.add_argument("--connections", type=int, default=10, help="of every way but the plain loop")
    parser.add_argument("--delay", type=int, default=50, help="ms that a far relay's answers are late; 0: none")
    parser.add_argument("--without", action="append", default=[], metavar="WAY", help="leave out what begins so")
    parser.add_argument("--memory", action="store_true", help="instead: memory of long lists, and planning")
    parser.add_argument("--json", action="store_true", help="figures for a script")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> None:
    """Run, and print the table or JSON; a missed aim is no failure."""
    given = asked(words)
    costs: dict[str, list[Cost]]
    if given.memory:
        costs, aims = grow(MEMORY, rounds=min(given.rounds, 3), connections=given.connections)
    else:
        left_out = missing() | named(given.without)
        for name, reason in left_out.items():
            say(f"left out: {name} ({reason})")
        trial = Trial(mails=given.mails, rounds=given.rounds, connections=given.connections, delay=given.delay)
        costs, aims = run(trial, without=left_out), AIMS
    lines = [json.dumps(data(costs, aims), indent=2)] if given.json else table(costs, aims)
    sys.stdout.write("\n".join(lines) + "\n")
