"""An SMTP server that accepts everything and keeps nothing: postfix's smtp-sink where it is installed, else our own.

Our own also plays a relay that is far away: each answer leaves it late, as if it had been on its way so long.
"""

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PLACES = "/usr/sbin:/usr/lib/postfix/sbin:/usr/libexec/postfix"
ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 goodbye\r\n",
}
PATIENCE = 20.0


def postfix(name: str) -> str | None:
    """Where a program of postfix is."""
    return shutil.which(name) or shutil.which(name, path=PLACES)


@contextmanager
def sinking(*, own: bool = False, delay: float = 0.0) -> Iterator[int]:
    """The port of a sink on this machine, a process of its own; each answer comes `delay` seconds late (our own)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = None if own or delay else postfix("smtp-sink")
    theirs = [str(program), "-u", "nobody", f"127.0.0.1:{port}", "200"]
    ours = [sys.executable, "-m", "tests.benchmarks.sink", str(port), str(delay)]
    with subprocess.Popen(theirs if program else ours, cwd=CHECKOUT) as process:
        try:
            _wait(port)
            yield port
        finally:
            process.terminate()


def _wait(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


class Voice:
    """Says each answer when it is due, in the order in which they were given."""

    def __init__(self, writer: asyncio.StreamWriter, delay: float) -> None:
        self._writer = writer
        self._delay = delay
        self._waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self._task = asyncio.create_task(self._speak()) if delay else None

    def say(self, answer: bytes) -> None:
        """Have an answer said."""
        if self._task is None:
            self._writer.write(answer)
        else:
            self._waiting.put_nowait((asyncio.get_running_loop().time() + self._delay, answer))

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, answer = await self._waiting.get()
            await asyncio.sleep(due - loop.time())
            self._writer.write(answer)
            self._waiting.task_done()

    async def finish(self) -> None:
        """Wait until everything has been said."""
        await self._waiting.join()

    def stop(self) -> None:
        """Say no more."""
        if self._task is not None:
            self._task.cancel()


async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """One connection, until it says goodbye."""
    voice = Voice(writer, delay)
    try:
        voice.say(b"220 sink\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            voice.say(ANSWERS.get(verb, b"250 ok\r\n"))
            if verb == b"QUIT":
                await voice.finish()
                break
            if verb == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                voice.say(b"250 gone\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        voice.stop()
        writer.close()


async def main(port: int, delay: float) -> None:
    """Serve until we are ended."""
    server = await asyncio.start_server(partial(attend, delay=delay), "127.0.0.1", port, limit=1 << 24)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
