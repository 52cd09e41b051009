"""Two relays on loopback: one dies in the middle of a send and comes back; what the rates of relays and domains do."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from aiosmtpd.smtp import SMTP

from digest.channels.relay import Security, SmtpOptions
from digest.channels.smtp import SmtpChannel
from digest.delivery.attempt import drain
from digest.delivery.identity import worker_name
from digest.delivery.plan import todays_slots
from digest.delivery.routes import Route
from digest.delivery.run import Terms
from digest.model.delivery import Composition, DeliveryState, DispatchKind, Profile
from digest.model.edition import Edition
from digest.model.message import Mail
from digest.model.rates import DomainRates, Rate
from digest.model.subscriber import DAILY, Consent, Subscriber, SubscriberState
from digest.storage.database import open_store

NOW = datetime.now(UTC)
PROFILE = Profile(timezone="UTC", send_at=0, days=DAILY)
CONNECTIONS = 3


class Clock:
    """The real time, and what was added to it."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead


class Relay:
    """A relay that can be killed and started again, at the same port; `after` is called with each mail."""

    def __init__(self, after=lambda relay: None):
        self.mails = []
        self.times = []
        self.after = after
        self.port = 0
        self.server = None
        self.open = set()
        self.answer = "250 2.0.0 kept"

    async def start(self):
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(self.connection, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    def connection(self):
        protocol = SMTP(self, ident="test")
        self.open.add(protocol)
        return protocol

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - named by aiosmtpd
        self.mails += envelope.rcpt_tos
        self.times.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.001)
        self.after(self)
        return self.answer

    def kill(self):
        """Go away without a word."""
        self.server.close()
        for protocol in self.open:
            if protocol.transport is not None:
                protocol.transport.abort()
        self.open.clear()

    @property
    def place(self):
        return f"127.0.0.1:{self.port}"

    def route(self, **chosen):
        options = SmtpOptions(
            host="127.0.0.1", port=self.port, security=Security.CLEAR, local_hostname="digest.example"
        )
        return Route(channel=SmtpChannel(options), connections=CONNECTIONS, **chosen)


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as opened:
        yield opened


def planned(store, addresses):
    """An edition planned for these readers."""
    consent = Consent(text="said yes", at=NOW, origin="test")
    people = [
        Subscriber(address=address, state=SubscriberState.ACTIVE, consent=consent, joined_at=NOW)
        for address in addresses
    ]
    store.subscribers.enrol(people)
    edition = store.editions.cut(Edition(date=NOW.date(), cut_at=NOW, title="The Daily"))
    dispatch = store.planner.open(DispatchKind.EDITION, edition=edition.number, now=NOW)
    slots = todays_slots([PROFILE], now=NOW)
    store.planner.plan(dispatch, slots, defaults=PROFILE, domain="digest.example", now=NOW)


def readers(count, domain="mail.example"):
    return [f"reader{number}@{domain}" for number in range(count)]


async def send(store, routes, clock=None, **terms):
    def write(claims):
        store.ledger.compose({claim.delivery.id: Composition(lineup=b"\x80") for claim in claims}, now=NOW)
        return [
            Mail(
                envelope_from="bounces@digest.example",
                envelope_to=claim.delivery.target,
                message_id=claim.delivery.message_id,
                content=f"Message-ID: <{claim.delivery.message_id}>\r\n\r\nnews\r\n".encode(),
            )
            for claim in claims
        ]

    chosen = {"worker": worker_name(), "rates": store.rates, "relays": store.relays, "rest": 0.05, **terms}
    return await drain(store.ledger, routes, write, terms=Terms(**chosen), clock=clock or Clock(), stop=asyncio.Event())


def with_relays(*relays, main):
    async def run():
        for relay in relays:
            await relay.start()
        try:
            return await main()
        finally:
            for relay in relays:
                relay.kill()
            await asyncio.sleep(0.01)

    return asyncio.run(run())


def states(store):
    return {tally.state: tally.count for tally in store.history.tallies([1])}


def test_a_relay_that_dies_in_the_middle_loses_nothing_and_doubles_nothing_and_is_used_again(store):
    planned(store, readers(800))
    clock, died_with = Clock(), []
    steady, mortal = Relay(), Relay()

    def die(relay):
        if len(relay.mails) >= 60 and not died_with:
            died_with.append(len(relay.mails))
            relay.kill()

    def back(relay):
        if len(relay.mails) >= 400 and not revived:
            clock.ahead = timedelta(seconds=70)
            revived.append(asyncio.get_running_loop().create_task(mortal.start()))

    revived = []
    mortal.after, steady.after = die, back
    report = with_relays(steady, mortal, main=lambda: send(store, [steady.route(), mortal.route()], clock, hold=True))
    everybody = Counter(steady.mails) + Counter(mortal.mails)
    assert died_with
    assert max(everybody.values()) == 1
    assert states(store).get(DeliveryState.UNCONFIRMED, 0) == report.unconfirmed <= CONNECTIONS
    assert report.accepted + report.unconfirmed == 800
    assert (report.stopped, report.deferred, report.failed) == ("", 0, 0)
    assert set(everybody) | {row.target for row in unconfirmed(store)} == set(readers(800))
    assert len(mortal.mails) > 100
    assert [health.faults for health in store.relays.health()] == [0]


