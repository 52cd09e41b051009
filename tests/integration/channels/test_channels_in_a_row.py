"""Commands in a row (RFC 2920): what goes together, what is announced, and what happens when it goes wrong."""

import asyncio

import pytest

from digest.channels.relay import Security, SmtpOptions
from digest.channels.smtp import SmtpChannel
from digest.errors import ChannelDown, DeliveryError, MessageRefused, TryLater, Unconfirmed
from digest.model.delivery import Receipt
from digest.model.message import Mail
from tests.integration.channels.smtpd import House, scripted

BODY = b"Subject: news\r\n\r\n.dot\r\nlast line\r\n"
KEPT = Receipt(text="2.0.0 kept", enhanced="2.0.0")
BIG = b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 500_000


def mail(name, content=BODY):
    return Mail(envelope_from=f"{name}+@digest.example", envelope_to=f"{name}@x", message_id=name, content=content)


def envelope(name, parameters=""):
    return f"MAIL FROM:<{name}+@digest.example>{parameters}\r\nRCPT TO:<{name}@x>\r\nDATA\r\n".encode()


ANA, BEN, EVE = mail("ana"), mail("ben"), mail("eve")
CONTENT = b"Subject: news\r\n\r\n..dot\r\nlast line\r\n.\r\n"


async def go():
    return True


async def stay():
    return False


async def attempt(connection, letter, following=None, starting=go):
    try:
        return await connection.send(letter, starting=starting, following=following)
    except DeliveryError as error:
        return error


def talk(house, *sendings, serving=None, trusting=None, **options):
    """Send over one connection; each sending is the arguments of `attempt`. Gives the outcomes."""

    async def main():
        async with scripted(house, tls=serving):
            wait = 0.3 if house.silent else 20
            times = {"command_timeout": wait, "content_timeout": wait, "goodbye_timeout": wait}
            channel = SmtpChannel(
                SmtpOptions(
                    host="127.0.0.1",
                    port=house.port,
                    security=Security.TLS if serving else Security.CLEAR,
                    local_hostname="digest.example",
                    **{**times, **options},
                ),
                tls=trusting,
            )
            async with channel.connect() as connection:
                return [await attempt(connection, *sending) for sending in sendings]

    return asyncio.run(main())


def names(house):
    return [recipients[0].removesuffix("@x") for recipients, _ in house.kept]


def test_the_envelope_is_one_write_and_the_next_one_goes_with_the_content():
    house = House()
    assert talk(house, (ANA, BEN), (BEN,)) == [KEPT, KEPT]
    assert house.writes[1:] == [envelope("ana"), CONTENT + envelope("ben"), CONTENT, b"QUIT\r\n"]


def test_a_server_that_does_not_announce_it_gets_one_command_at_a_time():
    house = House(extensions=())
    assert talk(house, (ANA, BEN), (BEN,)) == [KEPT, KEPT]
    one, two = (envelope(name).splitlines(keepends=True) for name in ("ana", "ben"))
    assert house.writes[1:] == [*one, CONTENT, *two, CONTENT, b"QUIT\r\n"]


@pytest.mark.parametrize("offer", ["XPIPELINING", "PIPELINING-NOT", "SIZE PIPELINING"])
def test_only_the_word_itself_announces_it(offer):
    house = House(extensions=(offer,))
    talk(house, (ANA,))
    assert house.writes[1].startswith(b"MAIL")
    assert b"DATA" not in house.writes[1]


@pytest.mark.parametrize(
    "then", [(), (EVE,), (mail("ben"),)], ids=["none comes", "another comes", "one of the same name comes"]
)
def test_what_was_announced_and_does_not_come_is_never_delivered(then):
    house = House()
    outcomes = talk(house, (ANA, BEN), *([then] if then else []))
    assert outcomes == [KEPT] * len(outcomes)
    assert names(house) == ["ana", *(letter.envelope_to[:3] for letter in then)]
    assert house.connections == len(outcomes)
    assert house.lines.count("QUIT") == (1 if then else 0)


def test_what_was_announced_and_must_not_go_any_more_does_not():
    house = House()
    assert talk(house, (ANA, BEN), (BEN, EVE, stay), (EVE,)) == [KEPT, None, KEPT]
    assert names(house) == ["ana", "eve"]
    assert house.connections == 2


