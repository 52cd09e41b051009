"""Who is sending: names for workers, and whether the worker behind a name still runs."""

import os
import secrets
import socket

PROCESS = secrets.token_hex(4)
"""Tells this process from an earlier one with the same number, as every restarted container has."""


def worker_name() -> str:
    """A name for one run of a sender, new at each call: host:pid:random."""
    return f"{socket.gethostname()}:{os.getpid()}:{PROCESS}-{secrets.token_hex(3)}"


def alive(worker: str) -> bool:
    """Whether the worker may still be at work: False only where its process was on this host and is gone.

    Of another host's workers nothing is known: they count as alive until their leases run out. So does a name
    that is none of ours.
    """
    match worker.rsplit(":", 2):
        case [host, pid, token] if host == socket.gethostname() and pid.isdecimal():
            return token.startswith(f"{PROCESS}-") if int(pid) == os.getpid() else _runs(int(pid))
        case _:
            return True


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
