"""Sending: thousands of readers with different wishes, from planning to the last answer, with the ledger on."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aiosmtplib import SMTP

from digest.app import App, open_app
from digest.model.edition import Edition
from digest.model.feed import Feed, Fetched
from digest.model.message import Reader
from digest.newsroom import dispatch, editions
from digest.rendering.assemble import assemble, preview
from digest.rendering.blocks import render
from digest.rendering.environment import Templates
from digest.settings.read import read_settings
from tests.benchmarks.measure import Cost, Line, Run, apart, contest, here, spending
from tests.benchmarks.news import MORNING, SECTIONS, Press
from tests.benchmarks.rendering import LETTERHEAD, TEMPLATES, CountingInliner, as_message, morning
from tests.benchmarks.sink import sinking

if TYPE_CHECKING:
    from digest.delivery.run import Report

CONNECTIONS = 4


def newspaper_in(folder: Path, port: int) -> dict[str, str]:
    """The settings of a newspaper that sends to the sink."""
    return {
        "DIGEST_DATABASE_URL": f"sqlite:///{folder / 'digest.db'}",
        "DIGEST_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "DIGEST_SMTP_CONNECTIONS": str(CONNECTIONS),
        "DIGEST_RATE": "999999",
        "DIGEST_FROM": "The Quay Morning <morning@quay.example>",
        "DIGEST_POSTAL_ADDRESS": "12 Quay Street, Port Sallow",
        "DIGEST_PUBLIC_URL": "https://morning.quay.example",
        "DIGEST_SECRET_KEY": "0123456789abcdef" * 4,
    }


@contextmanager
def opened(folder: Path, port: int) -> Iterator[App]:
    """The newspaper, in the morning that the news is of."""
    settings = read_settings(newspaper_in(folder, port), dotenv=folder / "none")
    with open_app(settings, now=MORNING) as newspaper:
        yield newspaper


def prepare(folder: Path, port: int, *, readers: int, items: int) -> Cost:
    """Readers, items and a frozen edition in a fresh store. Counts what premailer is called for."""
    inliner = CountingInliner()
    with opened(folder, port) as newspaper, spending(readers) as cost:
        news = Press().items(items)
        feeds = [Feed(url=f"https://{name}.example/feed", section=name) for name in SECTIONS]
        for feed in newspaper.store.feeds.add(feeds):
            found = tuple(item for item in news if item.section == feed.section)
            newspaper.store.items.record(Fetched(feed=feed, items=found))
        newspaper.store.subscribers.enrol(Press().readers(readers))
        edition = asyncio.run(editions.cut(newspaper))
        rendering = render(edition, newspaper.letterhead, newspaper.templates, inliner=inliner)
        newspaper.store.editions.freeze(edition.number, rendering)
    cost.notes = {"premailer": inliner.calls}
    return cost


def deliver(folder: Path, port: int) -> Cost:
    """Plan and drain, in a process that has rendered nothing."""
    with opened(folder, port) as newspaper, spending() as cost:
        edition = editions.find(newspaper, 1)
        cost.count = dispatch.plan_now(newspaper, edition)
        report = asyncio.run(dispatch.drain(newspaper, asyncio.Event(), _unheard))
    cost.notes = {"accepted": report.accepted, "premailer loaded": "premailer" in sys.modules}
    return cost


def _unheard(_report: "Report") -> None:
    """Nobody watches."""


def send(port: int, *, readers: int, items: int, way: Callable[[Run], Cost]) -> Cost:
    """Our way: the costs of the delivery; the rendering before it is its own figure."""
    with TemporaryDirectory() as name:
        prepared = way(partial(prepare, Path(name), port, readers=readers, items=items))
        cost = way(partial(deliver, Path(name), port))
    cost.notes = {**cost.notes, **prepared.notes}
    return cost


def plain_loop(port: int, *, readers: int, items: int) -> Cost:
    """The plain way: an EmailMessage for every reader of one and the same page, over connections that stay open."""
    day = morning(readers, items)
    html, text = page(day.edition)
    with spending(readers) as cost:
        accepted = asyncio.run(carry_all(port, [day.reader(number) for number in range(readers)], html, text))
    cost.notes = {"accepted": accepted, "premailer": 1}
    return cost


def page(edition: Edition) -> tuple[str, str]:
    """The HTML and the text of an edition, for nobody in particular."""
    rendering = render(edition, LETTERHEAD, Templates([TEMPLATES]))
    nobody = Reader(address="nobody@readers.example", message_id="1@quay.example", composed_at=MORNING)
    shown = preview(assemble(rendering, edition, edition.lineup, nobody))
    return shown.html, shown.text


async def carry_all(port: int, readers: Sequence[Reader], html: str, text: str) -> int:
    """Send one page to all readers; returns how many mails were accepted."""
    waiting = iter(readers)

    async def carry() -> int:
        done = 0
        async with SMTP(hostname="127.0.0.1", port=port, local_hostname="plain.example") as client:
            for reader in waiting:
                content = as_message(reader, html, text)
                await client.sendmail("bounces@quay.example", reader.address, content)
                done += 1
        return done

    return sum(await asyncio.gather(*(carry() for _ in range(CONNECTIONS))))


def benchmark(
    *,
    readers: int = 5_000,
    fewer: int = 1_000,
    plain: int = 500,
    items: int = 500,
    rounds: int = 3,
    way: Callable[[Run], Cost] = apart,
) -> dict[str, tuple[Line, ...]]:
    """Lines for each way to send, and for ours to fewer readers, to compare the memory. All are for one mail."""
    with sinking() as port:
        contenders: dict[str, Run] = {
            f"digest, {readers} readers": partial(send, port, readers=readers, items=items, way=way),
            f"digest, {fewer} readers": partial(send, port, readers=fewer, items=items, way=way),
            "EmailMessage and aiosmtplib": partial(apart_plain, port, readers=plain, items=items, way=way),
        }
        lines = contest(contenders, baseline="EmailMessage and aiosmtplib", rounds=rounds, way=here)
    return {f"send, {CONNECTIONS} connections, for each mail": lines}


def apart_plain(port: int, *, readers: int, items: int, way: Callable[[Run], Cost]) -> Cost:
    """The plain way, in a process of its own like ours."""
    return way(partial(plain_loop, port, readers=readers, items=items))
