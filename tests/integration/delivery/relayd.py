"""A relay in a process of its own: relayd.py NOTEBOOK [--plain] [--pace SECONDS] [--deaf data|dot].

It writes one line of JSON for each mail whose last dot has come, and one before each 250 it gives, so that what it
took survives whoever sent it. It announces PIPELINING unless it is `--plain`, takes up to PACE seconds for an answer,
and with `--deaf` falls silent in the middle of the content, or after its last dot.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import random
import re
import sys

ADDRESS = re.compile(rb"<(.*?)>")
MESSAGE_ID = re.compile(rb"^Message-ID: *<(.*?)>", re.IGNORECASE | re.MULTILINE)
DOT = b"\r\n.\r\n"
FEW = 1000
"""Octets of a content that a deaf relay still hears."""


class Relay(asyncio.Protocol):
    """One connection."""

    def __init__(self, options: argparse.Namespace, notebook: int) -> None:
        self.options = options
        self.notebook = notebook
        self.buffer = b""
        self.recipient = b""
        self.in_content = False
        self.busy = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.say(b"220 relay ready")

    def connection_lost(self, exc: Exception | None) -> None:
        self.busy = True

    def say(self, line: bytes) -> None:
        self.transport.write(line + b"\r\n")

    def note(self, event: str, content: bytes) -> None:
        """One line in the notebook, which is there when this returns."""
        found = MESSAGE_ID.search(content)
        line = {
            "event": event,
            "to": self.recipient.decode(),
            "id": found[1].decode() if found else "",
            "sha": hashlib.sha256(content).hexdigest()[:16],
        }
        os.write(self.notebook, json.dumps(line).encode() + b"\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while not self.busy and (self.take_content() if self.in_content else self.take_command()):
            pass

    def take_content(self) -> bool:
        if self.options.deaf == "data" and len(self.buffer) > FEW:
            self.transport.pause_reading()
            self.note("content", self.buffer)
            self.busy = True
            return False
        content, dot, rest = self.buffer.partition(DOT)
        if not dot:
            return False
        self.buffer, self.in_content, self.busy = rest, False, True
        self.note("dot", content)
        if self.options.deaf != "dot":
            pause = random.uniform(0, self.options.pace)
            asyncio.get_running_loop().call_later(pause, self.accept, content)
        return False

    def accept(self, content: bytes) -> None:
        if self.transport.is_closing():
            return
        self.note("250", content)
        self.say(b"250 2.0.0 kept")
        self.busy = False
        self.data_received(b"")

    def take_command(self) -> bool:
        line, end, rest = self.buffer.partition(b"\r\n")
        if not end:
            return False
        self.buffer = rest
        verb = line[:4].upper()
        if verb == b"EHLO":
            self.say(b"250 relay" if self.options.plain else b"250-relay\r\n250 PIPELINING")
        elif verb == b"RCPT":
            self.recipient = ADDRESS.search(line)[1]
            self.say(b"250 2.1.5 ok")
        elif verb == b"DATA":
            self.in_content = True
            self.say(b"354 go on")
        elif verb == b"QUIT":
            self.say(b"221 2.0.0 bye")
            self.transport.close()
            return False
        else:
            self.say(b"250 2.0.0 ok")
        return True


async def serve(options: argparse.Namespace) -> None:
    """Serve until standard input ends."""
    notebook = os.open(options.notebook, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Relay(options, notebook), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("notebook")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--pace", type=float, default=0.0)
    parser.add_argument("--deaf", choices=("data", "dot"))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args()))
