"""The editions, whole: what was cut, what was frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from digest.errors import Conflict, NotFound
from digest.model.edition import Correction, Edition, EditionState
from digest.model.message import Rendering
from digest.storage.dialects import alone, insert_into
from digest.storage.engine import Database
from digest.storage.record import note
from digest.storage.schema import corrections, editions, renderings
from digest.storage.snapshot import pack, unpack

WAYS = {
    EditionState.DRAFT: (EditionState.HELD, EditionState.APPROVED, EditionState.CANCELLED),
    EditionState.HELD: (EditionState.DRAFT, EditionState.APPROVED, EditionState.CANCELLED),
    EditionState.APPROVED: (EditionState.DRAFT, EditionState.HELD, EditionState.CANCELLED),
    EditionState.FROZEN: (EditionState.CANCELLED,),
    EditionState.CANCELLED: (),
}
"""The states `move` may bring an edition to, by the one it is in; to freeze needs a rendering, hence `freeze`."""

READ = tuple(column for column in editions.c if column is not editions.c.original)
"""What is read of an edition; its original only where it is replayed."""


class Editions:
    """ports.EditionStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cut(self, edition: Edition, *, by: str = "") -> Edition:
        """Write a new edition under the next number; recorded where somebody (`by`) cut it by hand."""
        return self._database.write(lambda connection: _cut(connection, edition, by))

    def cut_once(self, edition: Edition, *, due: datetime) -> Edition | None:
        """The same for an edition that was due at an instant, unless the newest there is was cut then or later: some
        other process was first, and nothing (None) is written.
        """
        return self._database.write(lambda connection: _cut_once(connection, edition, due))

    def get(self, number: int) -> Edition:
        """Raises NotFound."""
        with self._database.read() as connection:
            return find(connection, number)

    def latest(self, *states: EditionState) -> Edition | None:
        """The newest edition in one of these states (in any, when none is named)."""
        query = select(*READ).order_by(editions.c.number.desc()).limit(1)
        if states:
            query = query.where(editions.c.state.in_(states))
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _edition(row)

    def since(self, start: datetime) -> tuple[Edition, ...]:
        """Every edition cut since then, newest first."""
        query = select(*READ).where(editions.c.cut_at >= start).order_by(editions.c.number.desc())
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(_edition(row) for row in rows)

    def move(self, number: int, state: EditionState) -> Edition:
        """Bring an edition into a state (where it is already, nothing happens); raises Conflict where that way is not
        open, NotFound.
        """
        return self._database.write(lambda connection: moved(connection, number, state))

    def freeze(self, number: int, rendering: Rendering, *, rendered: Edition | None = None) -> Edition:
        """Keep the rendered blocks and freeze an approved edition, in one transaction; frozen again, the first
        rendering of a language stands. Raises Conflict, NotFound.
        """
        return self._database.write(lambda connection: _freeze(connection, number, rendering, rendered))

    def rendering(self, number: int, language: str) -> Rendering:
        """The blocks of a frozen edition; raises NotFound."""
        query = select(renderings.c.snapshot).where(renderings.c.edition == number, renderings.c.language == language)
        with self._database.read() as connection:
            content = connection.scalar(query)
        if content is None:
            raise NotFound(
                f"Edition {number} has no rendering in {language!r}.", hint="It is rendered when it is sent."
            )
        return unpack(bytes(content), Rendering, what=f"The rendering of edition {number}")


def find(connection: Connection, number: int, *, lock: bool = False) -> Edition:
    """An edition, its row locked where it is to be changed; raises NotFound."""
    query = select(*READ).where(editions.c.number == number)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound(f"There is no edition {number}.", hint="`digest edition list` shows them all.")
    return _edition(row)


