"""What the columns of a list of people mean, in our own files and in those of other tools."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from digest.errors import UsageError
from digest.model.edition import BENCH_SIZE
from digest.model.subscriber import Preferences, Subscriber, SubscriberState
from digest.subscribers.subscription import (
    check_timezone,
    format_days,
    format_hour,
    parse_days,
    parse_hour,
    quoted,
)

ALIASES: Mapping[str, tuple[str, ...]] = {
    "address": (
        "email", "emailaddress", "mail", "mailaddress", "emailadresse", "mailadresse", "emailaddress1", "useremail",
        "subscriberemail", "contactemail", "adresseemail", "courriel", "correo", "correoelectronico", "address",
    ),
    "name": ("name", "fullname", "displayname", "subscribername", "vollername"),
    "first": ("firstname", "fname", "givenname", "vorname", "prenom"),
    "last": ("lastname", "lname", "surname", "familyname", "nachname", "nom"),
    "status": (
        "status", "state", "subscriptionstatus", "subscribedtoemails", "subscribed", "emailmarketing", "subscribertype",
    ),
    "left": ("unsubscribedat", "unsubtime", "cleantime", "deletedat", "bouncedat", "leftat"),
    "timezone": ("timezone", "tz", "zone", "zeitzone"),
    "hour": ("hour", "sendat", "sendhour", "uhrzeit"),
    "days": ("days", "senddays", "tage"),
    "sections": ("sections", "section", "topics", "rubriken"),
    "muted_words": ("mutedwords", "mutewords", "muted"),
    "muted_sources": ("mutedsources", "mutesources"),
    "followed_words": ("followedwords", "followwords", "followed"),
    "followed_sources": ("followedsources", "followsources"),
    "max_stories": ("maxstories", "stories"),
    "paused_until": ("pauseduntil",),
    "joined_at": ("joinedat",),
}  # fmt: skip
"""The heads under which each value is found, the likeliest first; letters and digits only, in lower case."""

EXPORTED = (
    "email", "name", "status", "timezone", "hour", "days", "sections", "muted_words", "muted_sources", "followed_words",
    "followed_sources", "max_stories", "paused_until", "joined_at", "consent", "consent_at", "consent_origin",
)  # fmt: skip
"""The heads of our own files."""

ACTIVE_WORDS = frozenset(
    (
        "",
        "active",
        "enabled",
        "subscribed",
        "confirmed",
        "true",
        "yes",
        "1",
        "regular",
        "premium",
        "free",
        "paid",
        "comped",
    )
)
LEFT_WORDS = frozenset(
    (
        "unsubscribed", "unsub", "unsubscribe", "inactive", "disabled", "blocklisted", "blacklisted", "blocked",
        "suppressed", "bounced", "hardbounced", "softbounced", "undeliverable", "cleaned", "complained", "complaint",
        "spam", "deleted", "removed", "false", "no", "0",
    )
)  # fmt: skip
PENDING_WORDS = frozenset(("pending", "unconfirmed", "unactivated", "optin", "awaitingconfirmation"))

TEXT_LIMIT = 200
LIST_LIMIT = 100

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the reading order around."""

Value = TypeVar("Value")

Columns = Mapping[str, int]
"""Where each value stands in a row."""


def find_columns(head: Sequence[str]) -> Columns:
    """Where each value stands, by the heads of the columns; those we do not know are left out."""
    keys = [key_of(cell) for cell in head]
    found = {value: next((alias for alias in aliases if alias in keys), "") for value, aliases in ALIASES.items()}
    return {value: keys.index(alias) for value, alias in found.items() if alias}


def key_of(text: str) -> str:
    """A head or a status without case, spaces and signs: "E-Mail Address" becomes "emailaddress"."""
    return re.sub(r"[\W_]+", "", text.casefold())


def subscriber_of(address: str, cells: Mapping[str, str], *, now: datetime) -> Subscriber:
    """The person a row describes, in the state its status column claims.

    Raises UsageError for a value that makes no sense, so that nobody gets a paper they did not choose.
    """
    state = state_of(cells)
    return Subscriber(
        address=address,
        name=full_name(cells),
        state=state,
        preferences=preferences_of(cells),
        joined_at=optional(cells, "joined_at", parse_instant) or now,
        left_at=now if state is SubscriberState.UNSUBSCRIBED else None,
    )


def state_of(cells: Mapping[str, str]) -> SubscriberState:
    """What the row says of the subscription; raises UsageError for a word we do not know."""
    word = key_of(cells.get("status", ""))
    if cells.get("left", "").strip() or word in LEFT_WORDS:
        return SubscriberState.UNSUBSCRIBED
    if word in PENDING_WORDS:
        return SubscriberState.PENDING
    if word in ACTIVE_WORDS:
        return SubscriberState.ACTIVE
    raise UsageError(f"The status {quoted(cells['status'])} says neither that this person reads nor that they left.")


