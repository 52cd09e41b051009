"""The outbox: a Maildir on this machine, for trying things out without a relay."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

from digest.errors import ChannelDown
from digest.model.delivery import Receipt
from digest.model.message import Mail

LONGEST_NAME = 120
ODD = re.compile(r"[^A-Za-z0-9._@+=-]|^\.")


class OutboxChannel:
    """Writes each mail as a file of its own into the Maildir at `folder`, which is made where it is missing."""

    name = "outbox"
    place = "outbox"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["OutboxConnection"]:
        """The Maildir, ready to be written; raises ChannelDown."""
        try:
            # The mails hold people's addresses and their own links: nobody else on this machine may read them.
            for part in ("tmp", "new", "cur"):
                (self._folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _down(self._folder, error) from error
        yield OutboxConnection(self._folder)


class OutboxConnection:
    """A way into the Maildir."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(
        self,
        mail: Mail,
        *,
        starting: Callable[[], Awaitable[bool]],
        following: Mail | None = None,  # noqa: ARG002 there is nothing to announce to a folder
    ) -> Receipt | None:
        """Write one mail (ports.Connection); a mail with the same Message-ID takes the place of the earlier one."""
        if not await starting():
            return None
        name = file_name(mail.message_id)
        try:
            await asyncio.to_thread(_write, self._folder, name, mail.content)
        except OSError as error:
            raise _down(self._folder, error) from error
        return Receipt(text=f"written to {name}")


def file_name(message_id: str) -> str:
    """The name of a mail's file: its Message-ID, made safe for every file system where it is not."""
    safe = ODD.sub("_", message_id)[:LONGEST_NAME] or "mail"
    return safe if safe == message_id else f"{safe}.{sha256(message_id.encode()).hexdigest()[:16]}"


def _write(folder: Path, name: str, content: bytes) -> None:
    """All of the file or none of it, on disk before it is said to be there."""
    draft = folder / "tmp" / name
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / "new" / name)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    descriptor = os.open(folder / "new", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _down(folder: Path, error: OSError) -> ChannelDown:
    reason = error.strerror or type(error).__name__
    return ChannelDown(
        f"the outbox {folder} cannot be written: {reason}", hint="free some space, or set DIGEST_OUTBOX elsewhere"
    )
