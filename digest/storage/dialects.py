"""What the two databases say differently."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, func, select, text, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from digest.storage.columns import UtcDateTime


def insert_into(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that knows ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_counted(connection: Connection, statement: "postgresql.Insert | sqlite.Insert") -> int:
    """Run an INSERT; returns how many rows it added."""
    result = connection.execute(statement, execution_options={"preserve_rowcount": True})
    if connection.dialect.name == "postgresql":
        return result.rowcount
    # Python's sqlite3 does not count what begins with WITH.
    return int(connection.scalar(text("SELECT changes()")) or 0)


def clock(connection: Connection) -> datetime:
    """The time by the database's own clock, to the millisecond: one clock for all machines that share it."""
    if connection.dialect.name == "postgresql":
        told: ColumnElement[str] = func.clock_timestamp()
    else:
        told = func.strftime("%Y-%m-%d %H:%M:%f", "now").op("||")("000")
    return connection.execute(select(type_coerce(told, UtcDateTime))).scalar_one()


def alone(connection: Connection, table: Table) -> None:
    """Let nobody else write to a table until this transaction ends; on SQLite a writer is alone anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