def full_name(cells: Mapping[str, str]) -> str:
    """One name from what may stand in three columns ("Vorname" beside "Name" makes the latter a surname)."""
    name = one_line(cells.get("name", ""), "name")
    first, last = one_line(cells.get("first", ""), "first name"), one_line(cells.get("last", ""), "last name")
    if name and first and first.casefold() not in name.casefold():
        return f"{first} {name}"
    return name or f"{first} {last}".strip()


def preferences_of(cells: Mapping[str, str]) -> Preferences:
    """The wishes of a row; raises UsageError."""
    return Preferences(
        timezone=optional(cells, "timezone", check_timezone),
        send_at=optional(cells, "hour", parse_hour),
        days=optional(cells, "days", parse_days),
        sections=parse_list(cells.get("sections", ""), "section"),
        muted_words=parse_list(cells.get("muted_words", ""), "muted word"),
        muted_sources=parse_list(cells.get("muted_sources", ""), "muted source"),
        followed_words=parse_list(cells.get("followed_words", ""), "followed word"),
        followed_sources=parse_list(cells.get("followed_sources", ""), "followed source"),
        max_stories=optional(cells, "max_stories", parse_count),
        paused_until=optional(cells, "paused_until", parse_instant),
    )


def optional(cells: Mapping[str, str], column: str, parse: Callable[[str], Value]) -> Value | None:
    """The parsed value of a column, None where it is empty or missing."""
    text = cells.get(column, "").strip()
    return parse(text) if text else None


def one_line(text: str, what: str) -> str:
    """Foreign text without control characters and turned reading order, its spaces single; raises UsageError."""
    line = visible(text)
    if len(line) > TEXT_LIMIT:
        raise UsageError(f"The {what} is longer than {TEXT_LIMIT} characters.")
    return line


def visible(text: str) -> str:
    """Text as it can be shown on one line: no control characters, no turned reading order, spaces single."""
    return " ".join(UNSEEN.sub(" ", text).split())


def parse_list(text: str, what: str) -> tuple[str, ...]:
    """The values of a cell that holds several, between semicolons or bars, else between commas; each once.

    A value with such a sign in it stands in quotation marks. Raises UsageError.
    """
    bare = re.sub(r'"(?:[^"]|"")*"', "", text)
    delimiter = next((sign for sign in ";|" if sign in bare), ",")
    try:
        rows = list(csv.reader([" ".join(text.split())], delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as fault:
        raise UsageError(
            f"{quoted(text)} is no list of values ({fault}).", hint="Quotation marks stand in pairs around a value."
        ) from fault
    values = tuple(dict.fromkeys(value for row in rows for cell in row if (value := one_line(cell, what))))
    if len(values) > LIST_LIMIT:
        raise UsageError(f"There are more than {LIST_LIMIT} values, the last a {what}.")
    return values


def format_list(values: Sequence[str]) -> str:
    """Values as `parse_list` reads them."""
    marked = ('"' + value.replace('"', '""') + '"' if re.search(r'[,;|"]', value) else value for value in values)
    return ", ".join(marked)


def parse_count(text: str) -> int:
    """A number of stories; raises UsageError."""
    if not re.fullmatch(r"\d{1,2}", text, re.ASCII) or not 1 <= int(text) <= BENCH_SIZE:
        raise UsageError(f"{quoted(text)} is no number of stories; it must lie between 1 and {BENCH_SIZE}.")
    return int(text)


def parse_instant(text: str) -> datetime:
    """A point in time (ISO 8601), UTC where it names no zone; raises UsageError."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise UsageError(f"{quoted(text)} is no time; write it as 2026-03-01 or 2026-03-01T07:30.") from fault


def exported_row(subscriber: Subscriber) -> tuple[str, ...]:
    """A person as one row under EXPORTED."""
    wishes, consent = subscriber.preferences, subscriber.consent
    return (
        subscriber.address,
        subscriber.name,
        subscriber.state.value,
        wishes.timezone or "",
        "" if wishes.send_at is None else format_hour(wishes.send_at),
        "" if wishes.days is None else format_days(wishes.days),
        format_list(wishes.sections),
        format_list(wishes.muted_words),
        format_list(wishes.muted_sources),
        format_list(wishes.followed_words),
        format_list(wishes.followed_sources),
        "" if wishes.max_stories is None else str(wishes.max_stories),
        wishes.paused_until.isoformat() if wishes.paused_until else "",
        subscriber.joined_at.isoformat() if subscriber.joined_at else "",
        consent.text if consent else "",
        consent.at.isoformat() if consent else "",
        consent.origin if consent else "",
    )
