"""A sender as a process of its own, to be killed: sender.py DATABASE_URL SMTP_PORT CONNECTIONS resend|hold."""

import asyncio
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from digest.channels.relay import Security, SmtpOptions
from digest.channels.smtp import SmtpChannel
from digest.delivery.attempt import drain
from digest.delivery.identity import alive, worker_name
from digest.delivery.routes import Route
from digest.delivery.run import Terms
from digest.model.delivery import Composition
from digest.model.message import Mail
from digest.storage.database import open_store


def clock():
    return datetime.now(UTC)


def writer(ledger):
    def write(claims):
        ledger.compose({claim.delivery.id: Composition(lineup=b"\x80") for claim in claims}, now=clock())
        return [
            Mail(
                envelope_from="bounces@digest.example",
                envelope_to=claim.delivery.target,
                message_id=claim.delivery.message_id,
                content=f"Message-ID: <{claim.delivery.message_id}>\r\n\r\nnews\r\n".encode(),
            )
            for claim in claims
        ]

    return write


async def main(url, port, connections, policy):
    hold = policy == "hold"
    with open_store(url) as store:
        doubted = store.ledger.recover(alive=alive, resend_at=None if hold else clock(), now=clock())
        options = SmtpOptions(host="127.0.0.1", port=port, security=Security.CLEAR, local_hostname="digest.example")
        routes = [Route(channel=SmtpChannel(options), connections=connections)]
        terms = Terms(worker=worker_name(), rates=store.rates, relays=store.relays, hold=hold, batch=50)
        report = await drain(store.ledger, routes, writer(store.ledger), terms=terms, clock=clock, stop=asyncio.Event())
    sys.stdout.write(json.dumps({"doubted": doubted, **asdict(report)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
