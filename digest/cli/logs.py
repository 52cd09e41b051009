"""The log: lines for people or JSON for machines, on stderr, without addresses and secrets."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING

from digest.cli.masks import Mask, mask_of
from digest.cli.talk import say

if TYPE_CHECKING:
    from digest.settings.read import Settings

OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}
"""What a record has of itself; all else are the fields of the event."""

QUIET = ("uvicorn", "alembic", "asyncio")
"""Libraries whose everyday news is none of an operator's."""


def start_log(settings: "Settings", *, service: bool = False) -> None:
    """Log as the settings say for a `service` that runs by itself; for a command typed by hand, warnings alone."""
    mask = mask_of(secrets_of(settings), addresses=settings.log_addresses)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form_of(settings.log, mask) if service else Spoken(mask))
    logging.basicConfig(handlers=[handler], level=logging.INFO if service else logging.WARNING, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def no_log() -> None:
    """Log nothing: the command says itself all there is to say."""
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def announce(text: str, settings: "Settings") -> None:
    """Talk; as an event where the log is JSON, so that every line of it is."""
    if settings.log == "json":
        logging.getLogger("digest").info("%s", text)
    else:
        say(text)


def form_of(kind: str, mask: Mask) -> logging.Formatter:
    """How a service writes: "text" or "json"."""
    return JsonLines(mask) if kind == "json" else Lines(mask)


def secrets_of(settings: "Settings") -> tuple[str, ...]:
    """Every secret of the settings, for a log that must show none."""
    from digest.settings.read import field_of
    from digest.settings.table import SETTINGS

    values = [getattr(settings, field_of(setting.name)) for setting in SETTINGS if setting.secret]
    single = chain.from_iterable(value if isinstance(value, tuple) else (value,) for value in values)
    found = (each if isinstance(each, str) else getattr(each, "password", "") for each in single)
    return (*found, password_in(settings.database_url))


def password_in(url: str) -> str:
    """The password in a URL as it is written there, or nothing."""
    user, at, _ = url.partition("://")[2].rpartition("@")
    return user.partition(":")[2] if at else ""


class Masked(logging.Formatter):
    """A form whose every text goes through a mask."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self.mask = mask

    def said(self, record: logging.LogRecord) -> str:
        """The message on one line: what a server said must not begin a line of its own."""
        return self.mask(" ".join(record.getMessage().splitlines()))

    def trace(self, record: logging.LogRecord) -> str:
        """The traceback, where there is one."""
        return self.mask(self.formatException(record.exc_info)) if record.exc_info else ""


class Lines(Masked):
    """Time (UTC), level and words; a traceback below them."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        line = f"{moment(record)} {record.levelname} {self.said(record)}"
        trace = self.trace(record)
        return f"{line}\n{trace}" if trace else line


class Spoken(Masked):
    """As a command talks: "warning: …"."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        trace = self.trace(record)
        return f"{record.levelname.lower()}: {self.said(record)}" + (f"\n{trace}" if trace else "")


class JsonLines(Masked):
    """A JSON object on each line: time (UTC), level, event and the event's fields; a traceback as "error"."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        entry: dict[str, object] = {
            "time": moment(record),
            "level": record.levelname.lower(),
            "event": self.said(record),
        }
        entry |= {name: self.masked(value) for name, value in fields_of(record).items() if name not in entry}
        if record.exc_info:
            entry["error"] = self.trace(record)
        return json.dumps(entry, ensure_ascii=False)

    def masked(self, value: object) -> object:
        """A field's value as JSON has it, texts masked."""
        if value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
            return value
        return self.mask(str(value))


def fields_of(record: logging.LogRecord) -> Mapping[str, object]:
    """The fields that were given with an event (`extra`)."""
    return {name: value for name, value in record.__dict__.items() if name not in OWN}


def moment(record: logging.LogRecord) -> str:
    """When a record was made: UTC to the millisecond (RFC 3339)."""
    at = datetime.fromtimestamp(record.created, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
