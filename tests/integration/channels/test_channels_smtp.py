"""SMTP against a real server on loopback, well and badly behaved."""

import asyncio
import socket
import ssl
from itertools import zip_longest

import pytest

from digest.channels.relay import Security
from digest.channels.smtp import SmtpChannel
from digest.errors import ChannelDown, DeliveryError, MessageRefused, RecipientRefused, TryLater, Unconfirmed
from digest.model.delivery import Receipt
from digest.model.message import Mail

# The server warns of a login without TLS, which is safe on loopback.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")

BODY = b"Subject: news\r\n\r\n.a line with a dot\r\nlast line\r\n"


def mail(to="ana@mail.example", *, sender="bounces@digest.example", content=BODY):
    return Mail(envelope_from=sender, envelope_to=to, message_id=f"1.{to}", content=content)


async def go():
    return True


async def attempt(connection, letter, *, starting=go, following=None):
    try:
        return await connection.send(letter, starting=starting, following=following)
    except DeliveryError as error:
        return error


@pytest.fixture
def carry(relay, listen, options_for):
    """Carry mails over one connection, each announced with the one before; gives the receipts and errors."""

    def run(*mails, server=None, tls=None, **options):
        async def main():
            async with listen(relay, **(server or {})):
                channel = SmtpChannel(options_for(relay, **options), tls=tls)
                async with channel.connect() as connection:
                    pairs = zip_longest(mails, mails[1:])
                    return [await attempt(connection, letter, following=following) for letter, following in pairs]

        return asyncio.run(main())

    return run


def heard(relay, verb):
    return [command for command in relay.commands if command.startswith(verb)]


def test_mails_are_accepted_over_one_connection_without_a_needless_word(carry, relay):
    receipts = carry(mail("ana@mail.example"), mail("ben@mail.example"))
    assert receipts == [
        Receipt(text="2.0.0 kept as 1", enhanced="2.0.0"),
        Receipt(text="2.0.0 kept as 2", enhanced="2.0.0"),
    ]
    assert [envelope.content for envelope in relay.mails] == [BODY, BODY]
    assert [envelope.rcpt_tos for envelope in relay.mails] == [["ana@mail.example"], ["ben@mail.example"]]
    assert relay.connections == 1
    assert [command.split()[0] for command in relay.commands] == ["EHLO", *["MAIL", "RCPT", "DATA"] * 2, "QUIT"]
    assert relay.commands[1] == f"MAIL FROM:<bounces@digest.example> SIZE={len(BODY)}"


@pytest.mark.parametrize(
    ("moment", "action", "kind"),
    [
        ("RCPT ana@mail.example", "550 5.1.1 no such user", RecipientRefused),
        ("RCPT ana@mail.example", "450 4.2.0 greylisted", TryLater),
        ("RCPT ana@mail.example", "421 4.3.2 closing", TryLater),
        ("RCPT ana@mail.example", "drop", TryLater),
        ("RCPT ana@mail.example", "silence", TryLater),
        ("RCPT ana@mail.example", "garbage", TryLater),
        ("DATA ana@mail.example", "451 4.3.0 later", TryLater),
        ("DATA ana@mail.example", "554 5.7.1 not from you", MessageRefused),
        ("DATA ana@mail.example", "250 not what was asked", TryLater),
        ("DATA ana@mail.example", "drop", TryLater),
        ("DATA ana@mail.example", "silence", TryLater),
        (". ana@mail.example", "554 5.7.1 looks like spam", MessageRefused),
        (". ana@mail.example", "550 5.1.1 no such user", RecipientRefused),
        (". ana@mail.example", "451 4.7.1 greylisted", TryLater),
        (". ana@mail.example", "421 4.3.0 closing", TryLater),
        (". ana@mail.example", "drop", Unconfirmed),
        (". ana@mail.example", "silence", Unconfirmed),
        (". ana@mail.example", "garbage", Unconfirmed),
    ],
)
def test_a_fault_of_one_mail_leaves_the_next_alone(carry, relay, moment, action, kind):
    relay.script[moment] = action
    first, second = carry(mail("ana@mail.example"), mail("ben@mail.example"))
    assert type(first) is kind
    assert "\n" not in first.message
    assert second == Receipt(text="2.0.0 kept as 1", enhanced="2.0.0")
    assert [envelope.rcpt_tos for envelope in relay.mails] == [["ben@mail.example"]]


