"""The pages as the application fills them in."""

import secrets
from functools import lru_cache
from urllib.parse import urlencode

from starlette.applications import Starlette

from digest.app import App
from digest.errors import NotFound, SettingsError
from digest.mailroom import Frozen
from digest.model.edition import Correction, Edition, EditionState
from digest.newsroom import editions, hand
from digest.rendering.assemble import preview as opened_mail
from digest.rendering.assemble import web_page
from digest.subscribers.choosing import Offer
from digest.web.preview import Looks, preview
from digest.web.site import Desk, site

PAGES_KEPT = 8
"""Pages of editions kept ready; most readers open the newest."""


def front(app: App) -> Starlette:
    """The public pages; raises SettingsError where links cannot be signed."""
    if app.links is None:
        raise SettingsError(
            ("DIGEST_SECRET_KEY is missing: the links in mails are signed with it",), hint="digest init makes one"
        )
    return site(
        Desk(
            letterhead=app.letterhead,
            editions=app.store.editions,
            images=app.store.images,
            subscribers=app.store.subscribers,
            links=app.links,
            clock=app.clock,
            render=app.templates.render,
            edition_page=EditionPages(app),
            offer=lambda: offer(app),
        )
    )


def offer(app: App) -> Offer:
    """What readers can choose from, and what holds where they choose nothing."""
    return Offer(sections=app.sections, defaults=app.defaults, max_stories=app.settings.max_stories)


class EditionPages:
    """Frozen editions as web pages; one that was cancelled has none."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.made = lru_cache(maxsize=PAGES_KEPT)(self.make)

    def __call__(self, number: int) -> str | None:
        """The page, or None where there is no such edition to show."""
        try:
            edition = self.app.store.editions.get(number)
        except NotFound:
            return None
        return self.made(number, hand.corrections(self.app, number)) if edition.state is EditionState.FROZEN else None

    def make(self, number: int, corrections: tuple[Correction, ...]) -> str:
        """The page of an edition, decoded from the blocks it was mailed with, under the corrections made since."""
        edition, zone = self.app.store.editions.get(number), self.app.settings.timezone
        rendering = self.app.store.editions.rendering(number, edition.language)
        return web_page(rendering, edition, edition.lineup, timezone=zone, corrections=corrections)


def looks(app: App, paper: Frozen, address: str | None) -> Looks:
    """The mail of an edition as a subscriber gets it, taken apart to be looked at; raises NotFound."""
    person = app.store.subscribers.find(address) if address else None
    parts = opened_mail(editions.mail_for(app, paper, person))
    subject = next((value for name, value in parts.headers if name == "Subject"), "")
    return Looks(subject=subject, html=parts.html, text=parts.text, headers=parts.headers, size=parts.html_octets)


def preview_of(app: App, edition: Edition, address: str | None) -> tuple[Starlette, str]:
    """The local preview of an edition, and the secret path to open, first as `address` gets it; raises NotFound."""
    secret, paper = secrets.token_urlsafe(18), editions.opened(app, edition)
    table = preview(
        lambda asked: looks(app, paper, asked), secret=secret, letterhead=app.letterhead, render=app.templates.render
    )
    who = urlencode({"subscriber": app.store.subscribers.find(address).address}) if address else ""
    return table, f"/{secret}/{'?' if who else ''}{who}"
