"""An SMTP server that takes commands in a row and does at each step what a script says, which is seldom its duty."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

GOOD = {
    "MAIL": "250 2.1.0 sender ok",
    "RCPT": "250 2.1.5 recipient ok",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 kept",
    "RSET": "250 2.0.0 forgotten",
    "QUIT": "221 2.0.0 goodbye",
}
DEEDS = {
    "well": "the answer that is due",
    "in pieces": "the same, octet by octet",
    "drips": "the same, and from now on all answers, octet by octet with a pause between them",
    "gone in content": "the answer that is due, and the connection is closed when the content comes",
    "reset in content": "the same, and the connection is reset",
    "in lines": "the same, over several lines",
    "with noise": "the same, with NUL and worse in its words",
    "later": "a temporary refusal",
    "never": "a refusal for good",
    "closing": "421, and the connection is closed",
    "closing, it says": "421, and the connection stays open",
    "then gone": "the answer that is due, and the connection is closed",
    "reads no more": "the answer that is due, and nothing is read any more",
    "gone": "no answer, the connection is closed",
    "reset": "no answer, the connection is reset",
    "silence": "no answer, now or later",
    "no answer": "what is due is done, but not answered (after the dot: silence)",
    "one too many": "the answer that is due, and one that nobody asked for",
    "garbage": "what is no answer",
    "endless": "a line without end",
    "lines without end": "an answer of more and more lines",
}


@dataclass
class House:
    """What the connections have in common.

    `deeds` is what is done at the coming steps, one after the other, then everything is done well; a step's deed may
    also be set by name ("RCPT ana@x", "DOT") in `at`. `kept` has every mail taken over, (recipients, content), and
    `answered` the content of those whose 250 was sent. A forgetful server loses what came together with a command; a
    generous one asks for content although it has refused every recipient, and a sloppy one takes recipients although
    it has refused the sender.
    """

    extensions: tuple[str, ...] = ("PIPELINING",)
    forgetful: bool = False
    generous: bool = False
    sloppy: bool = False
    port: int = 0
    deeds: list = field(default_factory=list)
    at: dict = field(default_factory=dict)
    kept: list = field(default_factory=list)
    answered: list = field(default_factory=list)
    writes: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    connections: int = 0
    pause: float = 0.05
    doors: list = field(default_factory=list)

    @property
    def silent(self):
        """Whether there is an answer that will not come."""
        deeds = {*self.deeds, *self.at.values()}
        return self.forgetful or bool(deeds & {"silence", "drips", "no answer", "reads no more"})

    def deed(self, step, address):
        for name in (f"{step} {address}", step):
            if name in self.at:
                return self.at[name]
        return self.deeds.pop(0) if self.deeds and step != "QUIT" else "well"


class Door(asyncio.Protocol):
    """The server's side of one connection."""

    def __init__(self, house):
        self.house = house
        self.buffer = b""
        self.content = None
        self.sender = None
        self.recipients = []
        self.over = False
        self.ends_in_content = ""
        self.dripping, self.drops, self.next_drop = False, b"", None
        house.connections += 1

    def connection_made(self, transport):
        self.transport = transport
        self.house.doors.append(transport)
        transport.write(b"220 scripted\r\n")

    def data_received(self, data):
        self.house.writes.append(data)
        if self.content is not None and self.ends_in_content:
            self.over = True
            return self.transport.close() if self.ends_in_content == "gone" else self.transport.abort()
        self.buffer += data
        while not self.over and b"\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition(b"\n")
            if self.content is None:
                if self.house.forgetful:
                    self.buffer = b""
                self.command(line.decode().strip())
            elif line == b".\r":
                self.dot()
            else:
                self.content += line.removeprefix(b".") + b"\n"
        return None

    def command(self, line):
        self.house.lines.append(line)
        verb = line[:4].upper()
        if verb in {"EHLO", "HELO"}:
            offers = "".join(f"250-{name}\r\n" for name in self.house.extensions)
            self.say(f"250-scripted\r\n{offers}250 HELP\r\n")
        elif verb == "MAIL" and self.sender is not None:
            self.say("503 5.5.1 nested MAIL\r\n")
        elif verb == "RCPT" and self.sender is None and not self.house.sloppy:
            self.say("503 5.5.1 MAIL first\r\n")
        elif verb == "DATA" and not self.recipients and not self.house.generous:
            self.say("554 5.5.1 no valid recipients\r\n")
        elif verb in GOOD:
            self.do(verb, line)
        else:
            self.say("500 5.5.2 what\r\n")

    def do(self, verb, line):
        address = line.partition("<")[2].partition(">")[0] or "".join(self.recipients)
        if not self.act(verb, self.house.deed(verb, address)):
            return
        if verb == "MAIL":
            self.sender = address
        elif verb == "RCPT":
            self.recipients.append(address)
        elif verb == "DATA":
            self.content = b""
        elif verb == "RSET":
            self.sender, self.recipients = None, []
        else:
            self.transport.close()

    def dot(self):
        content, recipients = self.content, self.recipients
        self.content, self.sender, self.recipients = None, None, []
        deed = self.house.deed("DOT", "".join(recipients)).replace("no answer", "silence")
        if deed not in REFUSED and recipients:
            self.house.kept.append((tuple(recipients), content))
            if deed not in {*UNANSWERED, "garbage", "endless", "lines without end"}:
                self.house.answered.append(content)
        self.act("DOT", deed if recipients else "later")

    def act(self, step, deed):
        """Do a deed; tells whether the step is done."""
        self.dripping = self.dripping or deed == "drips"
        if deed not in UNANSWERED:
            words = worded(deed, GOOD[step]) + "\r\n"
            for piece in words if deed == "in pieces" else [words]:
                self.say(piece)
        if deed in {"gone in content", "reset in content"} and step == "DATA":
            self.ends_in_content = deed.split()[0]
        self.end(deed)
        return deed not in {*UNDONE, *REFUSED}

    def end(self, deed):
        if deed == "reset":
            self.transport.abort()
        elif deed in {"gone", "closing", "then gone"}:
            self.transport.close()
        elif deed == "reads no more":
            self.transport.pause_reading()
        self.over = self.over or deed in {*UNDONE, "closing", "then gone"}

    def say(self, words):
        octets = words.encode("utf-8", "surrogateescape")
        if self.dripping:
            self.drops += octets
            self.drip()
        elif not self.transport.is_closing():
            self.transport.write(octets)

    def drip(self):
        """Write what is to be said octet by octet, one at a time."""
        if self.drops and not self.transport.is_closing() and self.next_drop is None:
            self.transport.write(self.drops[:1])
            self.drops = self.drops[1:]
            self.next_drop = asyncio.get_running_loop().call_later(self.house.pause, self.drop)

    def drop(self):
        self.next_drop = None
        self.drip()