def moved(connection: Connection, number: int, state: EditionState) -> Edition:
    """Bring an edition into a state; raises Conflict, NotFound. What a cancelled one carried waits for the next.

    One that the checks held loses the reason; approved, it keeps it as what an editor let pass.
    """
    edition = find(connection, number, lock=True)
    if state is edition.state:
        return edition
    if state not in WAYS[edition.state]:
        raise Conflict(
            f"Edition {number} is {edition.state} and cannot become {state}.",
            hint=f"Once it is frozen it goes out: digest edition cancel {number} stops it; a cancelled one stays so.",
        )
    if state is EditionState.CANCELLED:
        connection.execute(update(corrections).where(corrections.c.carried_by == number).values(carried_by=None))
    if edition.held:
        passed = edition.held if state is EditionState.APPROVED else edition.passed
        edition = rewritten(connection, replace(edition, held="", passed=passed))
    return _set_state(connection, edition, state)


def rewritten(connection: Connection, edition: Edition) -> Edition:
    """Keep what an edition has become, in the state it is in."""
    row = editions.c.number == edition.number
    connection.execute(update(editions).where(row).values(snapshot=pack(edition)))
    return edition


def _edition(row: Mapping[Any, Any]) -> Edition:
    whole = unpack(bytes(row["snapshot"]), Edition, what=f"Edition {row['number']}")
    return replace(whole, number=row["number"], state=EditionState(row["state"]))


def _cut(connection: Connection, edition: Edition, by: str) -> Edition:
    alone(connection, editions)
    last = connection.scalar(select(func.max(editions.c.number))) or 0
    numbered = replace(edition, number=last + 1)
    connection.execute(
        insert(editions).values(
            number=numbered.number,
            date=numbered.date,
            cut_at=numbered.cut_at,
            state=numbered.state,
            snapshot=pack(numbered),
        )
    )
    if by:
        note(connection, numbered.number, by=by, what=f"cut by hand, {numbered.state}", at=numbered.cut_at)
    return numbered


def _cut_once(connection: Connection, edition: Edition, due: datetime) -> Edition | None:
    alone(connection, editions)
    newest = connection.scalar(select(editions.c.cut_at).order_by(editions.c.number.desc()).limit(1))
    return None if newest is not None and newest >= due else _cut(connection, edition, "")


def _freeze(connection: Connection, number: int, rendering: Rendering, rendered: Edition | None) -> Edition:
    edition = find(connection, number, lock=True)
    if edition.state not in (EditionState.APPROVED, EditionState.FROZEN):
        raise Conflict(
            f"Edition {number} is {edition.state}; only an approved one can be sent.",
            hint=f"Approve it: digest edition approve {number}.",
        )
    row = {"edition": number, "language": rendering.language, "snapshot": pack(rendering)}
    connection.execute(insert_into(connection, renderings).values(row).on_conflict_do_nothing())
    if edition.state is not EditionState.FROZEN and rendered is not None:
        edition = _carrying(connection, edition, rendered)
    return _set_state(connection, edition, EditionState.FROZEN)


def _carrying(connection: Connection, edition: Edition, rendered: Edition) -> Edition:
    """The edition with the corrections it was rendered with; raises Conflict where that is not it any more."""
    if replace(rendered, state=edition.state, corrections=edition.corrections) != edition:
        raise Conflict(f"Edition {edition.number} was changed while it was rendered.", hint="Try again.")
    if not rendered.corrections:
        return edition
    _carry(connection, edition.number, rendered.corrections)
    return rewritten(connection, replace(edition, corrections=rendered.corrections))


def _carry(connection: Connection, number: int, carried: Sequence[Correction]) -> None:
    column = corrections.c
    for correction in carried:
        same = (column.edition == correction.edition) & (column.text == correction.text)
        mine = update(corrections).where(same, column.carried_by.is_(None)).values(carried_by=number)
        if not connection.execute(mine).rowcount:
            raise Conflict(
                f"Another edition carries the correction to edition {correction.edition} by now.", hint="Try again."
            )


def _set_state(connection: Connection, edition: Edition, state: EditionState) -> Edition:
    connection.execute(update(editions).where(editions.c.number == edition.number).values(state=state))
    return replace(edition, state=state)
