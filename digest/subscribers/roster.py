"""The list of people: valid addresses, and lists that come in and go out as CSV."""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO, TextIO

from digest.errors import UsageError
from digest.model.subscriber import Consent, Subscriber, SubscriberState
from digest.subscribers.columns import EXPORTED, Columns, exported_row, find_columns, subscriber_of
from digest.subscribers.subscription import quoted
from digest.subscribers.table import Record, parse, physical_lines, records

LOCAL_DOMAINS = frozenset(("test", "local", "localhost"))
"""Names of RFC 2606, 6761 and 6762 that reach nobody on the public internet, but somebody on their own network."""

FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that a spreadsheet would run, or that we have made harmless with an apostrophe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one row of a list came to: a person, a fault in one sentence, or both (kept, but never to be mailed)."""

    line: int
    subscriber: Subscriber | None = None
    fault: str = ""


def normalise_address(text: str) -> str:
    """The one spelling of an e-mail address: local part NFC, domain in lower-case ASCII (RFC 5891).

    Valid is what RFC 5321 and 6531 allow, whether or not the domain exists; nothing is looked up. Names of local
    networks (.test, .local, localhost) are valid too. Raises UsageError.
    """
    from email_validator import EmailNotValidError, validate_email

    address = text.strip().strip("\ufeff\u200b")
    local_domain = address.rpartition("@")[2].rpartition(".")[2].lower() in LOCAL_DOMAINS
    # The library refuses these names whatever it is asked, so they are checked as part of a name that it takes.
    suffix = ".example" if local_domain else ""
    try:
        valid = validate_email(address + suffix, check_deliverability=False, strict=True)
    except EmailNotValidError as fault:
        raise UsageError(f"{quoted(address)} is no e-mail address: {fault}") from fault
    return f"{valid.local_part}@{valid.ascii_domain.removesuffix(suffix)}"


def read_csv(source: BinaryIO, *, consent: Consent | None, now: datetime) -> Iterator[Row]:
    """The people in a list, row by row, in memory that grows by one address a person only.

    The first row names the columns in the words of most newsletter tools, or the list is addresses alone. People
    are pending, with `consent` active; who has left elsewhere comes as unsubscribed, with a fault that says so.
    Rows that cannot be used have a fault and nobody in them. Raises UsageError where no row could be used.
    """
    lines = physical_lines(source)
    start, opening = next(((number, line) for number, line in enumerate(lines, start=1) if line.strip()), (0, ""))
    if not opening:
        raise UsageError("The list is empty.")
    rows = records(itertools.chain((opening,), lines), likeliest_delimiter(opening), start=start)
    head = next(rows)
    if head.fault:
        raise UsageError(f"The first row of the list cannot be read: {head.fault}.")
    columns = find_columns(head.cells)
    if "address" not in columns:
        columns = bare_columns(head.cells)
        rows = itertools.chain((head,), rows)
    return people(rows, columns, consent=consent, now=now)


def likeliest_delimiter(line: str) -> str:
    """The sign between the cells of a head: the one that yields the most columns we know."""
    return max(",;\t|", key=lambda sign: (len(find_columns(parse(line, sign)[0])), line.count(sign)))


def bare_columns(cells: Sequence[str]) -> Columns:
    """Where the address stands in a list without heads; raises UsageError where there is none."""
    for index, cell in enumerate(cells):
        if "@" in cell and is_address(restored(cell)):
            return {"address": index}
    seen = ", ".join(quoted(cell, limit=20) for cell in cells[:8])
    raise UsageError(f"No column of the list holds addresses; its first row is {seen}.", hint="Call a column email.")


def is_address(text: str) -> bool:
    """Whether `normalise_address` takes it."""
    try:
        normalise_address(text)
    except UsageError:
        return False
    return True


def people(rows: Iterable[Record], columns: Columns, *, consent: Consent | None, now: datetime) -> Iterator[Row]:
    """Every row as a person or a fault; an address that stood further up, in whatever case, is a fault."""
    first_lines: dict[str, int] = {}
    for record in rows:
        row = row_of(record, columns, consent=consent, now=now)
        if row.subscriber is not None:
            key = row.subscriber.address.casefold()
            if key in first_lines:
                fault = f"{quoted(row.subscriber.address)} stands on line {first_lines[key]} already."
                row = Row(line=record.line, fault=fault)
            first_lines.setdefault(key, record.line)
        yield row


def row_of(record: Record, columns: Columns, *, consent: Consent | None, now: datetime) -> Row:
    """One record as a person or a fault."""
    if record.fault:
        return Row(line=record.line, fault=f"This row cannot be read: {record.fault}.")
    cells = {value: restored(record.cells[index]) for value, index in columns.items() if index < len(record.cells)}
    try:
        subscriber = subscriber_of(normalise_address(cells.get("address", "")), cells, now=now)
    except UsageError as fault:
        return Row(line=record.line, fault=f"{fault.message} {fault.hint}".strip())
    return admitted(subscriber, record.line, consent)


def admitted(subscriber: Subscriber, line: int, consent: Consent | None) -> Row:
    """A person in the state that consent allows."""
    if subscriber.state is SubscriberState.UNSUBSCRIBED:
        fault = f"{quoted(subscriber.address)} has left by what this row says, and is kept as unsubscribed."
        return Row(line=line, subscriber=subscriber, fault=fault)
    if subscriber.state is SubscriberState.PENDING or consent is None:
        return Row(line=line, subscriber=replace(subscriber, state=SubscriberState.PENDING))
    return Row(line=line, subscriber=replace(subscriber, consent=consent))


def write_csv(subscribers: Iterable[Subscriber], stream: TextIO) -> int:
    """Write people as a list that `read_csv` reads back; returns how many.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front, which `read_csv` takes off.
    """
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(EXPORTED)
    count = 0
    for count, subscriber in enumerate(subscribers, start=1):  # noqa: B007 - the last number is the answer
        writer.writerow(harmless(cell) for cell in exported_row(subscriber))
    return count


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """What `harmless` made its cell of."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
