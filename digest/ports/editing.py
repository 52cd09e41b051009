"""What is kept of an editor's work."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from digest.model.edit import Edit, Entry
from digest.model.edition import Correction, Edition, EditionState

Replay = Callable[[Edition, Sequence[Edit]], Edition]
"""An edition as it was cut, and the changes in force, oldest first → the edition as it is with them. Pure: it may be
called again.
"""


class EditStore(Protocol):
    """What editors did to the editions: changes, each of which can be taken back until the edition is frozen, and the
    record of everything.
    """

    def record(
        self, number: int, edit: Edit, *, by: str, what: str, at: datetime, apply: Callable[[Edition], Edition]
    ) -> Edition:
        """Record a change, in words `what`, and keep what `apply` makes of the edition as it is, in one transaction.

        `apply` is pure and may be called again. Raises NotFound, Conflict once the edition is frozen or cancelled, and
        whatever `apply` raises; then nothing is changed.
        """
        ...

    def undo(self, number: int, *, by: str, at: datetime, replay: Replay) -> Entry:
        """Take back the newest change in force, and keep what `replay` makes of the others, in one transaction; returns
        the line of the record that says so.

        Raises NotFound, Conflict where there is none, or once the edition is frozen or cancelled.
        """
        ...

    def move(self, number: int, state: EditionState, *, by: str, at: datetime) -> Edition:
        """As EditionStore.move, and the record says who did it; where it is in that state already, nothing happens."""
        ...

    def hold(self, number: int, reason: str, *, by: str, at: datetime) -> Edition:
        """Keep an edition back for a reason that it shows, and record it; raises NotFound, Conflict where it is frozen
        or cancelled.

        Brought into another state it loses the reason; approved, it keeps it as what an editor let pass.
        """
        ...

    def all(self, number: int) -> tuple[Entry, ...]:
        """The record of an edition, oldest first; raises NotFound."""
        ...


class CorrectionStore(Protocol):
    """What was wrong in editions that had gone out."""

    def add(self, correction: Correction, *, by: str) -> None:
        """Keep it, and record it with its edition; raises NotFound, Conflict where that is not frozen, or where the
        same was said already.
        """
        ...

    def of(self, edition: int) -> tuple[Correction, ...]:
        """Those about one edition, oldest first."""
        ...

    def waiting(self) -> tuple[Correction, ...]:
        """Those that no edition carries yet, oldest first. What a cancelled edition carried waits again."""
        ...
