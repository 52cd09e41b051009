"""A reader's preferences: looking shows them, posting keeps them whole or not at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from digest.errors import NotFound, UsageError
from digest.model.edition import BENCH_SIZE
from digest.model.subscriber import DAILY, Preferences, Subscriber, SubscriberState
from digest.ports import Clock, SubscriberStore
from digest.subscribers.choosing import Fields, Offer, choose, days_of, sections_of, shown
from digest.subscribers.links import Links
from digest.subscribers.subscription import DAY_NAMES, FULL_DAY_NAMES, WEEKDAYS, format_hour, timezones
from digest.web.pages import Pages, masked

FIELD_LIMIT = 1000
"""The most fields of a form; there are a dozen, and one for each section that is ticked."""
UNPROCESSABLE = 422

REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip
"""The time zones that are places; every other name is an older one for one of these."""
LABELS: Mapping[str, str] = {
    "send_at": "Time of day",
    "days": "Days",
    "timezone": "Time zone",
    "paused_until": "Pause until",
    "sections": "Sections",
    "max_stories": "Most stories",
    "followed_words": "Words you follow",
    "followed_sources": "Sources you follow",
    "muted_words": "Muted words",
    "muted_sources": "Muted sources",
}
"""What the fields are called, in the order of the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One of several things to tick: what it sends, how it is called, and whether it is ticked."""

    value: str
    label: str
    ticked: bool


class Wishes:
    """The page of one reader's preferences; its token is the credential."""

    def __init__(
        self,
        pages: Pages,
        *,
        subscribers: SubscriberStore,
        links: Links,
        offer: Callable[[], Offer],
        clock: Clock,
    ) -> None:
        self.pages = pages
        self.subscribers = subscribers
        self.links = links
        self.offer = offer
        self.clock = clock

    def show(self, request: Request) -> Response:
        """GET /preferences/TOKEN: the form, filled in."""
        person = self.reader(request)
        if person is None:
            return self.nobody(request)
        return self.form(request, person, shown(person.preferences, self.offer(), now=self.clock()))

    async def save(self, request: Request) -> Response:
        """POST /preferences/TOKEN: keep what the form says, or show it again with what is wrong beside each field."""
        body = await request.body()
        return await run_in_threadpool(self.saved, request, body)

    def saved(self, request: Request, body: bytes) -> Response:
        """The answer to a form."""
        person = self.reader(request)
        if person is None:
            return self.nobody(request, status=409)
        fields, now = fields_of(body), self.clock()
        choice = choose(fields, person.preferences, self.offer(), now=now)
        if choice.faults:
            return self.form(request, person, fields, faults=choice.faults)
        if not self.subscribers.choose(person.id, choice.preferences):
            return self.nobody(request, status=409)
        person = replace(person, preferences=choice.preferences)
        return self.form(request, person, shown(person.preferences, self.offer(), now=now), saved=True)

    def reader(self, request: Request) -> Subscriber | None:
        """Whom the token speaks for, None where they have left or are not known; raises UsageError for a bad token."""
        try:
            person = self.subscribers.get(self.links.read_preferences(request.path_params["token"]))
        except NotFound:
            return None
        return None if person.state is SubscriberState.UNSUBSCRIBED else person

    def nobody(self, request: Request, *, status: int = 200) -> Response:
        """The page for who gets no mail any more."""
        text = f"This address gets no more mails from {self.pages.letterhead.title}, so there is nothing to choose."
        return self.pages.message(request, "You are off the list", text, status=status)

    def form(
        self,
        request: Request,
        person: Subscriber,
        fields: Fields,
        *,
        faults: Mapping[str, str] | None = None,
        saved: bool = False,
    ) -> Response:
        """The form with these fields, the faults beside them."""
        offer = self.offer()
        return self.pages.page(
            request,
            "preferences.html",
            status=UNPROCESSABLE if faults else 200,
            address=masked(person.address),
            values={name: texts[0] for name, texts in fields.items() if texts},
            zones=zones(fields["timezone"][0]),
            ways=ways(fields, offer),
            days=days(fields),
            sections=sections(fields, person.preferences, offer),
            ours=ours(offer),
            labels=LABELS,
            faults=faults or {},
            most=BENCH_SIZE,
            saved=saved,
            leave=self.links.unsubscribe_token(person.id),
        )


def fields_of(body: bytes) -> Fields:
    """The fields of a form as browsers post it; raises UsageError where it has far too many."""
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELD_LIMIT)
    except ValueError as fault:
        raise UsageError("This form has more fields than the page it came from.") from fault


def ours(offer: Offer) -> dict[str, str]:
    """What the newsletter does for who chooses nothing, in words."""
    defaults = offer.defaults
    return {
        "send_at": format_hour(defaults.send_at),
        "timezone": defaults.timezone.replace("_", " "),
        "max_stories": str(offer.max_stories),
    }


def ways(fields: Fields, offer: Offer) -> tuple[Box, ...]:
    """The ways to say on which days the paper comes."""
    labels = {
        "": f"As the newsletter does: {in_words(offer.defaults.days)}",
        "daily": "Every day",
        "weekdays": "Monday to Friday",
        "chosen": "On these days:",
    }
    return tuple(Box(value=way, label=label, ticked=fields["days"][0] == way) for way, label in labels.items())


def in_words(mask: int) -> str:
    """Days of the week as a person says them."""
    if mask in (DAILY, WEEKDAYS):
        return "every day" if mask == DAILY else "Monday to Friday"
    return ", ".join(
        day.capitalize() for day, name in zip(FULL_DAY_NAMES, DAY_NAMES, strict=True) if name in days_of(mask)
    )


def days(fields: Fields) -> tuple[Box, ...]:
    """The days of the week."""
    ticked = fields.get("day", ())
    names = zip(DAY_NAMES, FULL_DAY_NAMES, strict=True)
    return tuple(Box(value=name, label=full.capitalize(), ticked=name in ticked) for name, full in names)


def sections(fields: Fields, wishes: Preferences, offer: Offer) -> tuple[Box, ...]:
    """The sections there are."""
    ticked = fields.get("sections", ())
    return tuple(Box(value=name, label=name, ticked=name in ticked) for name in sections_of(wishes, offer))


def zones(chosen: str) -> Mapping[str, tuple[Box, ...]]:
    """The time zones by region, and among the others what was chosen, whatever that is."""
    found = {region: tuple(zone(name, chosen) for name in names) for region, names in places().items()}
    if chosen and not any(box.ticked for boxes in found.values() for box in boxes):
        found["Other"] += (Box(value=chosen, label=chosen, ticked=True),)
    return found


def zone(name: str, chosen: str) -> Box:
    """A time zone, called by its place."""
    region, _, place = name.partition("/")
    label = place if region in REGIONS and place else name
    return Box(value=name, label=label.replace("_", " "), ticked=name == chosen)


@cache
def places() -> Mapping[str, tuple[str, ...]]:
    """The names of the time zones by region."""
    names = tuple(timezones().values())
    return {region: tuple(name for name in names if name.startswith(f"{region}/")) for region in REGIONS} | {
        "Other": ("UTC",)
    }
