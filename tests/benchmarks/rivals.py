"""Other ways to send the same mails to the same sink, over as many connections: smtp-source, nodemailer, aiosmtplib."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path

from aiosmtplib import SMTP

from tests.benchmarks.measure import Cost, spending, spent_by
from tests.benchmarks.newspaper import ADDRESS, STORIES, TOKEN
from tests.benchmarks.rendering import CountingInliner, morning, plain_mails
from tests.benchmarks.sink import postfix

SENDER = "bounces@quay.example"
SCRIPT = Path(__file__).with_name("nodemailer.cjs")
NODEMAILER = "nodemailer@10"


def smtp_source(port: int, *, mails: int, connections: int, octets: int) -> Cost:
    """Postfix's own sender: the same content again and again, no ledger, nothing personal, no pipelining."""
    program = postfix("smtp-source")
    if program is None:
        raise LookupError("postfix's smtp-source is not installed")
    amount = ("-s", str(connections), "-m", str(mails), "-l", str(octets))
    whom = ("-N", "-f", SENDER, "-t", "reader@readers.example", "-M", "source.example")
    return spent_by([program, "-d", *amount, *whom, f"127.0.0.1:{port}"], count=mails)


def ready_made(port: int, *, mails: int, connections: int, samples: Path) -> Cost:
    """aiosmtplib's sendmail() over connections that stay open, of mails that were made beforehand."""
    contents = [path.read_bytes() for path in sorted(samples.glob("*.eml"))]
    with spending(mails) as cost:
        asyncio.run(_share(port, islice(cycle(contents), mails), connections))
    return cost


async def _share(port: int, contents: Iterator[bytes], connections: int) -> None:
    numbered = enumerate(contents)

    async def carry() -> None:
        async with _client(port) as client:
            for number, content in numbered:
                await client.sendmail(SENDER, f"reader{number}@readers.example", content)

    await asyncio.gather(*(carry() for _ in range(connections)))


@asynccontextmanager
async def _client(port: int) -> AsyncIterator[SMTP]:
    async with SMTP(hostname="127.0.0.1", port=port, local_hostname="plain.example") as client:
        yield client


def plain_loop(port: int, *, mails: int, items: int) -> Cost:
    """The loop that anybody would write: for each subscriber Jinja, premailer, EmailMessage, then send."""
    day, inliner = morning(mails, items, stories=STORIES), CountingInliner()
    made = plain_mails(day, inliner)
    with spending(mails) as cost:
        asyncio.run(_one_by_one(port, made, [person.address for person in day.people]))
    cost.notes = {"premailer": inliner.calls}
    return cost


async def _one_by_one(port: int, made: Iterator[bytes], addresses: Sequence[str]) -> None:
    async with _client(port) as client:
        for address, content in zip(addresses, made, strict=True):
            await client.sendmail(SENDER, address, content)


def nodemailer(port: int, *, mails: int, connections: int, samples: Path) -> Cost:
    """nodemailer's pool, which is given HTML and text with each reader's own values in it."""
    given = {
        "port": port,
        "mails": mails,
        "connections": connections,
        "html": str(samples / "page.html"),
        "text": str(samples / "page.txt"),
        "address": ADDRESS,
        "token": TOKEN,
        "sender": SENDER,
    }
    environment = {**os.environ, "NODE_PATH": str(installed() / "node_modules")}
    done = subprocess.run(
        ["node", str(SCRIPT), json.dumps(given)], env=environment, check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    return Cost(count=mails, cpu=found["cpu"], wall=found["wall"], peak=found["peak"])


def installed() -> Path:
    """The folder nodemailer is installed in, beside other caches; LookupError says why it cannot be.

    It is asked for once: a second run finds what the first one installed.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise LookupError("node and npm are not installed")
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "digest-benchmarks"
    if not (folder / "node_modules" / "nodemailer").is_dir():
        _install(folder)
    return folder


def _install(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", NODEMAILER]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.SubprocessError) as fault:
        reason = (getattr(fault, "stderr", "") or str(fault)).strip().splitlines()
        raise LookupError(f"npm cannot install {NODEMAILER}: {reason[-1] if reason else 'no reason given'}") from fault
