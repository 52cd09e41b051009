"""A sender as a process of its own, to be killed: sender.py DATABASE_URL SMTP_PORT [options].

With `--nursery` it reads lines and answers each with a sender that is forked off (its number, and later how it
ended): that saves the second a process takes to load, and is as good to kill. It says how many mails were unconfirmed
when it began, and its report or its error at the end.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from digest.channels.relay import Security, SmtpOptions
from digest.channels.smtp import SmtpChannel
from digest.delivery.attempt import drain
from digest.delivery.identity import alive, worker_name
from digest.delivery.routes import Route
from digest.delivery.run import Terms
from digest.errors import DigestError
from digest.model.delivery import Composition, DeliveryState
from digest.model.message import Mail
from digest.storage.database import open_store

POINTS = ("planned", "claimed", "composed", "begun", "answered", "settled")


def die(*_given):
    """Be killed as if from outside: at once, with nothing flushed or closed."""
    os.kill(os.getpid(), signal.SIGKILL)


class Mined:
    """A ledger that kills its process at one point of the first mail that gets there."""

    def __init__(self, ledger, point):
        self._ledger = ledger
        self._point = point

    def __getattr__(self, name):
        return getattr(self._ledger, name)

    def claim(self, **given):
        if self._point == "planned":
            die()
        claims = self._ledger.claim(**given)
        if self._point == "claimed":
            die()
        return claims

    def compose(self, compositions, *, now):
        self._ledger.compose(compositions, now=now)
        if self._point == "composed":
            die()

    def sending(self, delivery_id, **given):
        begun = self._ledger.sending(delivery_id, **given)
        if self._point == "begun":
            begun.add_done_callback(die)
        return begun

    def settle(self, delivery_id, outcome, **given):
        if self._point == "answered" and outcome.state is DeliveryState.ACCEPTED:
            die()
        settled = self._ledger.settle(delivery_id, outcome, **given)
        if self._point == "settled":
            settled.add_done_callback(die)
        return settled


def writer(ledger, clock, size):
    def write(claims):
        ledger.compose({claim.delivery.id: Composition(lineup=b"\x80") for claim in claims}, now=clock())
        return [
            Mail(
                envelope_from="bounces@digest.example",
                envelope_to=claim.delivery.target,
                message_id=claim.delivery.message_id,
                content=f"Message-ID: <{claim.delivery.message_id}>\r\n\r\n".encode() + b"news\r\n" * (size // 6),
            )
            for claim in claims
        ]

    return write


def opened(options):
    """The store, which with `--pages` may grow by so many pages and no more."""
    store = open_store(options.url, busy_seconds=options.busy)
    if options.pages is not None:
        with store.database.read() as connection:
            most = connection.exec_driver_sql("PRAGMA page_count").scalar() + options.pages

        def narrow(connection, _record, _proxy):
            connection.execute(f"PRAGMA max_page_count={most}").close()

        event.listen(store.database.engine, "checkout", narrow)
    return store


def tell(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def carry(store, options, clock):
    """Send what is due."""
    relay = SmtpOptions(host="127.0.0.1", port=options.port, security=Security.CLEAR, local_hostname="digest.example")
    routes = [Route(channel=SmtpChannel(relay), connections=options.connections)]
    terms = Terms(worker=worker_name(), rates=store.rates, relays=store.relays, hold=options.hold, batch=options.batch)
    ledger = Mined(store.ledger, options.die)
    compose = writer(ledger, clock, options.size)
    return await drain(ledger, routes, compose, terms=terms, clock=clock, stop=asyncio.Event())


def run(options):
    """One run; the exit code."""

    def clock():
        return datetime.now(UTC) + timedelta(seconds=options.ahead)

    try:
        with opened(options) as store:
            resend_at = None if options.hold else clock()
            tell(doubted=store.ledger.recover(alive=alive, resend_at=resend_at, now=clock()))
            report = asyncio.run(carry(store, options, clock))
        tell(**asdict(report))
    except DigestError as error:
        tell(error=error.message, hint=error.hint)
        return error.exit_code
    return 0


def nurse(options):
    """A run in a process of its own for each line that comes."""
    for _line in sys.stdin:
        if (child := os.fork()) == 0:
            os._exit(run(options))
        tell(pid=child)
        _, status = os.waitpid(child, 0)
        tell(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("port", type=int)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--size", type=int, default=60)
    parser.add_argument("--busy", type=float, default=30.0)
    parser.add_argument("--ahead", type=float, default=0.0)
    parser.add_argument("--pages", type=int)
    parser.add_argument("--hold", action="store_true")
    parser.add_argument("--die", choices=POINTS)
    parser.add_argument("--nursery", action="store_true")
    given = parser.parse_args()
    if given.nursery:
        nurse(given)
    else:
        sys.exit(run(given))
