"""When a feed is asked again: at most once an hour, at least once a day."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

SHORTEST = timedelta(hours=1)
LONGEST = timedelta(days=1)
SPREAD = timedelta(minutes=10)
UNNAMED_PAUSE = timedelta(hours=4)
"""How long to leave a server that has too much to do and does not say for how long (429, 503)."""

MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
NOTHING = timedelta()


def jitter(url: str) -> timedelta:
    """A feed's own small delay, 0 to SPREAD: always the same, so that a restart brings no burst of requests."""
    part = int.from_bytes(sha256(url.encode("utf-8", "replace")).digest()[:4]) / 2**32
    return SPREAD * part


def next_visit(url: str, wait: timedelta, *, now: datetime, skip_hours: tuple[int, ...] = ()) -> datetime:
    """The time of the next visit after `wait`, within SHORTEST and LONGEST and outside `skip_hours` (0..23, GMT)."""
    moment = now + min(max(wait, SHORTEST), LONGEST - SPREAD) + jitter(url)
    if len(set(skip_hours)) < 24:  # noqa: PLR2004 — a feed that skips the whole day means nothing by it
        while moment.hour in skip_hours:
            moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) + jitter(url)
    return min(moment, now + LONGEST)


def wished_wait(headers: Mapping[str, str], ttl_minutes: int | None, *, now: datetime) -> timedelta:
    """The longest wait that an answer asks for: Cache-Control or else Expires (RFC 9111), Retry-After, RSS ttl."""
    ttl = timedelta(minutes=min(ttl_minutes or 0, 100_000))
    return max(_fresh_for(headers, now), seconds_asked(headers, now=now) or NOTHING, ttl)


def seconds_asked(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """What Retry-After asks for, in seconds or as a date (RFC 9110 section 10.2.3); None where it is not there."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=int(value[:9]))
    moment = http_date(value)
    return None if moment is None else max(moment - now, NOTHING)


def after_failure(failures: int) -> timedelta:
    """The wait after so many failures in a row: one hour, two, four …, a day at most."""
    return min(SHORTEST * (1 << min(max(failures - 1, 0), 10)), LONGEST)


def http_date(value: str) -> datetime | None:
    """A date of HTTP (RFC 9110 section 5.6.7), or None."""
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    age = headers.get("age", "")
    max_age = MAX_AGE.search(headers.get("cache-control", ""))
    if max_age:
        spent = int(age[:9]) if age.isascii() and age.isdigit() else 0
        return max(timedelta(seconds=int(max_age[1]) - spent), NOTHING)
    expires = http_date(headers.get("expires", ""))
    if expires is None:
        return NOTHING
    # Against the server's own clock, which may be wrong in both headers alike.
    return max(expires - (http_date(headers.get("date", "")) or now), NOTHING)