def test_a_refused_recipient_costs_one_rset_and_no_connection(carry, relay):
    relay.script["RCPT ana@mail.example"] = "550 5.1.1 no such user"
    carry(mail("ana@mail.example"), mail("ben@mail.example"))
    assert heard(relay, "RSET") == ["RSET"]
    assert relay.connections == 1


def test_a_server_silent_at_rset_does_not_hide_the_verdict(carry, relay):
    relay.script.update({"RCPT ana@mail.example": "550 5.1.1 no such user", "RSET": "silence"})
    first, second = carry(mail("ana@mail.example"), mail("ben@mail.example"))
    assert isinstance(first, RecipientRefused)
    assert second == Receipt(text="2.0.0 kept as 1", enhanced="2.0.0")
    assert relay.connections == 2


@pytest.mark.parametrize("action", ["530 5.7.0 log in", "421 4.7.0 busy", "drop", "silence", "garbage"])
def test_a_fault_at_mail_is_the_channels(carry, relay, action):
    relay.script["MAIL"] = action
    [error] = carry(mail())
    assert type(error) is ChannelDown
    assert not relay.mails


def test_a_size_refused_at_mail_is_the_mails(carry, relay):
    relay.script["MAIL"] = "552 5.3.4 too big for us"
    [error] = carry(mail())
    assert type(error) is MessageRefused


def test_421_after_some_mails_ends_the_connection_and_a_new_one_goes_on(carry, relay):
    relay.closes_after = 2
    answers = carry(*(mail(f"r{number}@mail.example") for number in range(5)))
    assert [type(answer) for answer in answers] == [Receipt, Receipt, ChannelDown, Receipt, Receipt]
    assert answers[2].code == 421
    assert relay.connections == 2


def test_a_connection_is_recycled_after_enough_mails(carry, relay):
    answers = carry(*(mail(f"r{number}@mail.example") for number in range(7)), recycle_after=3)
    assert all(isinstance(answer, Receipt) for answer in answers)
    assert relay.connections == 3
    assert heard(relay, "QUIT") == ["QUIT"] * 3


def test_an_international_domain_is_written_in_ascii(carry, relay):
    assert isinstance(carry(mail("ana@straße.example"))[0], Receipt)
    assert heard(relay, "RCPT") == ["RCPT TO:<ana@xn--strae-oqa.example>"]
    assert "SMTPUTF8" not in heard(relay, "MAIL")[0]


def test_an_international_local_part_goes_where_smtputf8_is_offered(carry, relay):
    assert isinstance(carry(mail("jörg@mail.example"))[0], Receipt)
    assert heard(relay, "RCPT") == ["RCPT TO:<jörg@mail.example>"]
    assert heard(relay, "MAIL")[0].endswith(" SMTPUTF8")


def test_without_smtputf8_only_that_reader_goes_without(carry, relay):
    first, second = carry(mail("jörg@mail.example"), mail("ben@mail.example"), server={"utf8": False})
    assert type(first) is MessageRefused
    assert first.personal
    assert isinstance(second, Receipt)
    assert heard(relay, "RCPT") == ["RCPT TO:<ben@mail.example>"]


