"""Dates as feeds write them, which is in more ways than the standards know."""

import re
from datetime import UTC, datetime, timedelta, timezone

MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
ZONES = {
    "ut": 0, "gmt": 0, "utc": 0, "z": 0, "wet": 0, "bst": 1, "west": 1, "met": 1, "mez": 1, "cet": 1, "mest": 2,
    "mesz": 2, "cest": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3, "ist": 5.5, "hkt": 8, "sgt": 8, "awst": 8,
    "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "adt": -3, "ast": -4, "edt": -4, "est": -5,
    "et": -5, "cdt": -5, "cst": -6, "ct": -6, "mdt": -6, "mst": -7, "mt": -7, "pdt": -7, "pst": -8, "pt": -8,
    "akdt": -8, "akst": -9, "hst": -10,
}  # fmt: skip
"""Hours east of Greenwich. Where two places share a name (BST, IST, CST) the one with more feeds has it."""

TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?)?"
ZONE = r"(?:\s*\(?(?P<zone>[+-]\d{1,2}:?\d{2}|[+-]\d{1,2}|(?:etc/)?(?:gmt|utc)[+-]\d{1,2}(?::?\d\d)?|[a-z]{1,5})\b\)?)?"
BASIC = r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
AT_TIME = rf"(?:(?:\s*,\s*|\s+|\s*t\s*|\s*-\s*)(?:at\s+)?{TIME}{ZONE})?"
WEEKDAY = r"(?:[^\W\d_]{2,12}\.?(?:\s*,\s*|\s*-\s*|\s+))?"
FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # RFC 3339, W3C and ISO 8601 in its extended and its basic form, also with a blank for the T
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})(?:(?:\s*t\s*|\s+|,\s*){TIME}{ZONE})?",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:t?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?"
        + ZONE
        + ")?",
        rf"{BASIC}\s*t?\s*{TIME}{ZONE}",
        # RFC 822, 850 and 5322, the dashes and the missing blanks of old feeds
        rf"{WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?P<month>[a-z]{{3,9}})\.?,?[\s-]+(?P<year>\d{{4}}|\d\d)"
        + AT_TIME,
        # January 2, 2026 3:04 PM; Fri Jan 02 2026 03:04:05
        rf"{WEEKDAY}(?P<month>[a-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})" + AT_TIME,
        # asctime and date(1): Fri Jan  2 03:04:05 UTC 2026
        rf"{WEEKDAY}(?P<month>[a-z]{{3,9}})\s+(?P<day>\d{{1,2}})\s+{TIME}{ZONE}\s+(?P<year>\d{{4}})",
    )
)
EPOCH = re.compile(r"\d{10}(?:\d{3})?")
LONGEST_DATE = 100


def read_date(text: str) -> datetime | None:
    """The instant a date means, in UTC; None where it means none. What names no zone is taken as UTC."""
    text = " ".join(text.split()) if len(text) <= LONGEST_DATE else ""
    if EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    for form in FORMS:
        found = form.match(text)
        if found and (found.end() == len(text) or not text[found.end()].isdigit()):
            return instant(found.groupdict())
    return None


def instant(parts: dict[str, str | None]) -> datetime | None:
    """The instant that the parts of a date name; None for a day that no calendar has."""
    month = (parts["month"] or "").lower()
    year = int(parts["year"] or 0)
    if len(parts["year"] or "") == 2:  # noqa: PLR2004 -- RFC 2822 section 4.3: 50 to 99 are of the last century
        year += 1900 if year >= 50 else 2000  # noqa: PLR2004
    try:
        day = datetime(year, int(month) if month.isdigit() else MONTHS[month[:3]], int(parts["day"] or 0), tzinfo=UTC)
        return (day + time_of_day(parts)).replace(tzinfo=offset(parts.get("zone") or "z")).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None


def time_of_day(parts: dict[str, str | None]) -> timedelta:
    """Hours, minutes and seconds since midnight; raises ValueError for a time that no clock shows."""
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (parts.get("half") or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 24 or minute > 59 or second > 60:  # noqa: PLR2004 -- ISO 8601 knows 24:00 and leap seconds
        raise ValueError(f"there is no {hour}:{minute}:{second}")
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def offset(zone: str) -> timezone:
    """A zone as its distance from Greenwich; an unknown name is Greenwich (RFC 5322 section 4.3)."""
    name = zone.lower().removeprefix("etc/")
    digits = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", name)
    if not digits:
        return timezone(timedelta(hours=ZONES.get(name, 0)))
    distance = timedelta(hours=int(digits[2]), minutes=int(digits[3] or 0))
    return timezone(-distance if digits[1] == "-" else distance)
