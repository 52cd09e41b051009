"""The pages as the application fills them in."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.errors import NotFound, SettingsError
from digest.model.edition import Correction, Edition, EditionState
from digest.newsroom import hand
from digest.rendering.assemble import web_page
from digest.settings.read import Settings
from digest.subscribers.choosing import Offer
from digest.web.site import Desk, site
from digest.web.studio.asked import Asked
from digest.web.studio.door import Keys
from digest.web.studio.house import Studio, studio
from digest.web.studio.workplace import Workplace

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
            metrics=metrics(app),
        )
    )


def metrics(app: App) -> Callable[[Request], Response] | None:
    """What answers /metrics; None while there is no token for it."""
    if not app.settings.metrics_token:
        return None
    from digest.web.metrics import MetricsPage

    return MetricsPage(app.settings.metrics_token, app.store.gauges, app.clock).answer


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


def studio_of(
    app: App,
    first: Asked,
    *,
    again: Callable[[], Settings] | None = None,
    env: Path | None = None,
    by: str = "",
    keys: Keys | None = None,
) -> Studio:
    """The studio of this newspaper, which opens with `first`; `again` and `env` as Workplace has them, `by` who works.

    Raises NotFound where there is no such edition, or no such reader.
    """
    workplace = Workplace(app, again=again, env=env)
    workplace.person(first)
    workplace.edition(first)
    return studio(workplace, first=first, by=by or hand.editor(), keys=keys)


def edition_of(app: App, asked: Asked) -> Edition:
    """The edition that is asked for; raises NotFound."""
    return Workplace(app).edition(asked)
