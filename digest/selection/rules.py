"""What holds for every line-up of a newsletter."""

from dataclasses import dataclass
from enum import StrEnum

from digest.model.message import SIZE_LIMIT
from digest.selection.orders import NO_ORDERS, Orders


class Rule(StrEnum):
    """What keeps a story out: off the bench, from one reader, or out of the line-up."""

    DROPPED = "dropped"
    BLOCKED = "blocked"
    OLD = "old"
    SEATS = "seats"
    SECTIONS = "sections"
    MUTED = "muted"
    TOLD = "told"
    EVENT = "event"
    PUBLISHER = "publisher"
    SECTION = "section"
    SIZE = "size"
    MINUTES = "minutes"
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a line-up is chosen.

    At most `max_stories` and, after the first, no more than `max_minutes` of reading (None: as long as they take); the
    first `leads` of them in full. What `orders` pin comes first, whatever the caps; what they drop comes to nobody. At
    most `publisher_cap` led by one publisher and a share of `section_cap` of one section, unless there is nothing else
    to fill the paper with; `relevance` (0..1) is how much a story's own worth counts against its difference from those
    chosen. `lengths` are the octets of each bench story as a lead, compact, as an update, and of its related items,
    `frame` those of the rest of the mail, and together they stay within `limit`; without `lengths` size does not count.
    """

    max_stories: int = 12
    max_minutes: float | None = None
    leads: int = 3
    publisher_cap: int = 3
    section_cap: float = 0.4
    relevance: float = 0.9
    lengths: tuple[tuple[int, int, int, int], ...] = ()
    frame: int = 0
    limit: int = SIZE_LIMIT
    orders: Orders = NO_ORDERS
