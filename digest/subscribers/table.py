"""The bytes of somebody's spreadsheet as numbered records, however badly they are written."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1 << 16
LINE_LIMIT = 1 << 16
"""The most characters in a record; what is longer is no list of people."""
SPAN_LIMIT = 50
"""The most lines one quoted record may span before its quotation mark counts as never closed."""

UNCLOSED = "a quotation mark opens on this line and is never closed"

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row: its first line (1-based), its cells, or the reason why it cannot be read."""

    line: int
    cells: tuple[str, ...] = ()
    fault: str = ""


def physical_lines(source: BinaryIO) -> Iterator[str]:
    """The lines of a stream, in bounded memory; one that is too long is cut, but stays longer than LINE_LIMIT.

    A byte order mark decides the encoding; without one each line is UTF-8 or else Windows-1252.
    """
    chunk = source.read(CHUNK)
    encoding = next((name for bom, name in BOMS if chunk.startswith(bom)), "latin-1")
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    rest = ""
    while chunk:
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        yield from (western(line) if encoding == "latin-1" else line for line in lines)
        rest = rest[: 4 * LINE_LIMIT + 1]
        chunk = source.read(CHUNK)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield western(rest) if encoding == "latin-1" else rest


def western(line: str) -> str:
    """A line read byte by byte as what it was meant to be."""
    octets = line.encode("latin-1")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


class Lines:
    """Numbered lines that can be put back."""

    def __init__(self, lines: Iterable[str], start: int) -> None:
        self.numbered = enumerate(lines, start=start)
        self.waiting: deque[tuple[int, str]] = deque()

    def take(self) -> tuple[int, str] | None:
        """The next line, or None at the end."""
        return self.waiting.popleft() if self.waiting else next(self.numbered, None)

    def put_back(self, lines: Sequence[tuple[int, str]]) -> None:
        """Let these lines, in their order, be taken next."""
        self.waiting.extendleft(reversed(lines))


def records(lines: Iterable[str], delimiter: str, *, start: int = 1) -> Iterator[Record]:
    """The rows of a table; empty lines are passed over. `start` is the number of the first line.

    A quotation mark that is never closed costs its own line and no other.
    """
    source = Lines(lines, start)
    while (taken := source.take()) is not None:
        number, line = taken
        if fault := line_fault(line):
            yield Record(line=number, fault=fault)
        elif '"' in line:
            yield quoted_record(number, line, source, delimiter)
        elif line.strip():
            yield Record(line=number, cells=tuple(line.split(delimiter)))


def line_fault(line: str) -> str:
    """Why a line cannot be part of a list of people, or nothing."""
    if len(line) > LINE_LIMIT:
        return f"the line is longer than {LINE_LIMIT} characters"
    if "\0" in line:
        return "the line holds a NUL character"
    return ""


def quoted_record(number: int, line: str, source: Lines, delimiter: str) -> Record:
    """The record that begins on a line with quotation marks and may end some lines later."""
    text, further = line, list[tuple[int, str]]()
    while True:
        cells, fault = parse(text, delimiter)
        if cells:
            return Record(line=number, cells=cells)
        if fault == UNCLOSED:
            more = until_quote(source, room=SPAN_LIMIT - len(further))
            further += more
            text = "\n".join((text, *(part for _, part in more)))
            if more and '"' in more[-1][1] and not line_fault(text):
                continue
        source.put_back(further)
        return Record(line=number, fault=fault)


def until_quote(source: Lines, *, room: int) -> list[tuple[int, str]]:
    """The next lines up to and with the first that holds a quotation mark, at most `room` of them."""
    lines: list[tuple[int, str]] = []
    while len(lines) < room and (taken := source.take()) is not None:
        lines.append(taken)
        if '"' in taken[1] or line_fault(taken[1]):
            break
    return lines


def parse(text: str, delimiter: str) -> tuple[tuple[str, ...], str]:
    """The cells of one record, or no cells and the reason why it has none."""
    try:
        lines = io.StringIO(text, newline="")
        return tuple(next(csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True))), ""
    except csv.Error as fault:
        if "unexpected end" in str(fault):
            return (), UNCLOSED
        return (), f"the quotation marks do not match ({fault})"
