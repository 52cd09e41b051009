"""Our own way to send: a newspaper with readers and a frozen edition, planned and drained with the ledger on."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from digest.app import App, open_app
from digest.channels.dkim import Algorithm
from digest.channels.dkim_keys import new_key
from digest.model.feed import Feed, Fetched
from digest.newsroom import dispatch, editions
from digest.rendering.assemble import assemble, preview
from digest.rendering.blocks import render
from digest.selection.lineup import lineups
from digest.settings.read import read_settings
from tests.benchmarks.measure import Cost, spending
from tests.benchmarks.news import MORNING, SECTIONS, Press
from tests.benchmarks.rendering import CountingInliner, morning

if TYPE_CHECKING:
    from digest.delivery.run import Report

CHECKOUT = Path(__file__).resolve().parents[2]
STORIES = (4, 11)
"""How many stories readers ask for, at least and at most: mails of some 50 KB."""

SAMPLES = 100
"""How many mails of ours others send again and again."""

ADDRESS, TOKEN = "@address@", "@token@"
"""What stands in the sample page where a reader's own values go."""

KEY = "bench.pem"
"""The file of an RSA key of 2048 bits."""

WARM = 20
"""How many readers are written to before the clock starts, so that everything has been loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Where mail goes, over how many connections, and the file of the key it is signed with, where it is."""

    port: int
    connections: int = 10
    key: Path | None = None


def settings_in(folder: Path, wire: Wire) -> dict[str, str]:
    """The settings of a newspaper that sends to the sink."""
    return {
        "DIGEST_DATABASE_URL": f"sqlite:///{folder / 'digest.db'}",
        "DIGEST_SMTP_URL": f"smtp://127.0.0.1:{wire.port}",
        "DIGEST_SMTP_CONNECTIONS": str(wire.connections),
        "DIGEST_RATE": "999999",
        "DIGEST_FROM": "The Quay Morning <morning@quay.example>",
        "DIGEST_BOUNCE_ADDRESS": "bounces@quay.example",
        "DIGEST_POSTAL_ADDRESS": "12 Quay Street, Port Sallow",
        "DIGEST_PUBLIC_URL": "https://morning.quay.example",
        "DIGEST_SECRET_KEY": "0123456789abcdef" * 4,
        **({"DIGEST_DKIM_KEY": str(wire.key)} if wire.key else {}),
    }


@contextmanager
def opened(folder: Path, wire: Wire) -> Iterator[App]:
    """The newspaper, in the morning that the news is of."""
    settings = read_settings(settings_in(folder, wire), dotenv=folder / "none")
    with open_app(settings, now=MORNING) as newspaper:
        yield newspaper


def prepare(folder: Path, *, readers: int, items: int, stories: tuple[int, int] = STORIES) -> Cost:
    """Readers, items and a frozen edition in a fresh store. Counts what premailer is called for."""
    inliner = CountingInliner()
    with opened(folder, Wire(port=1)) as newspaper, spending(readers) as cost:
        news = Press().items(items)
        feeds = [Feed(url=f"https://{name}.example/feed", section=name) for name in SECTIONS]
        for feed in newspaper.store.feeds.add(feeds):
            found = tuple(item for item in news if item.section == feed.section)
            newspaper.store.items.record(Fetched(feed=feed, items=found))
        newspaper.store.subscribers.enrol(Press().readers(readers, stories=stories))
        edition = asyncio.run(editions.cut(newspaper))
        rendering = render(edition, newspaper.letterhead, newspaper.templates, inliner=inliner)
        newspaper.store.editions.freeze(edition.number, rendering)
    cost.notes = {"premailer": inliner.calls}
    return cost


def prepare_all(folder: Path, *, readers: int, items: int) -> Cost:
    """The newspaper in `folder`/paper, a small one to warm up with, a key, and samples of its mails for the others."""
    for name in ("paper", "warm", "samples"):
        (folder / name).mkdir()
    prepare(folder / "warm", readers=WARM, items=min(items, 60))
    cost = prepare(folder / "paper", readers=readers, items=items)
    key = folder / KEY
    key.touch(0o600)
    key.write_bytes(new_key(Algorithm.RSA))
    cost.notes["KB"] = write_samples(folder, items=items)
    return cost


def write_samples(folder: Path, *, items: int) -> float:
    """Mails of readers as the newspaper would send them, and one of middling size taken apart; returns its KB."""
    with opened(folder / "paper", Wire(port=1)) as newspaper:
        edition = editions.find(newspaper, 1)
        rendering = newspaper.store.editions.rendering(1, edition.language)
    day = morning(SAMPLES, items, stories=STORIES)
    chosen = lineups(edition, day.wishes, newspaper.rules)
    mails = [assemble(rendering, edition, lineup, day.reader(number)) for number, lineup in enumerate(chosen)]
    for number, mail in enumerate(mails):
        (folder / "samples" / f"{number}.eml").write_bytes(mail.content)
    typical = sorted(mails, key=lambda mail: len(mail.content))[len(mails) // 2]
    nobody = replace(day.reader(0), address=ADDRESS, unsubscribe_url=f"https://morning.quay.example/leave/{TOKEN}")
    page = preview(assemble(rendering, edition, chosen[mails.index(typical)], nobody))
    (folder / "samples" / "page.html").write_text(page.html, encoding="utf-8")
    (folder / "samples" / "page.txt").write_text(page.text, encoding="utf-8")
    return round(sum(len(mail.content) for mail in mails) / len(mails) / 1000, 1)


def delivered(folder: Path, wire: Wire) -> Cost:
    """`deliver` in a process of its own, as light as `digest send` is, with its compiled modules at hand.

    What a sender starts beside itself would load whatever the benchmarks' own process has loaded.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    given = (str(folder), str(wire.port), str(wire.connections), str(wire.key or ""))
    program = [sys.executable, "-c", "from tests.benchmarks.newspaper import main; main()", *given]
    done = subprocess.run(program, cwd=CHECKOUT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return Cost(**json.loads(done.stdout))


def main() -> None:
    """Deliver as the arguments say, and print what it cost."""
    folder, port, connections, key = sys.argv[1:]
    wire = Wire(port=int(port), connections=int(connections), key=Path(key) if key else None)
    sys.stdout.write(json.dumps(asdict(deliver(Path(folder), wire))))


def deliver(folder: Path, wire: Wire) -> Cost:
    """Plan and drain, in a process that has rendered nothing; a small newspaper goes out before the clock starts."""
    _send(folder / "warm", wire)
    return _send(folder / "paper", wire)


def _send(paper: Path, wire: Wire) -> Cost:
    """Send a copy of a newspaper, which goes out afresh each time."""
    with TemporaryDirectory() as name, opened(copied(paper, Path(name)), wire) as newspaper:
        edition = editions.find(newspaper, 1)
        with spending() as cost:
            started = time.perf_counter()
            cost.count = dispatch.plan_now(newspaper, edition)
            planned = time.perf_counter() - started
            report = asyncio.run(dispatch.drain(newspaper, asyncio.Event(), _unheard))
    cost.notes = {"accepted": report.accepted, "left out": report.left_out, "planned s": round(planned, 2)}
    return cost


def copied(paper: Path, folder: Path) -> Path:
    """A fresh copy of a newspaper's store."""
    for file in paper.iterdir():
        shutil.copy(file, folder)
    return folder


def _unheard(_report: "Report") -> None:
    """Nobody watches."""
