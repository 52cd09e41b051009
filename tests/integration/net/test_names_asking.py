"""A real DNS server on loopback, well behaved and not, and what is made of its answers."""

import asyncio
import socket

import pytest

from digest.model.names import Known, Question, RecordKind, Reply
from digest.net.names import Names
from digest.sender.macros import Sender
from digest.sender.spf import check


@pytest.fixture
def ask(name_server):
    """Asks for records by lines such as "example.org MX", with the zone filled in."""

    def asked(zone, *lines, patience=3.0):
        name_server.zone.update(zone)

        async def all_of_them():
            names = Names(("127.0.0.1", name_server.port), patience=patience)
            questions = [Question(name=line.split(" ")[0], kind=RecordKind(line.split(" ")[1])) for line in lines]
            return await asyncio.gather(*map(names.ask, questions))

        replies = asyncio.run(all_of_them())
        return replies[0] if len(lines) == 1 else replies

    return asked


def found(*values):
    return Reply(known=Known.FOUND, values=values)


def test_records_of_every_kind(ask):
    zone = {
        "example.org A": ["192.0.2.1", "192.0.2.2"],
        "example.org AAAA": "2001:db8::1",
        "example.org MX": ["10 mx.example.org.", "20 mx2.example.org."],
        "example.org TXT": "v=spf1 -all",
        "null.example MX": "0 .",
        "1.2.0.192.in-addr.arpa PTR": "relay.example.org.",
    }
    a, aaaa, mx, txt, null, ptr = ask(zone, *zone)
    assert (set(a.values), aaaa) == ({"192.0.2.1", "192.0.2.2"}, found("2001:db8::1"))
    assert set(mx.values) == {"10 mx.example.org", "20 mx2.example.org"}
    assert (txt, null, ptr) == (found("v=spf1 -all"), found("0 ."), found("relay.example.org"))


def test_no_such_name_no_such_record_and_no_answer_are_three_things(ask):
    zone = {"example.org A": "192.0.2.1", "ill.example TXT": "SERVFAIL", "shy.example TXT": "REFUSED"}
    absent, empty, ill, shy = ask(zone, "gone.example TXT", "example.org TXT", "ill.example TXT", "shy.example TXT")
    assert (absent, empty) == (Reply(known=Known.ABSENT), Reply(known=Known.EMPTY))
    assert ill == Reply(known=Known.UNANSWERED, why="gave no answer (SERVFAIL)")
    assert shy == Reply(known=Known.UNANSWERED, why="gave no answer (REFUSED)")


@pytest.mark.parametrize("way", ["silence", "another question"])
def test_a_server_without_an_answer_to_the_question_costs_bounded_patience(ask, way):
    reply = ask({"example.org TXT": way}, "example.org TXT", patience=0.3)
    assert reply == Reply(known=Known.UNANSWERED, why="gave no answer within 0.3 seconds")


def test_garbage_is_no_answer(ask):
    assert ask({"example.org TXT": "garbage"}, "example.org TXT", patience=0.5).known is Known.UNANSWERED


def test_nobody_listens_there():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    async def ask():
        return await Names(("127.0.0.1", port), patience=0.5).ask(Question(name="example.org", kind=RecordKind.A))

    assert asyncio.run(ask()).known is Known.UNANSWERED


def test_a_long_answer_comes_over_tcp(ask, name_server):
    long = "v=spf1 " + " ".join(f"ip4:192.0.2.{number}" for number in range(200)) + " -all"
    assert ask({"example.org TXT": long}, "example.org TXT") == found(long)
    assert name_server.asked == ["example.org TXT", "example.org TXT tcp"]


def test_a_giant_answer_is_cut(ask):
    many = ["x" * 250 + str(number) for number in range(200)]
    reply = ask({"example.org TXT": many}, "example.org TXT")
    assert len(reply.values) == 64
    (giant,) = ask({"giant.example TXT": "y" * 60_000}, "giant.example TXT").values
    assert len(giant) == 8192


def test_octets_that_are_no_text_do_no_harm(ask):
    (text,) = ask({"example.org TXT": "\x00\x1b[31m\u202e\x7f ü"}, "example.org TXT").values
    assert text == "\x00\x1b[31m\u202e\x7f ü"


def test_an_alias_is_followed_and_a_circle_of_them_ends(ask):
    zone = {
        "s1._domainkey.example.org CNAME": "s1.mailer.example.",
        "s1.mailer.example TXT": "v=DKIM1; p=",
        "a.example CNAME": "b.example.",
        "b.example CNAME": "a.example.",
    }
    key, circle = ask(zone, "s1._domainkey.example.org TXT", "a.example TXT", patience=0.5)
    assert key == found("v=DKIM1; p=")
    assert circle.known is not Known.FOUND


@pytest.mark.parametrize(
    "name", ["x" * 64 + ".example", "a..example", ".".join(["long"] * 60), "\ud800.example", "a\\b.x"]
)
def test_a_name_that_cannot_be_is_never_asked_for(ask, name_server, name):
    assert ask({}, f"{name} TXT").known in {Known.UNANSWERED, Known.ABSENT}
    assert len(name_server.asked) <= 1


def test_a_name_in_any_script(ask, name_server):
    assert ask({"xn--bcher-kva.example MX": "10 mx.example."}, "bücher.example MX") == found("10 mx.example")


def test_a_question_is_asked_once(ask, name_server):
    ask({"example.org TXT": "v=spf1 -all"}, *["example.org TXT"] * 5)
    assert name_server.asked == ["example.org TXT"]


def test_work_that_asks_is_followed_to_its_end(name_server):
    name_server.zone |= {
        "example.org TXT": "v=spf1 include:a.example -all",
        "a.example TXT": "v=spf1 include:b.example -all",
        "b.example TXT": "v=spf1 include:a.example -all",
    }

    async def work():
        who = Sender(mailbox="paper@example.org", helo="", address=None)
        return await Names(("127.0.0.1", name_server.port)).follow(check("example.org", who))

    assert asyncio.run(work()).because.startswith("its records go in a circle: example.org → a.example → b.example")
