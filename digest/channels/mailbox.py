"""Mailboxes on this machine: single mails, mbox files, Maildir folders."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from digest.errors import MailboxError
from digest.ports.sending import Mailbox

LARGEST = 1024 * 1024
"""How much of a mail is read, in octets; what a bounce says stands at its beginning."""

PROCESSED = ".Processed"
"""The subfolder of a Maildir for what was understood, as Maildir++ names subfolders."""

FROM_LINE = re.compile(rb"From \S+ .*\d{4}|From - ")
FLAGS = re.compile(r":2,([A-Za-z]*)$")


def mailbox_at(path: Path) -> Mailbox:
    """What lies there: a Maildir, an mbox file or a single mail; raises MailboxError where there is none."""
    if path.is_dir():
        if not (path / "new").is_dir() and not (path / "cur").is_dir():
            raise MailboxError(f"{path} is no Maildir: it has no folder new or cur", hint="name a Maildir or a file")
        return Maildir(path)
    try:
        with path.open("rb") as file:
            opening = file.read(256)
    except OSError as error:
        raise unreadable(path, error) from error
    return MboxFile(path) if FROM_LINE.match(opening) else MailFile(path)


def unreadable(path: Path, error: OSError) -> MailboxError:
    """Why a file cannot be used."""
    return MailboxError(
        f"{path} cannot be read: {error.strerror or type(error).__name__}", hint="check the path and its rights"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLetter:
    """A mail whose bytes are at hand and that stays where it is (ports.sending.Letter)."""

    name: str
    held: bytes

    def content(self) -> bytes:
        """Its bytes."""
        return self.held

    def put_away(self) -> None:
        """Nothing: files that were named on the command line are left as they are."""

    def leave(self) -> None:
        """Nothing, for the same reason."""


class MailFile:
    """One mail in a file (ports.sending.Mailbox)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = str(path)

    def letters(self) -> Iterator[HeldLetter]:
        """The mail; raises MailboxError."""
        yield HeldLetter(name=self.place, held=read_file(self.path))


class MboxFile:
    """Many mails in a file, each after a line that begins with "From " (ports.sending.Mailbox)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = str(path)

    def letters(self) -> Iterator[HeldLetter]:
        """One mail after the other, in memory bounded by the largest; raises MailboxError."""
        try:
            with self.path.open("rb") as file:
                for number, held in enumerate(mbox_mails(file), start=1):
                    yield HeldLetter(name=f"{self.place}, mail {number}", held=held)
        except OSError as error:
            raise unreadable(self.path, error) from error


def mbox_mails(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The mails of an mbox, cut to LARGEST each; one begins at a From line after a blank one (RFC 4155)."""
    kept: list[bytes] = []
    size, after_blank = 0, True
    for line in bounded(lines):
        if after_blank and FROM_LINE.match(line):
            if kept:
                yield b"".join(kept)
            kept, size = [], 0
        elif size < LARGEST:
            kept.append(line[1:] if re.match(rb">+From ", line) else line)
            size += len(line)
        after_blank = not line.strip()
    if kept:
        yield b"".join(kept)


def bounded(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a file, in pieces where one is longer than a mail may be."""
    readline = getattr(lines, "readline", None)
    if readline is None:
        yield from lines
        return
    while line := readline(LARGEST):
        yield line


class Maildir:
    """A Maildir whose understood mails move to its subfolder .Processed (ports.sending.Mailbox)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = str(path)
        self._left: set[str] = set()

    def letters(self) -> Iterator["MaildirLetter"]:
        """The mails in new and cur, oldest name first, but for those that were left; raises MailboxError."""
        try:
            found = sorted(
                (
                    path
                    for part in ("new", "cur")
                    if (self.path / part).is_dir()
                    for path in (self.path / part).iterdir()
                ),
                key=lambda path: path.name,
            )
        except OSError as error:
            raise unreadable(self.path, error) from error
        for path in found:
            unique = path.name.partition(":")[0]
            if unique not in self._left and not path.name.startswith("."):
                yield MaildirLetter(path=path, processed=self.path / PROCESSED, left=self._left)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirLetter:
    """A mail in a Maildir (ports.sending.Letter)."""

    path: Path
    processed: Path
    left: set[str]

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    def content(self) -> bytes:
        """Its bytes; raises MailboxError."""
        return read_file(self.path)

    def put_away(self) -> None:
        """Move it to the subfolder, as seen; raises MailboxError."""
        flags = FLAGS.search(self.path.name)
        shown = "".join(sorted({*(flags[1] if flags else ""), "S"}))
        target = self.processed / "cur" / f"{self.path.name.partition(':')[0]}:2,{shown}"
        try:
            for part in ("tmp", "new", "cur"):
                (self.processed / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.processed / "maildirfolder").touch(mode=0o600)
            self.path.rename(target if not target.exists() else target.with_name(f"{token_hex(4)}.{target.name}"))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise MailboxError(f"{self.path} cannot be moved to {self.processed}: {reason}") from error

    def leave(self) -> None:
        """Remember its name, which is unique and the same in cur as in new."""
        self.left.add(self.path.name.partition(":")[0])


def read_file(path: Path) -> bytes:
    """The file's bytes, up to LARGEST; raises MailboxError."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST)
    except OSError as error:
        raise unreadable(path, error) from error
