"""What lies on the editor's desk: the newspaper as it is now, and its editions as anybody would get them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes, policy
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from digest import samples
from digest.app import App, templates_for
from digest.daily import local_date
from digest.errors import SettingsError, UsageError
from digest.model.edition import Edition, LineUp
from digest.model.finding import Finding
from digest.model.message import Mail, Push
from digest.model.subscriber import Preferences, Subscriber, SubscriberState
from digest.newsroom import editions, hand
from digest.newsroom.proof import proof
from digest.presses import Frozen, frozen_of
from digest.rendering.assemble import Preview, web_page
from digest.rendering.assemble import preview as opened_mail
from digest.rendering.blocks import render
from digest.rendering.press import press
from digest.rendering.push import push
from digest.settings.read import Settings
from digest.shipped import shipped
from digest.web.studio.asked import Asked
from digest.web.studio.watch import Watch, marks

RECENT = timedelta(days=30)
READERS = 200
"""The most readers that are offered by name."""
KEPT = 8
"""Papers kept ready; each is a rendering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """An edition as somebody gets it: the mail, its parts, and the line-up it was made of."""

    paper: Frozen
    person: Subscriber | None
    lineup: LineUp
    mail: Mail
    parts: Preview
    subject: str
    preheader: str

    @property
    def source(self) -> str:
        """The whole message as it goes over the wire."""
        return self.mail.content.decode("utf-8", "replace").replace("\r\n", "\n")

    @property
    def edition(self) -> Edition:
        """What it is of."""
        return self.paper.edition


