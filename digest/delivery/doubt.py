"""Refusals in a row: who is wrong, the readers' addresses, what we send, or the relay."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from digest.delivery.backlog import Job
from digest.errors import DeliveryError, MessageRefused, RecipientRefused
from digest.model.delivery import Outcome

REFUSED_CONTENT = 3
"""So many messages refused for what they are, none accepted in between, and the rest would fare the same."""

REFUSED_ADDRESSES = 10
"""So many dead addresses in a row, none accepted in between, and it is the relay that is wrong, not the list."""


class Verdict(Enum):
    """What a refusal leads to: nothing yet, or too many came in a row."""

    GO_ON = "go on"
    CONTENT = "messages in a row were refused"
    ADDRESSES = "addresses in a row were refused"


@dataclass(slots=True, kw_only=True)
class Row:
    """The refusals since the last acceptance, by one relay for one dispatch. `held` are the dead addresses among them
    whose outcome is not recorded yet: they are not suppressed on the word of a relay that may be wrong.
    """

    content: int = 0
    addresses: int = 0
    held: list[tuple[Job, Outcome]] = field(default_factory=list)


class Doubts:
    """The rows of all relays (by place) and dispatches that have refusals since their last acceptance."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], Row] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def refused(self, place: str, job: Job, error: DeliveryError) -> Verdict:
        """Count a refusal."""
        row = self._rows.setdefault((place, job.claim.delivery.dispatch_id), Row())
        row.content += isinstance(error, MessageRefused) and not error.personal
        row.addresses += isinstance(error, RecipientRefused)
        if row.content >= REFUSED_CONTENT:
            return Verdict.CONTENT
        return Verdict.ADDRESSES if row.addresses >= REFUSED_ADDRESSES else Verdict.GO_ON

    def hold(self, place: str, job: Job, outcome: Outcome) -> None:
        """Keep an outcome until it is known whether the relay is right."""
        self._rows.setdefault((place, job.claim.delivery.dispatch_id), Row()).held.append((job, outcome))

    def pending(self, place: str, dispatch_id: int) -> bool:
        """Whether there are refusals in a row."""
        return (place, dispatch_id) in self._rows

    def ended(self, place: str, dispatch_id: int) -> list[tuple[Job, Outcome]]:
        """End a row; returns what was held."""
        row = self._rows.pop((place, dispatch_id), None)
        return row.held if row else []

    def end_all(self) -> Iterable[tuple[str, list[tuple[Job, Outcome]]]]:
        """End all rows; gives what was held, by place."""
        rows, self._rows = self._rows, {}
        return [(place, row.held) for (place, _dispatch), row in rows.items()]
