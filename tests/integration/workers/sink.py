"""A mail server as a process of its own: sink.py FILE DELAY. It writes "Message-ID recipient" of each mail into FILE
before it answers, DELAY seconds later, and prints the port it listens on.
"""

import asyncio
import sys
from email.parser import BytesHeaderParser
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Recorder:
    def __init__(self, path, delay):
        self.file = Path(path).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115 - as long as the process
        self.delay = delay

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - named by aiosmtpd
        headers = BytesHeaderParser().parsebytes(envelope.content)
        [recipient] = envelope.rcpt_tos
        self.file.write(f"{headers['Message-ID']} {recipient}\n")
        await asyncio.sleep(self.delay)
        return "250 2.0.0 kept"


async def main(path, delay):
    recorder = Recorder(path, float(delay))
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(recorder, ident="sink"), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
