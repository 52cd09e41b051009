"""What only one of several schedulers and workers does at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from secrets import token_hex

from digest.ports.sending import TurnStore

TURN = timedelta(minutes=10)
"""How long a turn lasts at most: whoever dies in it keeps the others waiting for so long."""


@contextmanager
def turn(turns: TurnStore, what: str) -> Iterator[bool]:
    """Whether it is our turn now; it ends with the block. Nobody waits for a turn: what is due is due a minute later.

    What runs on after its turn has ended meets another who does the same: nothing may rest on there being one alone.
    """
    name = token_hex(8)
    mine = turns.take(what, by=name, lease=TURN)
    try:
        yield mine
    finally:
        if mine:
            turns.end(what, by=name)
