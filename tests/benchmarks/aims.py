"""What a way to send is to reach beside another in the same round, and whether it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.measure import Cost

Costs = Mapping[str, Sequence[Cost]]
"""The costs of every way, round by round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """How much faster, or how much cheaper, one way is to be than another, for one piece of work.

    `of` is what is compared: "speed" (a ratio of 2 is twice as many a second), "cpu" (2 is twice the CPU) or "peak".
    `least` or `most` is where the aim is.
    """

    ours: str
    other: str
    of: str
    least: float | None = None
    most: float | None = None

    def found(self, costs: Costs) -> "Found | None":
        """The ratios of the rounds; None where one of the two did not run."""
        pairs = list(zip(costs.get(self.ours, ()), costs.get(self.other, ()), strict=False))
        if not pairs:
            return None
        ratios = sorted(ratio(self.of, ours, other) for ours, other in pairs)
        return Found(aim=self, ratio=median(ratios), lowest=ratios[0], highest=ratios[-1])

    def text(self) -> str:
        """The aim in words."""
        return f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The median of the ratios, and the lowest and highest of them."""

    aim: Aim
    ratio: float
    lowest: float
    highest: float

    @property
    def reached(self) -> bool:
        """Whether the median is where it is to be."""
        least, most = self.aim.least, self.aim.most
        return (least is None or self.ratio >= least) and (most is None or self.ratio <= most)

    def text(self) -> str:
        """One row of the table."""
        what = f"{self.aim.of}: {self.aim.ours} / {self.aim.other}"
        spread = f"{self.lowest:.2f}-{self.highest:.2f}"
        verdict = "" if self.reached else "  missed"
        return f"  {what:<78}{self.ratio:>8.2f}{spread:>16}  {self.aim.text()}{verdict}"

    def data(self) -> dict[str, object]:
        """The same for a script."""
        return {
            "what": self.aim.of,
            "ours": self.aim.ours,
            "other": self.aim.other,
            "ratio": self.ratio,
            "lowest": self.lowest,
            "highest": self.highest,
            "aim": self.aim.text(),
            "reached": self.reached,
        }


HEAD = f"  {'what is compared':<78}{'ratio':>8}{'of the rounds':>16}  aim"


def ratio(of: str, ours: Cost, other: Cost) -> float:
    """One way to another in one round."""
    if of == "speed":
        return (other.wall / other.count) / (ours.wall / ours.count)
    if of == "cpu":
        return (ours.cpu / ours.count) / (other.cpu / other.count)
    return ours.peak / other.peak


def row(name: str, costs: Sequence[Cost], yardstick: Sequence[Cost]) -> str:
    """One way's medians: mails a second, that to the yardstick's, CPU for a mail, peak memory, notes."""
    each = {key: median(getattr(cost, key) / cost.count for cost in costs) for key in ("wall", "cpu")}
    pairs = list(zip(costs, yardstick, strict=False))
    speed = f"{median(ratio('speed', *pair) for pair in pairs):.2f}" if pairs else ""
    notes = "  ".join(f"{key} {value:g}" for key, value in costs[-1].notes.items())
    peak = f"{median(cost.peak for cost in costs):.0f}" if costs[-1].peak else ""
    rate = f"{1 / each['wall']:.0f}"
    return f"  {name:<44}{costs[0].count:>8}{rate:>10}{speed:>8}{each['cpu'] * 1000:>9.3f}{peak:>7}  {notes}".rstrip()


ROW_HEAD = f"  {'way':<44}{'mails':>8}{'a second':>10}{'ratio':>8}{'CPU ms':>9}{'MB':>7}"
