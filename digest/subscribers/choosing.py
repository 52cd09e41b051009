"""How a reader's wishes are written, changed one by one, and read back from the form that shows them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from digest.errors import UsageError
from digest.model.delivery import Profile
from digest.model.subscriber import DAILY, Preferences
from digest.subscribers.columns import LIST_LIMIT, format_list, parse_count, parse_instant, parse_list, visible
from digest.subscribers.subscription import (
    DAY_NAMES,
    WEEKDAYS,
    check_timezone,
    format_hour,
    parse_days,
    parse_hour,
    quoted,
)

Fields = Mapping[str, Sequence[str]]
"""A form: the texts under each name. One wish is one name of Preferences; `days` says which days, `day` names them."""

SINGLE: Mapping[str, Callable[[str], Any]] = {
    "timezone": check_timezone,
    "send_at": parse_hour,
    "days": parse_days,
    "max_stories": parse_count,
}
LISTS: Mapping[str, str] = {
    "sections": "section",
    "muted_words": "muted word",
    "muted_sources": "muted source",
    "followed_words": "followed word",
    "followed_sources": "followed source",
}
"""The wishes that are several values, and what one of them is."""

TYPED = (
    "timezone", "send_at", "max_stories", "muted_words", "muted_sources", "followed_words", "followed_sources",
    "paused_until",
)  # fmt: skip
"""The fields with a text in them, which every form that arrives whole has. The zone of a pause comes before it."""

GROUPS: Mapping[str, int | None] = {"": None, "daily": DAILY, "weekdays": WEEKDAYS}
"""What `days` may say besides CHOSEN, which stands for the days that `day` names."""
CHOSEN = "chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a reader can choose from, and what holds where they choose nothing; `sections` are the feeds'."""

    sections: tuple[str, ...]
    defaults: Profile
    max_stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a form says: the wishes, and by the name of its field each fault in one sentence.

    With a fault, the wishes are not what the reader wants and must not be kept.
    """

    preferences: Preferences
    faults: Mapping[str, str] = field(default_factory=dict)


def changed(wishes: Preferences, wish: str, text: str, *, zone: str, now: datetime) -> Preferences:
    """The wishes with one changed, by its name in Preferences; an empty text leaves it to the newsletter.

    `zone` is the newsletter's, for who chose none. Raises UsageError for a text that makes no sense.
    """
    value: Any = getattr(Preferences(), wish)
    if wish in LISTS:
        value = parse_lines(text, LISTS[wish])
    elif text.strip():
        value = parse_pause(text, zone=wishes.timezone or zone, now=now) if wish not in SINGLE else SINGLE[wish](text)
    return replace(wishes, **{wish: value})


def parse_lines(text: str, what: str) -> tuple[str, ...]:
    """The values of a text that has them on lines, or several on one line as `parse_list` reads; raises UsageError."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > LIST_LIMIT:
        raise UsageError(f"There are more than {LIST_LIMIT} values, the last a {what}.")
    return parse_list(format_list([value for line in lines for value in parse_list(line, what)]), what)


def parse_pause(text: str, *, zone: str, now: datetime) -> datetime:
    """The end of a pause: the first moment of a day where the reader lives, or a time; raises UsageError."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        until = parse_instant(text.strip())
    else:
        until = midnight(max(day, local_day(now, zone)), zone)
    if until <= now:
        raise UsageError(f"A pause ends in the future, not at {quoted(text.strip())}.")
    return until


def midnight(day: date, zone: str) -> datetime:
    """When a day begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def local_day(until: datetime, zone: str) -> date:
    """The day of an instant in a time zone."""
    try:
        return until.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return date.max