@pytest.mark.parametrize(
    "address",
    [
        "ana@mail.example> SIZE=0\r\nRCPT TO:<eve@mail.example",
        "a na@mail.example",
        "ana",
        "@mail.example",
        "ana@",
        "ana\udc80@mail.example",
        "ana@-ö-.example",
        f"ana@{'ö' * 80}.example",
    ],
)
def test_an_address_that_cannot_stand_in_an_envelope_never_reaches_the_wire(carry, relay, address):
    first, second = carry(mail(address), mail("ben@mail.example"))
    assert type(first) is MessageRefused
    assert first.personal
    assert isinstance(second, Receipt)
    assert len(heard(relay, "RCPT")) == 1


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"x\r\n.\nMAIL FROM:<eve@mail.example>\r\n"])
def test_a_bare_line_end_never_reaches_the_wire(carry, relay, content):
    [error] = carry(mail(content=content))
    assert type(error) is MessageRefused
    assert not heard(relay, "MAIL")


@pytest.mark.parametrize("content", [b".", b"..\r\n.\r\n", b"a\r\n.\r\nb", b"\r\n", b""])
def test_dots_arrive_as_they_were(carry, relay, content):
    assert isinstance(carry(mail(content=content))[0], Receipt)
    assert relay.mails[0].content == (content if content.endswith(b"\r\n") else content + b"\r\n")


def test_a_mail_over_the_announced_size_is_refused_here(carry, relay):
    [error] = carry(mail(content=b"x" * 70 + b"\r\n"), server={"data_size_limit": 60})
    assert type(error) is MessageRefused
    assert not heard(relay, "MAIL")


def test_eight_bit_content_is_declared(carry, relay):
    assert isinstance(carry(mail(content="Grüße\r\n".encode()))[0], Receipt)
    assert "BODY=8BITMIME" in heard(relay, "MAIL")[0]


def test_the_null_return_path_is_written_as_such(carry, relay):
    relay.script["MAIL"] = "451 4.3.0 heard enough"
    carry(mail(sender=""))
    assert heard(relay, "MAIL")[0].startswith("MAIL FROM:<> ")


def test_a_mail_that_must_not_go_any_more_does_not(relay, listen, options_for):
    async def stay():
        return False

    async def main():
        async with listen(relay), SmtpChannel(options_for(relay)).connect() as connection:
            return [
                await attempt(connection, mail("ana@mail.example"), starting=stay),
                await attempt(connection, mail("ben@mail.example")),
            ]

    assert asyncio.run(main()) == [None, Receipt(text="2.0.0 kept as 1", enhanced="2.0.0")]
    assert [envelope.rcpt_tos for envelope in relay.mails] == [["ben@mail.example"]]


def test_after_a_cancelled_send_the_next_gets_its_own_answer(relay, listen, options_for):
    relay.script[". ana@mail.example"] = "silence"

    async def main():
        async with listen(relay), SmtpChannel(options_for(relay, content_timeout=20)).connect() as connection:
            sending = asyncio.create_task(connection.send(mail("ana@mail.example"), starting=go))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(sending, 0.1)
            return await attempt(connection, mail("ben@mail.example"))

    assert asyncio.run(main()) == Receipt(text="2.0.0 kept as 1", enhanced="2.0.0")
    assert relay.connections == 2


def test_the_right_password_opens_the_door(carry, relay, login):
    assert isinstance(carry(mail(), server=login, username="ana", password="right")[0], Receipt)


def test_a_wrong_password_is_one_clear_sentence_without_it(carry, relay, login):
    with pytest.raises(ChannelDown) as caught:
        carry(mail(), server=login, username="ana", password="hunter2")
    assert caught.value.message == f"127.0.0.1:{relay.port} refuses the login of ana: 535 5.7.8"
    assert caught.value.hint


def test_a_server_without_login_says_so(carry, relay):
    with pytest.raises(ChannelDown, match="AUTH extension is not supported"):
        carry(mail(), username="ana", password="hunter2")


def test_starttls_encrypts_and_checks_the_certificate(carry, relay, server_tls, trusting_tls):
    server = {"tls_context": server_tls, "require_starttls": True}
    assert isinstance(carry(mail(), server=server, security=Security.STARTTLS, tls=trusting_tls)[0], Receipt)


