"""When papers are due: local dates and hours of readers turned into instants."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.model.delivery import Profile, Slot

ONE_DAY = timedelta(days=1)
DAYS_AHEAD = 16
"""Two weeks and a margin: the next day of any mask lies within them, even where the calendar skips a date."""


def slot(day: date, minutes: int, timezone: str) -> datetime | None:
    """The instant (UTC) of `minutes` after midnight on a local date, or None where that date does not exist.

    A time skipped by the clocks takes the offset before the gap, a time that occurs twice is the first of the two
    (RFC 5545 section 3.3.5). A zone the system does not know counts as UTC: a paper at an odd hour beats none.
    """
    zone = _zone(timezone)
    if not any(_exists(datetime.combine(day, end, zone)) for end in (time.min, time.max)):
        return None
    return datetime.combine(day, time(minutes // 60, minutes % 60), zone).astimezone(UTC)


def due_slots(profiles: Sequence[Profile], *, now: datetime, max_late: timedelta) -> tuple[Slot, ...]:
    """The latest slot of each profile that is not in the future and not older than `max_late`.

    Only days of the profile's mask count; a profile without such a slot is left out.
    """
    days_back = max_late.days + 2
    latest = (
        next((slot for slot in _slots(profile, now, range(1, -days_back - 1, -1)) if slot.due_at <= now), None)
        for profile in profiles
    )
    return tuple(slot for slot in latest if slot is not None and now - slot.due_at <= max_late)


def todays_slots(profiles: Sequence[Profile], *, now: datetime) -> tuple[Slot, ...]:
    """The slots of a manual send: today's local date in each zone, due now whatever the hour and the weekday."""
    return tuple(
        Slot(profile=profile, local_date=now.astimezone(_zone(profile.timezone)).date(), due_at=now)
        for profile in profiles
    )


def next_slot(profile: Profile, *, now: datetime) -> Slot | None:
    """The first slot after now, or None where the mask has no day."""
    return next((slot for slot in _slots(profile, now, range(-1, DAYS_AHEAD)) if slot.due_at > now), None)


def _slots(profile: Profile, now: datetime, offsets: range) -> Iterator[Slot]:
    """The slots around the local date of now, in the order of the offsets (in days).

    Clocks set back over midnight (St John's until 2011) make a date begin before the one before it has ended: that
    is why callers look a day further than the calendar suggests.
    """
    today = now.astimezone(_zone(profile.timezone)).date()
    for offset in offsets:
        day = today + offset * ONE_DAY
        due_at = slot(day, profile.send_at, profile.timezone) if profile.days >> day.weekday() & 1 else None
        if due_at is not None:
            yield Slot(profile=profile, local_date=day, due_at=due_at)


def _exists(local: datetime) -> bool:
    """Whether the clocks of its zone ever showed this time. A gap that holds both ends of a day holds all of it."""
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return ZoneInfo("UTC")