def shown(wishes: Preferences, offer: Offer, *, now: datetime) -> dict[str, tuple[str, ...]]:
    """The fields of the form as these wishes fill it; a pause that is over is none."""
    days = next((name for name, mask in GROUPS.items() if mask == wishes.days), CHOSEN)
    texts = {
        "timezone": wishes.timezone or "",
        "send_at": "" if wishes.send_at is None else format_hour(wishes.send_at),
        "max_stories": "" if wishes.max_stories is None else str(wishes.max_stories),
        "paused_until": pause_of(wishes, offer, now=now),
        "days": days,
    }
    lists = {name: format_list([visible(word) for word in getattr(wishes, name)]) for name in LISTS}
    return {name: (text,) for name, text in (lists | texts).items()} | {
        "day": days_of(wishes.days or 0) if days == CHOSEN else (),
        "sections": tuple(map(visible, wishes.sections)),
    }


def pause_of(wishes: Preferences, offer: Offer, *, now: datetime) -> str:
    """The day a pause ends on, where the reader lives; nothing where there is none, or it is over."""
    if wishes.paused_until is None or wishes.paused_until <= now:
        return ""
    return local_day(wishes.paused_until, wishes.timezone or offer.defaults.timezone).isoformat()


def days_of(mask: int) -> tuple[str, ...]:
    """The short names of the weekdays in a mask."""
    return tuple(name for index, name in enumerate(DAY_NAMES) if mask >> index & 1)


def sections_of(wishes: Preferences, offer: Offer) -> dict[str, str]:
    """The sections to choose from by how they are shown, first the reader's own in their order."""
    found: dict[str, str] = {}
    for name in (*wishes.sections, *offer.sections):
        found.setdefault(visible(name), name)
    return found


def choose(fields: Fields, before: Preferences, offer: Offer, *, now: datetime) -> Choice:
    """What a form says that was shown for the wishes `before`; raises UsageError for one that did not arrive whole."""
    if not {"days", *TYPED} <= fields.keys():
        raise UsageError("The form did not arrive whole.", hint="Open it again by the link in your mail.")
    reading = Reading(fields=fields, before=before, offer=offer, now=now)
    wishes, faults = before, {}
    for wish in (*TYPED, "days", "sections"):
        try:
            wishes = reading.read(wishes, wish)
        except UsageError as fault:
            faults[wish] = f"{fault.message} {fault.hint}".strip()
    return Choice(preferences=wishes, faults=faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A form that is being read, wish by wish."""

    fields: Fields
    before: Preferences
    offer: Offer
    now: datetime

    def read(self, wishes: Preferences, wish: str) -> Preferences:
        """The wishes with this one as the form has it; raises UsageError."""
        if wish == "days":
            return replace(wishes, days=self.days())
        if wish == "sections":
            return replace(wishes, sections=self.sections())
        text = self.fields[wish][0]
        if wish == "paused_until" and self.goes_on(text, wishes):
            return replace(wishes, paused_until=self.before.paused_until)
        return changed(wishes, wish, text, zone=self.offer.defaults.timezone, now=self.now)

    def goes_on(self, text: str, wishes: Preferences) -> bool:
        """Whether the pause is the one before, to the minute, which a form that shows its day does not tell."""
        return wishes.timezone == self.before.timezone and text == pause_of(self.before, self.offer, now=self.now)

    def days(self) -> int | None:
        """The weekdays; raises UsageError."""
        name = self.fields["days"][0]
        if name in GROUPS:
            return GROUPS[name]
        if name != CHOSEN:
            raise UsageError("Choose one of these ways.")
        if not self.fields.get("day"):
            raise UsageError("Tick at least one day.")
        return parse_days(",".join(self.fields["day"]))

    def sections(self) -> tuple[str, ...]:
        """The ticked sections in their order; raises UsageError."""
        offered = sections_of(self.before, self.offer)
        ticked = [visible(name) for name in self.fields.get("sections", ())]
        for name in ticked:
            if name not in offered:
                raise UsageError(f"There is no section {quoted(name)} any more.")
        return tuple(dict.fromkeys(offered[name] for name in ticked))
