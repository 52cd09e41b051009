"""An SMTP server that accepts everything and keeps nothing: postfix's smtp-sink where it is installed, else our own."""

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PLACES = "/usr/sbin:/usr/lib/postfix/sbin:/usr/libexec/postfix"
ANSWERS = {b"EHLO": b"250-sink\r\n250 8BITMIME\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 goodbye\r\n"}
PATIENCE = 20.0


def smtp_sink() -> str | None:
    """Where postfix's smtp-sink is."""
    return shutil.which("smtp-sink") or shutil.which("smtp-sink", path=PLACES)


@contextmanager
def sinking(*, own: bool = False) -> Iterator[int]:
    """The port of a sink on this machine, a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = None if own else smtp_sink()
    theirs = [str(program), "-u", "nobody", f"127.0.0.1:{port}", "200"]
    ours = [sys.executable, "-m", "tests.benchmarks.sink", str(port)]
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


async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, until it says goodbye."""
    try:
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            writer.write(ANSWERS.get(verb, b"250 ok\r\n"))
            if verb == b"QUIT":
                break
            if verb == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 gone\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(port: int) -> None:
    """Serve until we are ended."""
    server = await asyncio.start_server(attend, "127.0.0.1", port, limit=1 << 24)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
