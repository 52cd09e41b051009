"""What a subscription can become, and how its wishes are written."""

import difflib
import re
from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from digest.errors import Conflict, UsageError
from digest.model.subscriber import DAILY, Consent, Subscriber, SubscriberState

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS = 0b0011111
WEEKEND = 0b1100000

FULL_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_GROUPS = {"daily": DAILY, "every day": DAILY, "all": DAILY, "weekdays": WEEKDAYS, "weekend": WEEKEND}
HOUR = re.compile(r"([01]?\d|2[0-3])(?:[:.h]([0-5]\d))?|(0?[1-9]|1[0-2])(?:[:.]([0-5]\d))?\s?([ap])m", re.ASCII)
SHORTEST_DAY = 2
"""The fewest letters a day is named with: "mo"."""


def confirm(subscriber: Subscriber, *, consent: Consent | None = None, now: datetime) -> Subscriber:
    """The subscriber as an active reader; who is active already stays as they are.

    Raises Conflict for who has left: only a new sign-up of their own brings them back.
    """
    if subscriber.state is SubscriberState.UNSUBSCRIBED:
        raise Conflict(f"{subscriber.address} has unsubscribed and cannot be confirmed.")
    if subscriber.state is SubscriberState.ACTIVE:
        return subscriber
    return replace(
        subscriber,
        state=SubscriberState.ACTIVE,
        consent=consent or subscriber.consent,
        joined_at=subscriber.joined_at or now,
    )


def unsubscribe(subscriber: Subscriber, *, now: datetime) -> Subscriber:
    """The subscriber as somebody who has left, from any state; who has left already did so then."""
    if subscriber.state is SubscriberState.UNSUBSCRIBED:
        return subscriber
    return replace(subscriber, state=SubscriberState.UNSUBSCRIBED, left_at=now)


def pause(subscriber: Subscriber, *, until: datetime | None, now: datetime) -> Subscriber:
    """The subscriber getting nothing before `until`; None ends a pause. Raises UsageError for a time gone by."""
    if until is not None and until <= now:
        raise UsageError(f"A pause must end in the future, not at {until:%Y-%m-%d %H:%M} UTC.")
    return replace(subscriber, preferences=replace(subscriber.preferences, paused_until=until))


def parse_hour(text: str) -> int:
    """Minutes after midnight of "07:30", "7", "7.30" or "7:30 pm"; raises UsageError."""
    match = HOUR.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError(f"{quoted(text)} is no time of day; write it as 07:30, between 00:00 and 23:59.")
    hour, minute, half_hour, half_minute, half = match.groups()
    if half:
        return (int(half_hour) % 12 + (12 if half == "p" else 0)) * 60 + int(half_minute or 0)
    return int(hour) * 60 + int(minute or 0)


def format_hour(minutes: int) -> str:
    """Minutes after midnight as `parse_hour` reads them."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def parse_days(text: str) -> int:
    """A bit per weekday (bit 0 Monday) of "mon,wed", "mon-fri", "weekdays", "weekend" or "daily".

    Raises UsageError for words that are no days, and for no day at all.
    """
    group = DAY_GROUPS.get(text.strip().lower())
    if group is not None:
        return group
    mask = 0
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip().lower())):
        first, dash, last = part.partition("-")
        start, end = day_index(first, text), day_index(last if dash else first, text)
        mask |= sum(1 << (start + step) % 7 for step in range((end - start) % 7 + 1))
    return mask


def day_index(name: str, text: str) -> int:
    """The weekday `name` stands for, Monday 0; raises UsageError that quotes the whole `text`."""
    for index, full in enumerate(FULL_DAY_NAMES):
        if len(name) >= SHORTEST_DAY and full.startswith(name):
            return index
    raise UsageError(f"{quoted(text)} names no days; write them as mon,wed,fri or weekdays.")


def format_days(mask: int) -> str:
    """A mask of weekdays as `parse_days` reads it."""
    for name, group in (("daily", DAILY), ("weekdays", WEEKDAYS), ("weekend", WEEKEND)):
        if mask == group:
            return name
    return ",".join(name for index, name in enumerate(DAY_NAMES) if mask >> index & 1)


def check_timezone(name: str) -> str:
    """The IANA name of a time zone, in its own spelling; raises UsageError with the likeliest names."""
    zones = timezones()
    key = name.strip().replace(" ", "_").casefold()
    if key in zones:
        return zones[key]
    near = [zones[match] for match in difflib.get_close_matches(key[:64], zones, n=2, cutoff=0.75)]
    hint = f"Did you mean {' or '.join(near)}?" if near else "Names look like Europe/Berlin or America/New_York."
    raise UsageError(f"{quoted(name)} is no time zone.", hint=hint)


@cache
def timezones() -> dict[str, str]:
    """Every time zone this machine knows, by its name in lower case."""
    return {name.casefold(): name for name in sorted(available_timezones() - {"localtime", "Factory"})}


def quoted(text: str, *, limit: int = 60) -> str:
    """Foreign text as it may stand in a sentence on a terminal: no control characters, not too long."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return f"“{shown[:limit]}{'…' if len(shown) > limit else ''}”"