def test_a_fault_while_it_is_asked_whether_to_start_drops_the_connection():
    async def fail():
        raise TryLater("the store is busy")

    house = House()
    assert isinstance(talk(house, (ANA, None, fail), (BEN,))[0], TryLater)
    assert names(house) == ["ben"]
    assert house.connections == 2


@pytest.mark.parametrize(
    "unsendable",
    [mail("ben", b"bare\nline\r\n"), mail("two words"), mail("ben", b"x" * 99 + b"\r\n"), mail("ben", b"\xff\r\n")],
    ids=["line end", "address", "size", "eight bits"],
)
def test_what_will_not_be_sent_is_not_announced(unsendable):
    house = House(extensions=("PIPELINING", "SIZE 90"))
    outcomes = talk(house, (ANA, unsendable), (unsendable,), (BEN,))
    assert [type(outcome) for outcome in outcomes] == [Receipt, MessageRefused, Receipt]
    assert house.connections == 1


def test_the_last_mail_of_a_connection_announces_nothing():
    house = House()
    assert talk(house, (ANA, BEN), (BEN, EVE), (EVE,), recycle_after=2) == [KEPT] * 3
    assert house.writes[1:4] == [envelope("ana"), CONTENT + envelope("ben"), CONTENT]
    assert house.connections == 2


def test_starting_is_asked_after_the_answers_and_before_the_content():
    house = House()
    seen = []

    async def look():
        seen.append((list(house.lines), len(house.kept)))
        return True

    talk(house, (ANA, BEN, look), (BEN, None, look))
    assert [lines[-1] for lines, _ in seen] == ["DATA", "DATA"]
    assert [kept for _, kept in seen] == [0, 1]


@pytest.mark.parametrize("deed", ["later", "never"])
@pytest.mark.parametrize("step", ["MAIL ana+@digest.example", "RCPT ana@x", "DATA ana@x"])
@pytest.mark.parametrize("generous", [False, True])
def test_a_refused_envelope_costs_no_connection(step, deed, generous):
    house = House(at={step: deed}, generous=generous)
    asked = []

    async def look():
        asked.append(1)
        return True

    first, second = talk(house, (ANA, BEN, look), (BEN,))
    assert isinstance(first, DeliveryError)
    assert first.code == {"later": 451, "never": 550}[deed]
    assert (second, names(house), house.connections, asked) == (KEPT, ["ben"], 1, [])
    assert house.lines.count("RSET") == (0 if step.startswith("MAIL") and not generous else 1)


def test_after_a_fault_rset_goes_together_with_the_next_envelope():
    house = House(at={"RCPT ana@x": "never"})
    talk(house, (ANA,), (BEN,))
    assert house.writes[1:] == [envelope("ana"), b"RSET\r\n" + envelope("ben"), CONTENT, b"QUIT\r\n"]


@pytest.mark.parametrize("deed", ["never", "closing", "gone", "silence", "garbage"])
def test_a_rset_that_goes_wrong_costs_the_connection_and_no_mail(deed):
    house = House(at={"RCPT ana@x": "never", "RSET": deed})
    first, second = talk(house, (ANA,), (BEN,))
    assert first.code == 550
    assert (second, names(house), house.connections) == (KEPT, ["ben"], 2)


@pytest.mark.parametrize("deed", ["closing", "gone", "silence", "garbage"])
@pytest.mark.parametrize("step", ["MAIL ana+@digest.example", "RCPT ana@x"])
def test_a_refusal_stands_whatever_becomes_of_the_commands_after_it(step, deed):
    house = House(at={step: "never", "DATA": deed}, generous=True, sloppy=True)
    [first] = talk(house, (ANA,))
    assert first.code == 550
    assert names(house) == []


def test_a_refused_recipient_whose_content_is_asked_for_all_the_same_gets_a_single_dot():
    house = House(at={"RCPT ana@x": "never"}, generous=True)
    first, second = talk(house, (ANA, BEN), (BEN,))
    assert first.code == 550
    assert (second, names(house)) == (KEPT, ["ben"])
    assert house.writes[2] == b".\r\n"


@pytest.mark.parametrize("deed", ["closing", "gone", "silence", "garbage"])
def test_a_single_dot_that_goes_wrong_costs_the_connection_and_not_the_verdict(deed):
    house = House(at={"RCPT ana@x": "never", "DOT": deed}, generous=True)
    [first] = talk(house, (ANA,))
    assert first.code == 550
    assert names(house) == []


