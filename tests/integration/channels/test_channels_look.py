"""What a relay offers, asked of a real server, and that no mail is begun."""

import asyncio
from datetime import UTC, datetime

import pytest

from digest.channels.relay import Security
from digest.channels.smtp import SmtpChannel
from digest.errors import ChannelDown

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")


@pytest.fixture
def look(relay, listen, options_for):
    def run(*, server=None, tls=None, server_tls=None, **options):
        async def main():
            async with listen(relay, tls=server_tls, **(server or {})):
                return await SmtpChannel(options_for(relay, **options), tls=tls).look()

        return asyncio.run(main())

    return run


def test_a_relay_in_clear(look, relay):
    offer = look(server={"data_size_limit": 2_000_000})
    assert {"8BITMIME", "SIZE", "SMTPUTF8"} <= set(offer.extensions)
    assert (offer.size, offer.tls, offer.expires_at, offer.address) == (2_000_000, "", None, "127.0.0.1")
    assert [command.split()[0] for command in relay.commands] == ["EHLO", "QUIT"]
    assert relay.mails == []


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_relay_behind_tls_shows_when_its_certificate_ends(look, relay, security, server_tls, trusting_tls):
    if security is Security.TLS:
        offer = look(server_tls=server_tls, tls=trusting_tls, security=security)
    else:
        offer = look(server={"tls_context": server_tls}, tls=trusting_tls, security=security)
    assert offer.tls == "TLSv1.3"
    assert offer.expires_at is not None
    assert offer.expires_at > datetime(2026, 1, 1, tzinfo=UTC)


def test_the_login_is_tried(look, login, relay):
    assert look(server=login, username="ana", password="right").extensions
    with pytest.raises(ChannelDown, match="refuses the login of ana: 535"):
        look(server=login, username="ana", password="wrong")
    assert not any(command.startswith("MAIL") for command in relay.commands)


def test_a_server_that_drops_the_line_at_quit_has_answered(look, relay):
    relay.script["QUIT"] = "drop"
    assert look().address == "127.0.0.1"


def test_a_relay_that_is_not_there(options_for, relay):
    relay.port = 9
    with pytest.raises(ChannelDown, match="cannot be reached"):
        asyncio.run(SmtpChannel(options_for(relay)).look())
