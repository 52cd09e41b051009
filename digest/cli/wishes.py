"""`digest subscribers set`: what a reader wishes, changed by hand."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.options import (
    Address,
    Days,
    Follow,
    FollowSource,
    Hour,
    Mute,
    MuteSource,
    Now,
    Sections,
    Stories,
    TimeZone,
)
from digest.cli.session import opened
from digest.errors import Conflict, UsageError
from digest.model.subscriber import Preferences, SubscriberState

if TYPE_CHECKING:
    from digest.app import App

EXAMPLE = "Example: digest subscribers set ana@example.org --days weekdays --mute 'golf, tennis' --hour default"

NEWSLETTERS = "default"
"""What stands for "as the newsletter does"."""

WISHES: Mapping[str, str] = {
    "timezone": "timezone",
    "hour": "send_at",
    "days": "days",
    "sections": "sections",
    "stories": "max_stories",
    "mute": "muted_words",
    "mute-source": "muted_sources",
    "follow": "followed_words",
    "follow-source": "followed_sources",
    "pause-until": "paused_until",
}
"""The wish each option names, in the order they are read: a pause ends in the time zone that is new."""

Named = Mapping[str, str | Sequence[str] | None]
"""What options were given; None or nothing where one was not."""


def set_(
    address: Address,
    hour: Hour = None,
    days: Days = None,
    timezone: TimeZone = None,
    sections: Sections = None,
    stories: Stories = None,
    mute: Mute = None,
    mute_source: MuteSource = None,
    follow: Follow = None,
    follow_source: FollowSource = None,
    pause_until: Annotated[
        str | None, typer.Option("--pause-until", metavar="DATE", help="No paper before this day of theirs, or time.")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="First put everything back to the newsletter's.")] = False,
    now: Now = None,
) -> None:
    """Change what is named of a reader's wishes and nothing else; "default" puts one back to the newsletter's."""
    from digest.subscribers.roster import normalise_address

    named: Named = {
        "timezone": timezone,
        "hour": hour,
        "days": days,
        "sections": sections,
        "stories": stories,
        "mute": mute,
        "mute-source": mute_source,
        "follow": follow,
        "follow-source": follow_source,
        "pause-until": pause_until,
    }
    if not reset and not any(map(texts, named.values())):
        raise UsageError("Nothing was named to be changed.", hint="digest subscribers set --help lists what can be")
    with opened(now) as newspaper:
        person = newspaper.store.subscribers.find(normalise_address(address))
        wishes = wished(newspaper, Preferences() if reset else person.preferences, named)
        gone = person.state is SubscriberState.UNSUBSCRIBED
        if gone or not newspaper.store.subscribers.choose(person.id, wishes):
            raise Conflict(f"{person.address} has unsubscribed", hint="who gets no paper has nothing to choose")
    talk.say("changed")


def wished(newspaper: "App", before: Preferences, named: Named) -> Preferences:
    """The wishes with those changed that are named; raises UsageError. A section that no feed has is talked about."""
    from digest.subscribers.choosing import changed

    wishes, zone, now = before, newspaper.settings.timezone, newspaper.clock()
    for option, wish in WISHES.items():
        given = texts(named.get(option))
        if not all(map(str.strip, given)):
            raise UsageError(f"--{option} is empty.", hint=f"“{NEWSLETTERS}” leaves it to the newsletter")
        if given:
            text = "" if given == (NEWSLETTERS,) else "\n".join(given)
            wishes = changed(wishes, wish, text, zone=zone, now=now)
    if named.get("sections"):
        for name in wishes.sections:
            if name not in newspaper.sections:
                talk.say(f"hint: no feed is in a section {name} yet")
    return wishes


def texts(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """The texts that an option was given."""
    return (given,) if isinstance(given, str) else tuple(given or ())