def unconfirmed(store):
    return store.history.in_state(1, DeliveryState.UNCONFIRMED, limit=99)


def test_mails_are_spread_by_weight_and_who_stands_by_stands_by(store):
    planned(store, readers(400))
    big, small, spare = Relay(), Relay(), Relay()
    routes = lambda: [big.route(weight=3), small.route(), spare.route(weight=0)]  # noqa: E731 - ports come later
    report = with_relays(big, small, spare, main=lambda: send(store, routes()))
    assert report.accepted == 400
    assert spare.mails == []
    assert abs(len(big.mails) - 300) <= 20


def test_who_stands_by_carries_all_when_no_other_is_up(store):
    planned(store, readers(50))
    spare, gone = Relay(), Relay()

    async def main():
        gone.kill()
        return await send(store, [gone.route(), spare.route(weight=0)])

    assert with_relays(spare, gone, main=main).accepted == 50
    assert sorted(spare.mails) == sorted(readers(50))
    shares = {share.way: share.count for share in store.answers.by_relay(1)}
    assert shares == {spare.place: 50}


def test_the_rate_of_a_relay_spaces_its_mails_and_holds_over_two_runs(store):
    planned(store, readers(30))
    relay = Relay()

    async def main():
        first = await send(store, [relay.route(rate=Rate(per_second=50, per_day=20))])
        second = await send(store, [relay.route(rate=Rate(per_second=50, per_day=20))])
        return first, second

    first, second = with_relays(relay, main=main)
    assert (first.accepted, second.accepted) == (20, 0)
    assert first.waits.startswith("the rates leave no room before ")
    assert second.waits.startswith("the rates leave no room before ")
    assert states(store) == {DeliveryState.ACCEPTED: 20, DeliveryState.QUEUED: 10}
    assert relay.times[-1] - relay.times[0] >= 19 * 0.02 - 0.02


def test_two_workers_together_keep_the_bounds_of_relays_and_domains(store, tmp_path):
    planned(store, [*readers(60, "big.example"), *readers(60, "small.example")])
    relay = Relay()
    domains = DomainRates(named={"big.example": ("@big.example", Rate(per_hour=25))})

    async def main():
        with open_store(f"sqlite:///{tmp_path / 'digest.db'}") as other:
            routes = [[relay.route(rate=Rate(per_day=70))] for _ in range(2)]
            runs = (send(each, route, domains=domains) for each, route in zip((store, other), routes, strict=True))
            return await asyncio.gather(*runs)

    reports = with_relays(relay, main=main)
    assert len(relay.mails) == sum(report.accepted for report in reports) == 70
    assert len(set(relay.mails)) == 70
    assert sum(address.endswith("@big.example") for address in relay.mails) <= 25
    assert states(store)[DeliveryState.QUEUED] == 50


def test_a_domain_gets_its_mails_apart_and_others_do_not_wait_for_it(store):
    planned(store, [*readers(20, "big.example"), *readers(100, "small.example")])
    relay = Relay()
    domains = DomainRates(named={"big.example": ("@big.example", Rate(per_second=20))})
    report = with_relays(relay, main=lambda: send(store, [relay.route()], domains=domains))
    assert report.accepted == 120
    big = [at for address, at in zip(relay.mails, relay.times, strict=True) if address.endswith("@big.example")]
    assert big[-1] - big[0] >= 19 * 0.05 - 0.05
    assert sum(later - earlier >= 0.03 for earlier, later in pairwise(big)) >= 15
    assert relay.mails[-1].endswith("@big.example")


def test_a_relay_that_says_too_many_connections_gets_fewer_and_everybody_their_mail(store):
    planned(store, readers(60))

    class Narrow(Relay):
        most = 0

        async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 - named by aiosmtpd
            alive = [each for each in self.open if each.transport is not None and not each.transport.is_closing()]
            self.most = max(self.most, len(alive))
            if len(alive) > 1:
                server.transport.close()
                return ["421 4.7.0 too many connections"]
            session.host_name = hostname
            return responses

    relay = Narrow()
    report = with_relays(relay, main=lambda: send(store, [relay.route()]))
    assert report.accepted == 60
    assert sorted(relay.mails) == sorted(readers(60))
    assert report.stopped == ""
