"""The command: python -m tests.benchmarks [fetch] [select] [lineups] [render] [send] [signing] [demo] [quality]
[summaries] [bounces] [ledger].

`--json` prints the figures for a script, `--large` has `select` grow on to 300,000 items. `send` alone takes more
options: `python -m tests.benchmarks send --help`.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from tests.benchmarks import (
    bouncing,
    demo,
    fetching,
    ledger,
    lineups,
    quality,
    rendering,
    selecting,
    send,
    signing,
    summaries,
)
from tests.benchmarks.measure import HEAD, Line

Found = dict[str, tuple[Line, ...]]

BENCHMARKS: dict[str, Callable[[], Found]] = {
    "fetch": fetching.benchmark,
    "select": selecting.benchmark,
    "lineups": lineups.benchmark,
    "render": rendering.benchmark,
    "send": send.benchmark,
    "ledger": ledger.benchmark,
    "signing": signing.benchmark,
    "demo": demo.benchmark,
}


def say(line: str) -> None:
    """A line of the answer, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def show(found: Found) -> None:
    """The lines under their titles."""
    for title, lines in found.items():
        say(f"\n{title}; {lines[0].rounds} rounds, ratios to: {lines[-1].name}")
        say(HEAD)
        for line in lines:
            say(line.text())
    for remark in selecting.growth(found):
        say(f"  {remark}")


def grow(words: list[str]) -> list[dict[str, object]]:
    """How the selection grows with the day, beside its peers."""
    sizes = (*selecting.GROWING, selecting.LARGEST) if "--large" in words else selecting.GROWING
    found = selecting.curve(sizes)
    if "--json" not in words:
        say("\nselect, a growing day: CPU and memory, the ratio to our CPU, the power it has grown with")
        for line in selecting.curve_text(found):
            say(line)
    return [asdict(one) for one in found]


JUDGED: dict[str, Callable[[], object]] = {
    "quality": quality.main,
    "summaries": summaries.main,
    "bounces": bouncing.main,
}
"""What needs labelled data, and is run only when it is named; each prints a table of its own."""


def main(words: list[str]) -> None:
    """Run what is named, or all but what needs labelled data."""
    if words[:1] == ["send"]:
        return send.main(words[1:])
    chosen = [word for word in words if word not in {"--json", "--large"}] or list(BENCHMARKS)
    known = [*BENCHMARKS, *JUDGED]
    if unknown := set(chosen) - set(known):
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    figures: dict[str, list[dict[str, object]]] = {}
    for name in chosen:
        if name in JUDGED:
            sys.argv[1:] = []
            JUDGED[name]()
            continue
        found = BENCHMARKS[name]()
        figures |= {title: [line.data() for line in lines] for title, lines in found.items()}
        if "--json" not in words:
            show(found)
        if name == "select":
            figures["select, growth"] = grow(words)
    if "--json" in words:
        say(json.dumps(figures, indent=2))
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
