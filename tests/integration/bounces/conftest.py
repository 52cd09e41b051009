"""A newspaper with one reader and her papers, and mails that came back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.app import App, open_app
from digest.model.delivery import DeliveryState, DispatchKind, Outcome, Slot
from digest.model.edition import Edition, EditionState
from digest.model.message import Letterhead, Rendering
from digest.model.subscriber import Subscriber, SubscriberState
from digest.settings.read import read_settings

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
ANA, BO = "ana@quay.example", "bo@quay.example"

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.relay.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.relay.example

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} {words}

--edge
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>
To: {address}

--edge--
"""


class Papers:
    """A newspaper whose clock is set by hand."""

    def __init__(self, app: App) -> None:
        self.app, self.store = app, app.store

    def send(self, days: int = 0, *addresses: str, state: DeliveryState = DeliveryState.ACCEPTED, **more: object):
        """The paper of a day after the first for everybody; returns the deliveries by address."""
        due = NOW + timedelta(days=days)
        number = self.store.editions.cut(Edition(date=due.date(), cut_at=due, title="The Courier")).number
        self.store.editions.move(number, EditionState.APPROVED)
        self.store.editions.freeze(number, Rendering(language="en", fingerprint="f", letterhead=Letterhead()))
        dispatch = self.store.planner.open(DispatchKind.EDITION, edition=number, now=due)
        slot = Slot(profile=self.app.defaults, local_date=due.date(), due_at=due)
        self.store.planner.plan(dispatch, (slot,), defaults=self.app.defaults, domain="courier.example", now=due)
        lease = timedelta(minutes=10)
        sent = {}
        for claim in self.store.ledger.claim(worker="w", limit=10, lease=lease, now=due):
            self.store.ledger.sending(claim.delivery.id, worker="w", until=due + lease, now=due).result(10)
            outcome = Outcome(state=state, **more)
            self.store.ledger.settle(claim.delivery.id, outcome, worker="w", now=due).result(10)
            sent[claim.delivery.target] = self.store.bounces.delivery(claim.delivery.id)
        return sent

    def path(self, delivery) -> str:
        return self.app.return_path(delivery.id)

    def report(
        self, delivery=None, *, address: str = ANA, status: str = "5.1.1", words: str = "User unknown", **parts
    ) -> bytes:
        """A report about a delivery, or about an address alone."""
        to = parts.get("to") or (self.path(delivery) if delivery else "bounces@courier.example")
        message_id = parts.get("message_id") or (delivery.message_id if delivery else "x@elsewhere.example")
        return REPORT.format(to=to, address=address, status=status, words=words, message_id=message_id).encode()

    def reason(self, address: str = ANA) -> str:
        found = self.store.suppressions.find(address)
        return found.reason if found else ""

    def state(self, address: str = ANA) -> SubscriberState:
        return self.store.subscribers.find(address).state


@pytest.fixture
def settings_given(tmp_path: Path) -> dict[str, str]:
    return {
        "DIGEST_DATABASE_URL": f"sqlite:///{tmp_path / 'digest.db'}",
        "DIGEST_SECRET_KEY": "k" * 32,
        "DIGEST_PUBLIC_URL": "https://news.courier.example",
        "DIGEST_BOUNCE_ADDRESS": "bounces@courier.example",
    }


@pytest.fixture
def papers(settings_given, tmp_path):
    settings = read_settings(settings_given, dotenv=tmp_path / "none")
    with open_app(settings, now=NOW + timedelta(hours=1)) as app:
        people = [Subscriber(address=address, state=SubscriberState.ACTIVE) for address in (ANA, BO)]
        app.store.subscribers.enrol(people)
        yield Papers(app)


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    folder = tmp_path / "Bounces"
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True)
    return folder