def test_tls_from_the_start(carry, relay, server_tls, trusting_tls):
    server = {"tls": server_tls}
    answers = carry(mail(), mail(), server=server, security=Security.TLS, tls=trusting_tls)
    assert all(isinstance(answer, Receipt) for answer in answers)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_wrong_certificate_is_refused_before_the_password(carry, relay, login, wrong_tls, trusting_tls, security):
    server = login | ({"tls": wrong_tls} if security is Security.TLS else {"tls_context": wrong_tls})
    with pytest.raises(ChannelDown, match="certificate that is not trusted"):
        carry(mail(), server=server, security=security, tls=trusting_tls, username="ana", password="right")
    assert not heard(relay, "AUTH")


@pytest.mark.parametrize("action", ["454 4.7.0 no TLS now", "drop", "garbage"])
def test_a_refused_starttls_is_the_channels(carry, relay, server_tls, trusting_tls, action):
    relay.script["STARTTLS"] = action
    with pytest.raises(ChannelDown):
        carry(mail(), server={"tls_context": server_tls}, security=Security.STARTTLS, tls=trusting_tls)
    assert not heard(relay, "MAIL")


def test_a_server_without_starttls_gets_nothing_in_clear(carry, relay):
    with pytest.raises(ChannelDown, match="STARTTLS"):
        carry(mail(), security=Security.STARTTLS, tls=ssl.create_default_context())
    assert not heard(relay, "MAIL")


def test_tls_to_a_server_in_clear_is_one_sentence(carry, relay):
    with pytest.raises(ChannelDown, match="does not speak TLS"):
        carry(mail(), security=Security.TLS, tls=ssl.create_default_context())


def test_a_refused_greeting_is_the_channels(carry, relay):
    relay.script.update({"EHLO": "554 5.7.1 go away", "HELO": "554 5.7.1 go away"})
    with pytest.raises(ChannelDown, match="refuses us: 554"):
        carry(mail())


def test_a_server_that_knows_no_extensions_is_greeted_the_old_way(carry, relay):
    relay.script["EHLO"] = "502 what"
    assert isinstance(carry(mail())[0], Receipt)
    assert relay.commands[2] == "MAIL FROM:<bounces@digest.example>"


def test_a_server_silent_at_the_goodbye_holds_nobody_up(carry, relay):
    relay.script["QUIT"] = "silence"
    assert isinstance(carry(mail(), goodbye_timeout=0.05)[0], Receipt)


def test_without_a_name_of_our_own_we_find_one(carry, relay):
    assert isinstance(carry(mail(), local_hostname="")[0], Receipt)
    assert len(relay.commands[0].split()) == 2


@pytest.mark.parametrize("name", ["kitchen", "kü.example", "two words.example", "a\r\nMAIL FROM:<x>.y"])
def test_a_name_that_is_no_full_host_name_is_replaced(carry, relay, name):
    assert isinstance(carry(mail(), local_hostname=name)[0], Receipt)
    assert relay.commands[0] == "EHLO [127.0.0.1]"


def test_cancelled_while_connecting_nothing_stays_open(options_for, relay):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        relay.port = mute.getsockname()[1]

        async def main():
            async with SmtpChannel(options_for(relay)).connect():
                pass

        async def impatient():
            await asyncio.wait_for(main(), 0.1)

        with pytest.raises(TimeoutError):
            asyncio.run(impatient())


def test_nobody_listening_is_one_sentence(options_for, relay):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        relay.port = unused.getsockname()[1]

        async def main():
            async with SmtpChannel(options_for(relay)).connect():
                pass

        with pytest.raises(ChannelDown, match="cannot be reached: Connection refused"):
            asyncio.run(main())


def test_a_server_that_never_greets_is_given_up(options_for, relay):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        relay.port = mute.getsockname()[1]

        async def main():
            async with SmtpChannel(options_for(relay, connect_timeout=0.2)).connect():
                pass

        with pytest.raises(ChannelDown, match="does not answer"):
            asyncio.run(main())