UNDONE = {"gone", "reset", "silence"}
REFUSED = {"closing", "closing, it says", "later", "never"}
UNANSWERED = {*UNDONE, "no answer"}


def worded(deed, good):
    """What is said at a deed, where `good` is the answer that is due."""
    return {
        "closing": "421 4.3.2 enough",
        "closing, it says": "421 4.3.2 enough",
        "later": "451 4.3.0 not now",
        "never": "550 5.3.0 not ever",
        "garbage": "\0HTTP/1.1 400",
        "endless": f"{good[:3]} {'x' * 40_000}",
        "lines without end": "\r\n".join([f"{good[:3]}-more"] * 4000),
        "one too many": f"{good}\r\n250 2.0.0 and one more",
        "in lines": f"{good[:3]}-first\r\n{good[:3]}-\r\n{good}",
        "with noise": f"{good}\0\x1b[31m\udcff{'.' * 600}",
    }.get(deed, good)


@asynccontextmanager
async def scripted(house, *, tls=None):
    """The server on a free port of loopback, as long as the context lasts."""
    server = await asyncio.get_running_loop().create_server(lambda: Door(house), "127.0.0.1", 0, ssl=tls)
    house.port = server.sockets[0].getsockname()[1]
    try:
        yield house
    finally:
        server.close()
        for door in house.doors:
            door.abort()
        await asyncio.sleep(0.01)