class Workplace:
    """The newspaper with settings and templates read again when they change, and the papers made of them kept.

    `again` reads the settings, from `env` among others; without it they stay as they are. Called from threads.
    """

    def __init__(self, app: App, *, again: Callable[[], Settings] | None = None, env: Path | None = None) -> None:
        self._app = app
        self._again = again
        self._env = env
        self._lock = threading.RLock()
        self._made_at = ""
        self._read_at = self._files()
        self._recent: tuple[Edition, ...] | None = None
        self._editions: dict[str, Edition] = {}
        self._papers: dict[tuple[str, str], Frozen] = {}
        self._findings: dict[str, tuple[Finding, ...]] = {}
        self.fault: SettingsError | None = None
        self._watch = Watch(self._state)

    def _files(self) -> str:
        chosen = self._app.settings
        return marks(self._env, chosen.logo, shipped("templates"), chosen.templates)

    def _state(self) -> str:
        """What everything that is shown depends on."""
        today = local_date(self._app.clock(), self._app.settings.timezone)
        return f"{self._files()} {self._app.store.pulse()} {today}"

    def stamp(self) -> str:
        """What changes when anything that is shown does."""
        return self._watch.stamp()

    @property
    def app(self) -> App:
        """The newspaper by the settings and templates there are now, or the last settings that could be read."""
        with self._lock:
            files = self._files()
            if files != self._read_at:
                self._app, self._read_at = self._read_again(), files
            return self._app

    def _read_again(self) -> App:
        settings = self._app.settings
        try:
            settings = self._again() if self._again else settings
            self.fault = None
        except SettingsError as fault:
            self.fault = fault
        return replace(self._app, settings=settings, templates=templates_for(settings))

    def edition(self, asked: Asked) -> Edition:
        """The edition that is asked for; raises NotFound."""
        if asked.sample:
            return samples.sample(asked.sample)
        with self._kept():
            if asked.edition not in self._editions:
                self._editions[asked.edition] = editions.find(self.app, asked.number)
            return self._editions[asked.edition]

    def paper(self, asked: Asked) -> Frozen:
        """That edition with its blocks, in the language that is tried out; raises TemplateError, NotFound."""
        edition = self.edition(asked)
        language = asked.language if asked.trying else ""
        with self._kept():
            known = (asked.edition, language)
            if known not in self._papers:
                while len(self._papers) >= KEPT:
                    self._papers.pop(next(iter(self._papers)))
                self._papers[known] = opened(self.app, edition, language)
            return self._papers[known]

    def _kept(self) -> threading.RLock:
        """The lock over what is kept, which is let go when anything has changed."""
        with self._lock:
            state = f"{self._files()} {self.stamp()}"
            if state != self._made_at:
                self._recent = None
                self._editions.clear()
                self._papers.clear()
                self._findings.clear()
                self._made_at = state
        return self._lock

    def person(self, asked: Asked) -> Subscriber | None:
        """Who gets it: a reader, somebody with the wishes that are tried out, or nobody in particular."""
        app = self.app
        if asked.reader:
            return app.store.subscribers.find(asked.reader)
        if not (asked.sections or asked.timezone):
            return None
        if asked.timezone:
            check_zone(asked.timezone)
        wishes = Preferences(sections=asked.sections, timezone=asked.timezone or None)
        return Subscriber(address=f"reader@{app.domain}", preferences=wishes)

    def looks(self, asked: Asked) -> Looks:
        """The mail that is asked for, taken apart; raises NotFound, TemplateError, UsageError."""
        app, person, paper = self.app, self.person(asked), self.paper(asked)
        mail = editions.mail_for(app, paper, person)
        parts = opened_mail(mail)
        lineup = editions.lineup_of(app, paper, person)
        return Looks(
            paper=paper,
            person=person,
            lineup=lineup,
            mail=mail,
            parts=parts,
            subject=str(message_from_bytes(mail.content, policy=policy.default)["Subject"]),
            preheader=press(paper.rendering, paper.edition).top(lineup, "")[1],
        )

    def findings(self, asked: Asked) -> tuple[Finding, ...]:
        """What the checks have to say of it."""
        edition, person = self.edition(asked), self.person(asked)
        known = f"{asked.edition} {person}"
        with self._kept():
            if known not in self._findings:
                self._findings[known] = proof(self.app, edition, person)
            return self._findings[known]

    def push(self, asked: Asked) -> Push:
        """The edition as a notification."""
        app, paper = self.app, self.paper(asked)
        url = app.addresses.edition_url(paper.edition.number)
        return push(paper.edition, paper.edition.lineup, app.letterhead, app.templates, url=url)

    def picture(self, fingerprint: str) -> bytes | None:
        """The bytes of an image: the logo, one from the store, or a sample's."""
        logo = self.app.logo
        if logo and logo[0].fingerprint == fingerprint:
            return logo[1]
        return self.app.store.images.get(fingerprint) or samples.picture(fingerprint)

    def touch(self) -> None:
        """Look again at once: something was just changed here."""
        self._watch.touch()

    def web(self, asked: Asked) -> str:
        """The edition as its web page shows it."""
        app, paper = self.app, self.paper(asked)
        number, zone = paper.edition.number, asked.timezone or app.settings.timezone
        made = hand.corrections(app, number) if number else ()
        return web_page(paper.rendering, paper.edition, paper.edition.lineup, timezone=zone, corrections=made)

    def recent(self) -> tuple[Edition, ...]:
        """The editions of the last weeks, newest first."""
        with self._kept():
            if self._recent is None:
                self._recent = self.app.store.editions.since(self.app.clock() - RECENT)
            return self._recent

    def samples(self) -> tuple[str, ...]:
        """The names of the sample editions."""
        return samples.names()

    def readers(self) -> Iterator[str]:
        """The first addresses there are."""
        people = self.app.store.subscribers.each(SubscriberState.ACTIVE)
        return (person.address for person in islice(people, READERS))


def opened(app: App, edition: Edition, language: str) -> Frozen:
    """The edition with its blocks; in another language than its own they are made anew."""
    if not language or language == edition.language:
        return editions.opened(app, edition)
    translated = replace(edition, language=language)
    return frozen_of(translated, render(translated, app.letterhead, app.templates), app.rules)


def check_zone(name: str) -> None:
    """Raises UsageError for what is no time zone."""
    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError) as fault:
        raise UsageError(f"There is no time zone {name!r}.", hint="Write it like Europe/Berlin.") from fault
