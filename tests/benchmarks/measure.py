"""What a piece of work costs: CPU and wall seconds, peak memory; contenders in turns, each in a process of its own."""

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from statistics import median

Run = Callable[[], "Cost"]
"""A contender: does its work once and says what that took."""


@dataclass(slots=True, kw_only=True)
class Cost:
    """What one run took: seconds of CPU (with its child processes) and by the clock, for `count` pieces of work.

    `peak` is the most memory the process ever had, in MB. `notes` are other figures of the run.
    """

    count: int = 1
    cpu: float = 0.0
    wall: float = 0.0
    peak: float = 0.0
    notes: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The medians of a contender's rounds, each for one piece of work; `ratio` is its CPU to the baseline's.

    `clock` is the ratio by the clock. Both are medians over the rounds: contenders of one round had the same machine.
    """

    name: str
    rounds: int
    count: int
    cpu: float
    wall: float
    peak: float
    ratio: float
    clock: float
    notes: Mapping[str, float]

    def text(self) -> str:
        """The figures as one row under `HEAD`."""
        notes = "  ".join(f"{name} {value:g}" for name, value in self.notes.items())
        return (
            f"  {self.name:<38}{self.cpu * 1000:>11.2f}{self.wall * 1000:>11.2f}"
            f"{self.ratio:>9.3f}{self.clock:>9.3f}{self.peak:>8.0f}  {notes}".rstrip()
        )

    def data(self) -> dict[str, object]:
        """The figures for a script."""
        return asdict(self)


HEAD = f"  {'each':<38}{'CPU ms':>11}{'clock ms':>11}{'CPU':>9}{'clock':>9}{'MB':>8}"


def cpu_seconds() -> float:
    """The CPU this process and its children have had, those that still run included (those only on Linux)."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent) + sum(map(_running_cpu, _children(os.getpid())))


def _children(process: int) -> Iterator[int]:
    """The processes that a process has started and that have not been waited for, and theirs."""
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        for child in file.read_text(encoding="ascii").split():
            yield int(child)
            yield from _children(int(child))


def _running_cpu(process: int) -> float:
    """The CPU of a process and of the children it has waited for; nothing where it has gone meanwhile."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes() -> float:
    """The most memory this process has had.

    On Linux from /proc: ru_maxrss is handed down from the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def spent_by(command: Sequence[str], *, count: int) -> Cost:
    """What another program took from its start to its end; raises CalledProcessError where it failed."""
    started = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(count=count, cpu=usage.ru_utime + usage.ru_stime, wall=time.perf_counter() - started)


@contextmanager
def spending(count: int = 1) -> Iterator[Cost]:
    """The cost of the block, known when it has ended."""
    cost = Cost(count=count)
    cpu, wall = cpu_seconds(), time.perf_counter()
    yield cost
    cost.cpu, cost.wall, cost.peak = cpu_seconds() - cpu, time.perf_counter() - wall, peak_megabytes()


def apart(run: Run) -> Cost:
    """Run a contender in a fresh process, so that nobody's memory, caches or imports are another's."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(run).result()


def here(run: Run) -> Cost:
    """Run a contender in this process: quicker, for tests of the benchmarks."""
    return run()


def contest(
    contenders: Mapping[str, Run], *, baseline: str, rounds: int, way: Callable[[Run], Cost] = apart
) -> tuple[Line, ...]:
    """Run the contenders in turns, `rounds` times; the medians of each, with ratios to the baseline's."""
    costs = in_turns(contenders, rounds=rounds, way=way)
    return tuple(line(name, costs[name], costs[baseline]) for name in contenders)


def in_turns(
    contenders: Mapping[str, Run],
    *,
    rounds: int,
    way: Callable[[Run], Cost] = apart,
    told: Callable[[str, Cost], None] = lambda _name, _cost: None,
) -> dict[str, list[Cost]]:
    """The costs of each contender, round by round; `told` hears of each at once."""
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            costs[name].append(way(run))
            told(name, costs[name][-1])
    return costs


def line(name: str, costs: Sequence[Cost], base: Sequence[Cost]) -> Line:
    """The medians of a contender beside those of the baseline."""
    pairs = list(zip(costs, base, strict=True))
    return Line(
        name=name,
        rounds=len(costs),
        count=costs[0].count,
        cpu=median(cost.cpu / cost.count for cost in costs),
        wall=median(cost.wall / cost.count for cost in costs),
        peak=median(cost.peak for cost in costs),
        ratio=median(_over(ours.cpu / ours.count, other.cpu / other.count) for ours, other in pairs),
        clock=median(_over(ours.wall / ours.count, other.wall / other.count) for ours, other in pairs),
        notes=_notes(costs),
    )


def _over(ours: float, other: float) -> float:
    """A ratio; work too small for the clock counts as a microsecond."""
    return max(ours, 1e-6) / max(other, 1e-6)


def _notes(costs: Sequence[Cost]) -> dict[str, float]:
    return {name: median(cost.notes[name] for cost in costs) for name in costs[0].notes}
