"""Who is sending: names for workers, and whether the worker behind a name is known to have ended."""

import os
import secrets
import socket
from functools import cache
from pathlib import Path

PROCESS = secrets.token_hex(4)
"""Tells this process from an earlier one with the same number, as every restarted container has."""

_at_work: set[str] = set()


def worker_name() -> str:
    """A name for one run of a sender, new at each call: host:place:pid:random. It is at work until it is retired."""
    name = f"{socket.gethostname()}:{place()}:{os.getpid()}:{PROCESS}-{secrets.token_hex(3)}"
    _at_work.add(name)
    return name


def retire(worker: str) -> None:
    """The run of this process that had this name is over, however it ended."""
    _at_work.discard(worker)


def alive(worker: str, *, one_machine: bool = False) -> bool:
    """Whether the worker may still be at work: False only where it is certain that it is not.

    That is known of the processes of this machine, or of this container. Of others nothing is known here, even where
    they call themselves by the same host name; with `one_machine` (all who send run here) only that those of an
    earlier boot are gone. A name that is none of ours counts as alive.
    """
    match worker.rsplit(":", 3):
        case [host, where, pid, token] if pid.isdecimal():
            if (host, where) == (socket.gethostname(), place()):
                ours = token.startswith(f"{PROCESS}-")
                return ours and worker in _at_work if int(pid) == os.getpid() else _runs(int(pid))
            return not (one_machine and _of_another_boot(where))
        case _:
            return True


@cache
def place() -> str:
    """The boot of the machine and the space that process numbers count in, in a few characters ("3f2a91c0.4026531836").

    Two machines of one name have different boots, two containers of one machine different spaces. Empty parts where
    the system tells neither.
    """
    return f"{_told('/proc/sys/kernel/random/boot_id')[:8]}.{_numbers_of_processes()}"


def _of_another_boot(where: str) -> bool:
    theirs, ours = where.partition(".")[0], place().partition(".")[0]
    return bool(theirs and ours) and theirs != ours


def _told(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _numbers_of_processes() -> str:
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return ""


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    # The number of a process that has ended is kept until its parent asks how: it runs no more.
    return _told(f"/proc/{pid}/stat").rpartition(")")[2].split()[:1] not in (["Z"], ["X"])
