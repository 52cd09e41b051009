"""Whatever a server does, every mail has exactly one honest outcome."""

import asyncio

from hypothesis import given, note, settings
from hypothesis import strategies as st

from digest.channels.relay import Security, SmtpOptions
from digest.channels.smtp import SmtpChannel
from digest.errors import DeliveryError, Unconfirmed
from digest.model.delivery import Receipt
from digest.model.message import Mail
from tests.integration.channels.smtpd import DEEDS, House, scripted

BAD = [deed for deed in DEEDS if deed not in {"well", "no answer", "one too many"}]
LIES = ["no answer", "one too many"]


def letter(number):
    return Mail(
        envelope_from=f"bounces+{number}@digest.example",
        envelope_to=f"reader{number}@mail.example",
        message_id=f"{number}@digest.example",
        content=f"Subject: {number}\r\n\r\n.dot\r\n".encode() + b"body\r\n" * 50,
    )


class Stopped(Exception):
    """The store is gone."""


@st.composite
def scripts(draw):
    """Deeds for the coming steps.

    A lie (an answer left out, one too many) stands alone among good deeds: nobody can see two that cancel each other
    out, or a missing answer to the dot when the next answer comes in its place.
    """
    if draw(st.booleans()):
        return ["well"] * draw(st.integers(0, 11)) + [draw(st.sampled_from(LIES))]
    return draw(st.lists(st.sampled_from(["well"] * len(BAD) + BAD), max_size=20))


@st.composite
def sendings(draw):
    """For each mail what `starting` answers, and what is announced with it."""
    starting = st.sampled_from(["go"] * 6 + ["stay", "fail"])
    announced = st.sampled_from(["next"] * 6 + ["none", "another", "unsendable"])
    return draw(st.lists(st.tuples(starting, announced), min_size=1, max_size=6))


async def one(connection, mails, number, starting, announced):
    """Send one mail; gives its outcome."""

    async def asked():
        if starting == "fail":
            raise Stopped
        return starting == "go"

    last = number + 1 == len(mails)
    following = {
        "next": None if last else mails[number + 1],
        "none": None,
        "another": letter(900 + number),
        "unsendable": Mail(envelope_from="", envelope_to="two words@x", message_id="", content=b""),
    }[announced]
    try:
        return await connection.send(mails[number], starting=asked, following=following)
    except (DeliveryError, Stopped) as error:
        return error


async def carry(house, plan, recycle_after):
    wait = 0.05 if house.silent else 20
    mails = [letter(number) for number in range(len(plan))]
    async with scripted(house):
        channel = SmtpChannel(
            SmtpOptions(
                host="127.0.0.1",
                port=house.port,
                security=Security.CLEAR,
                local_hostname="digest.example",
                command_timeout=wait,
                content_timeout=wait,
                goodbye_timeout=wait,
                recycle_after=recycle_after,
            )
        )
        async with channel.connect() as connection:
            outcomes = [await one(connection, mails, number, *how) for number, how in enumerate(plan)]
    return mails, outcomes


@settings(max_examples=120, deadline=None)
@given(
    deeds=scripts(),
    plan=sendings(),
    extensions=st.sampled_from([("PIPELINING",), ("PIPELINING", "SIZE 90000"), ()]),
    recycle_after=st.sampled_from([2, 100]),
    traits=st.sampled_from([{}, {}, {"forgetful": True}, {"generous": True}]),
)
def test_every_mail_has_one_honest_outcome(deeds, plan, extensions, recycle_after, traits):
    house = House(extensions=extensions, deeds=list(deeds), **traits)
    mails, outcomes = asyncio.run(carry(house, plan, recycle_after))
    note(f"{outcomes} {house.lines}")
    kept = [content for _, content in house.kept]
    for mail, outcome, (starting, _) in zip(mails, outcomes, plan, strict=True):
        told = isinstance(outcome, Receipt | Unconfirmed)
        assert kept.count(mail.content) <= (1 if told else 0)
        assert not isinstance(outcome, Receipt) or mail.content in house.answered
        assert starting == "go" or not told
        assert all(recipients == (mail.envelope_to,) for recipients, content in house.kept if content == mail.content)
    assert set(kept) <= {mail.content for mail in mails}


@settings(max_examples=30, deadline=None)
@given(plan=sendings(), recycle_after=st.sampled_from([1, 2, 3, 100]))
def test_with_a_good_server_nothing_is_lost_whatever_is_announced(plan, recycle_after):
    house = House()
    mails, outcomes = asyncio.run(carry(house, plan, recycle_after))
    going = [mail.content for mail, (starting, _) in zip(mails, plan, strict=True) if starting == "go"]
    assert house.answered == going
    assert [isinstance(outcome, Receipt) for outcome in outcomes] == [starting == "go" for starting, _ in plan]