def test_a_recipient_accepted_after_a_refused_sender_gets_no_empty_mail():
    house = House(sloppy=True, deeds=["never"])
    first, second = talk(house, (ANA,), (BEN,))
    assert first.code == 550
    assert (second, names(house), house.connections) == (KEPT, ["ben"], 2)


def test_one_in_ten_refused():
    readers = [mail(f"r{number}") for number in range(50)]
    house = House(at={f"RCPT r{number}@x": "never" for number in range(0, 50, 10)})
    outcomes = talk(house, *zip(readers, [*readers[1:], None], strict=True))
    assert [outcome == KEPT for outcome in outcomes] == [number % 10 != 0 for number in range(50)]
    assert names(house) == [f"r{number}" for number in range(50) if number % 10]
    assert (house.connections, house.lines.count("RSET")) == (1, 5)


@pytest.mark.parametrize("deed", ["later", "never", "closing", "gone", "reset", "silence", "garbage"])
def test_a_receipt_stands_whatever_becomes_of_the_mail_that_follows(deed):
    for step in ("MAIL ben+@digest.example", "RCPT ben@x", "DATA ben@x", "DOT ben@x"):
        house = House(at={step: deed})
        first, second, third = talk(house, (ANA, BEN), (BEN, EVE), (EVE,))
        assert first == KEPT
        assert names(house)[0] == "ana"
        assert isinstance(second, DeliveryError) or deed in {"gone", "reset"}
        assert third == KEPT


@pytest.mark.parametrize("deed", ["gone", "reset"])
def test_a_connection_that_ends_between_two_mails_costs_neither(deed):
    house = House(deeds=["well"] * 4 + [deed])
    assert talk(house, (ANA, BEN), (BEN,)) == [KEPT, KEPT]
    assert house.connections == 2


def test_a_connection_closed_after_its_answer_is_opened_anew():
    house = House(at={"DOT ana@x": "then gone"})
    assert talk(house, (ANA, BEN), (BEN,)) == [KEPT, KEPT]
    assert house.connections == 2


@pytest.mark.parametrize("deed", ["gone", "reset"])
def test_a_server_that_ends_every_connection_at_mail_is_the_channels_fault(deed):
    house = House(at={"MAIL ana+@digest.example": deed})
    [error] = talk(house, (ANA,))
    assert type(error) is ChannelDown
    assert house.connections == 2


@pytest.mark.parametrize("deed", ["gone", "reset", "silence", "garbage", "endless", "lines without end"])
def test_no_answer_after_the_dot_is_known_from_all_else(deed):
    house = House(at={"DOT ana@x": deed})
    first, second = talk(house, (ANA, BEN), (BEN,))
    assert type(first) is Unconfirmed
    assert (second, names(house)) == (KEPT, ["ana", "ben"])


@pytest.mark.parametrize("deed", ["gone", "reset", "silence", "garbage", "endless", "no answer"])
@pytest.mark.parametrize("step", ["RCPT ana@x", "DATA ana@x"])
def test_what_goes_wrong_before_the_content_may_be_tried_again(step, deed):
    house = House(at={step: deed})
    first, second = talk(house, (ANA, BEN), (BEN,))
    assert type(first) is TryLater
    assert (second, names(house)) == (KEPT, ["ben"])


def test_an_answer_that_nobody_asked_for_keeps_the_content_back():
    house = House(at={"DATA ana@x": "one too many"})

    async def wait():
        await asyncio.sleep(0.05)
        return True

    [error] = talk(house, (ANA, None, wait))
    assert type(error) is TryLater
    assert "250 2.0.0 and one more unasked" in error.message
    assert names(house) == []


def test_a_server_that_does_not_take_the_whole_content_has_not_got_the_mail():
    house = House(at={"DATA ana@x": "reads no more"})
    [error] = talk(house, (mail("ana", BIG),))
    assert type(error) is TryLater
    assert names(house) == []


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["in a row", "step by step"])
@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("MAIL ana+@digest.example", ChannelDown),
        ("RCPT ana@x", TryLater),
        ("DATA ana@x", TryLater),
        ("DOT ana@x", Unconfirmed),
    ],
)
def test_a_server_that_drips_is_not_waited_for_beyond_its_time(step, kind, extensions):
    house = House(at={step: "drips"}, extensions=extensions)
    first, second = talk(house, (ANA, BEN), (BEN,))
    assert type(first) is kind
    assert "did not answer in time" in first.message
    assert (second, house.connections) == (KEPT, 2)


