"""How well what comes back is read, beside flufl.bounce alone: on labelled mails of many systems.

The labels say of each mail whether it is a bounce, of whom, and whether that address is dead whatever code was given.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

from flufl.bounce import all_failures

from digest.delivery.bounce import read
from digest.model.bounce import BounceKind, What

Label = Mapping[str, Any]
NOW = datetime(2026, 3, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader makes of a mail: whether it is a bounce, of whom, and whether anybody named is dead."""

    bounce: bool
    addresses: frozenset[str] = frozenset()
    hard: bool = False


def ours(content: bytes) -> Reading:
    """By the package."""
    returned = read(content, now=NOW)
    return Reading(
        bounce=returned.what is What.BOUNCE,
        addresses=frozenset(each.address.lower() for each in returned.bounces),
        hard=any(each.kind is BounceKind.HARD for each in returned.bounces),
    )


def flufl(content: bytes) -> Reading:
    """By flufl.bounce, which calls a failure permanent or temporary."""
    temporary, permanent = all_failures(message_from_bytes(content))
    found = frozenset(address.decode("utf-8", "replace").lower() for address in temporary | permanent)
    return Reading(bounce=bool(found), addresses=found, hard=bool(permanent))


READERS: dict[str, Callable[[bytes], Reading]] = {"digest": ours, "flufl.bounce alone": flufl}


def share(judged: Iterable[bool]) -> str:
    """How many of how many."""
    found = list(judged)
    return f"{sum(found)}/{len(found)}"


def right_address(label: Label, reading: Reading) -> bool:
    """Whether every failed recipient is named, in a spelling that counts."""
    return all({spelling.lower() for spelling in each} & reading.addresses for each in label["addresses"])


def row(name: str, labels: Sequence[Label], contents: Sequence[bytes]) -> tuple[str, ...]:
    """A reader's line of the table."""
    started = time.process_time()
    read_as = [READERS[name](content) for content in contents]
    spent = (time.process_time() - started) / max(1, len(contents))
    pairs = list(zip(labels, read_as, strict=True))
    bounces = [pair for pair in pairs if pair[0]["kind"] == "bounce"]
    return (
        name,
        share(reading.bounce for _, reading in bounces),
        share(right_address(*pair) for pair in bounces if pair[0]["addresses"]),
        share(reading.hard for label, reading in bounces if label["verdict"] == "hard"),
        share(not reading.hard for label, reading in bounces if label["verdict"] == "soft"),
        share(not reading.bounce for label, reading in pairs if label["kind"] == "autoreply"),
        f"{spent * 1000:.1f} ms",
    )


HEAD = ("reader", "recognised", "right address", "dead ones", "living ones", "auto-replies", "a mail")


def table(labels: Sequence[Label], contents: Sequence[bytes]) -> tuple[str, ...]:
    """The lines of the table."""
    rows = [HEAD, *(row(name, labels, contents) for name in READERS)]
    widths = [max(len(line[place]) for line in rows) for place in range(len(HEAD))]
    return tuple(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in rows
    )


def main(arguments: Sequence[str] = ()) -> None:
    """Judge the labelled mails of a folder."""
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    folder = Path(arguments[0]) if arguments else Path(os.environ.get("DIGEST_TEST_SHARED", beside)) / "bounces"
    if not (folder / "labels.jsonl").is_file():
        sys.exit(f"there is no {folder / 'labels.jsonl'}")
    lines = (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    labels = [label for label in map(json.loads, lines) if label["kind"] != "unlabelled"]
    for told in table(labels, [(folder / label["file"]).read_bytes() for label in labels]):
        sys.stdout.write(f"{told}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
