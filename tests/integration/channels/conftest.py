"""A real SMTP server on loopback, which misbehaves as it is told."""

# ruff: noqa: N802 - the server calls methods named after commands

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from digest.channels.relay import Security, SmtpOptions


class Relay:
    """What happens on all connections: the mails kept, the commands heard, and the script.

    The script maps moments ("MAIL", "RCPT ana@x", "DATA ana@x", ". ana@x" for the content, "RSET", "EHLO") to what is
    done there instead of the server's own answer: an answer to give (after 421 the connection is closed), "drop",
    "silence" or "garbage". `closes_after` is how many mails a connection may carry. With `in_a_row` it announces
    PIPELINING.
    """

    def __init__(self, *, in_a_row=False):
        self.in_a_row = in_a_row
        self.port = 0
        self.mails = []
        self.commands = []
        self.connections = 0
        self.script = {}
        self.closes_after = None

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [*responses[:-1], *(["250-PIPELINING"] if self.in_a_row else []), responses[-1]]

    async def handle_DATA(self, server, session, envelope):
        server.carried += 1
        if await server.scripted(f". {envelope.rcpt_tos[0]}"):
            raise asyncio.CancelledError
        self.mails.append(envelope)
        return f"250 2.0.0 kept as {len(self.mails)}"

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address or "<>"
        return "250 2.1.0 ok"


class RelayProtocol(SMTP):
    """The server's side of one connection."""

    def __init__(self, relay, **settings):
        super().__init__(relay, ident="test", enable_SMTPUTF8=settings.pop("utf8", True), **settings)
        self.relay = relay
        self.carried = 0
        relay.connections += 1

    async def scripted(self, moment):
        action = self.relay.script.get(moment)
        if moment == "MAIL" and self.relay.closes_after == self.carried:
            action = "421 4.7.0 enough for now"
        if action == "drop":
            self.transport.abort()
        elif action == "silence":
            await asyncio.sleep(20)
        elif action == "garbage":
            await self.push("HTTP/1.1 400 Bad Request")
        elif action is not None:
            await self.push(action)
        if action is not None and action.startswith("421"):
            self.transport.close()
        return action is not None

    async def _heard(self, moment, command, arg):
        self.relay.commands.append(f"{command} {arg or ''}".strip())
        if not await self.scripted(moment):
            await getattr(super(), f"smtp_{command}")(arg)

    async def smtp_EHLO(self, hostname):
        await self._heard("EHLO", "EHLO", hostname)

    async def smtp_HELO(self, hostname):
        await self._heard("HELO", "HELO", hostname)

    async def smtp_AUTH(self, arg):
        await self._heard("AUTH", "AUTH", arg)

    async def smtp_STARTTLS(self, arg):
        await self._heard("STARTTLS", "STARTTLS", arg)

    async def smtp_RSET(self, arg):
        await self._heard("RSET", "RSET", arg)

    async def smtp_QUIT(self, arg):
        await self._heard("QUIT", "QUIT", arg)

    async def smtp_MAIL(self, arg):
        await self._heard("MAIL", "MAIL", arg)

    async def smtp_RCPT(self, arg):
        await self._heard(f"RCPT {arg[len('TO:<') : -1]}", "RCPT", arg)

    async def smtp_DATA(self, arg):
        await self._heard(f"DATA {''.join(self.envelope.rcpt_tos)}", "DATA", arg)


def authenticator(server, session, envelope, mechanism, data):
    good = data == LoginPassword(b"ana", b"right")
    return AuthResult(success=good, handled=False)


LOGIN = {"authenticator": authenticator, "auth_require_tls": False, "auth_required": True}


@asynccontextmanager
async def listening(relay, *, tls=None, **settings):
    """The relay on a free port of loopback, as long as the context lasts."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: RelayProtocol(relay, **settings), "127.0.0.1", 0, ssl=tls)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await asyncio.sleep(0.01)


@pytest.fixture(params=[False, True], ids=["step by step", "in a row"])
def relay(request):
    """A relay that takes commands one after the other, and one that takes them in a row."""
    return Relay(in_a_row=request.param)


@pytest.fixture
def listen():
    """A context that serves a relay in the running loop."""
    return listening


@pytest.fixture
def login():
    """Settings of a server that wants ana's password."""
    return LOGIN


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture(scope="session")
def server_tls(authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(params=["expired", "of another host", "of another authority"])
def wrong_tls(request, authority):
    """The certificates of servers that are not who they say they are."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if request.param == "expired":
        certificate = authority.issue_cert("127.0.0.1", not_after=datetime.now(UTC) - timedelta(days=1))
    elif request.param == "of another host":
        certificate = authority.issue_cert("mail.example")
    else:
        certificate = trustme.CA().issue_cert("127.0.0.1")
    certificate.configure_cert(context)
    return context


@pytest.fixture(scope="session")
def trusting_tls(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def options_for():
    """Options for a relay, with timeouts a test can wait for."""

    def make(relay, **changes):
        defaults = {
            "host": "127.0.0.1",
            "port": relay.port,
            "security": Security.CLEAR,
            "local_hostname": "digest.example",
            "connect_timeout": 5,
            "command_timeout": 0.3,
            "content_timeout": 0.3,
        }
        return SmtpOptions(**{**defaults, **changes})

    return make