@pytest.mark.parametrize("step", ["MAIL ana+@digest.example", "RCPT ana@x", "DATA ana@x", "DOT ana@x"])
def test_a_slow_server_is_waited_for_within_its_time(step):
    house = House(at={step: "drips"}, pause=0.001)
    assert talk(house, (ANA, BEN), (BEN,), command_timeout=30, content_timeout=30) == [KEPT, KEPT]


@pytest.mark.parametrize("deed", ["gone in content", "reset in content"])
@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["in a row", "step by step"])
def test_a_connection_that_ends_in_the_content_leaves_the_mail_unconfirmed(deed, extensions):
    house = House(at={"DATA ana@x": deed}, extensions=extensions)
    first, second = talk(house, (ANA, BEN), (BEN,))
    assert type(first) is Unconfirmed
    assert (second, names(house)) == (KEPT, ["ben"])


def test_a_content_that_has_not_left_when_the_connection_ends_may_be_tried_again():
    house = House(at={"DATA ana@x": "gone in content"})
    first, second = talk(house, (mail("ana", BIG), BEN), (BEN,), content_timeout=20)
    assert type(first) in {TryLater, Unconfirmed}
    assert (second, names(house)) == (KEPT, ["ben"])


def test_a_goodbye_between_two_mails_costs_neither():
    house = House()

    async def idle():
        for door in house.doors:
            if not door.is_closing():
                door.write(b"421 4.4.2 idle for too long\r\n")
                door.close()
        await asyncio.sleep(0.05)
        return False

    assert talk(house, (ANA,), (BEN, None, idle), (BEN,)) == [KEPT, None, KEPT]


def test_over_tls_the_same_goes(server_tls, trusting_tls):
    big = b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 20_000
    readers = [mail(f"r{number}", big) for number in range(6)]
    house = House(at={"RCPT r2@x": "never", "DOT r3@x": "gone"})
    sendings = zip(readers, [*readers[1:], None], strict=True)
    outcomes = talk(house, *sendings, serving=server_tls, trusting=trusting_tls, content_timeout=20)
    assert [type(outcome) for outcome in outcomes] == [Receipt] * 2 + [MessageRefused, Unconfirmed] + [Receipt] * 2
    assert [content for _, content in house.kept] == [big] * 5


@pytest.mark.parametrize("deed", ["in pieces", "in lines", "with noise"])
def test_answers_may_come_in_any_form(deed):
    house = House(deeds=[deed] * 8)
    outcomes = talk(house, (ANA, BEN), (BEN,))
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    assert all(outcome.text.isprintable() and len(outcome.text) <= 300 for outcome in outcomes)
    assert names(house) == ["ana", "ben"]


def test_a_server_that_loses_what_comes_in_a_row_gets_one_command_at_a_time():
    house = House(forgetful=True)
    first, second, third = talk(house, (ANA, BEN), (BEN, EVE), (EVE,))
    assert (type(first), second, third) == (TryLater, KEPT, KEPT)
    assert names(house) == ["ben", "eve"]
    assert house.connections == 2


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["in a row", "step by step"])
@pytest.mark.parametrize("deed", ["closing", "closing, it says"])
def test_421_closes_wherever_it_comes(deed, extensions):
    for step in ("MAIL ana+@digest.example", "RCPT ana@x", "DATA ana@x", "DOT ana@x"):
        house = House(at={step: deed}, extensions=extensions)
        first, second = talk(house, (ANA, BEN), (BEN,))
        assert first.code == 421
        assert (second, names(house), house.connections) == (KEPT, ["ben"], 2)


def test_after_a_while_it_is_trusted_again():
    house = House(forgetful=True)
    outcomes = talk(house, (ANA, BEN), (BEN, EVE), distrust_for=0)
    assert [type(outcome) for outcome in outcomes] == [TryLater, TryLater]


def test_a_refusal_at_the_dot_leaves_the_announced_mail_alone():
    house = House(at={"DOT ana@x": "never"})
    first, second = talk(house, (ANA, BEN), (BEN,))
    assert type(first) is MessageRefused
    assert (second, names(house), house.connections) == (KEPT, ["ben"], 1)
    assert house.lines.count("RSET") == 0


def test_a_refused_reader_among_announced_ones():
    house = House(at={"RCPT ben@x": "never"})
    first, second, third = talk(house, (ANA, BEN), (BEN, EVE), (EVE,))
    assert (first, type(second), third) == (KEPT, MessageRefused, KEPT)
    assert house.connections == 1
