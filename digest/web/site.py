"""The public pages: the newest edition, earlier ones, their images, each reader's preferences, and the way out."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from digest.errors import NotFound
from digest.model.edition import EditionState
from digest.model.message import Letterhead
from digest.model.subscriber import Subscriber, SubscriberState
from digest.ports import Clock, EditionStore, ImageStore, SubscriberStore
from digest.subscribers.choosing import Offer
from digest.subscribers.links import Links
from digest.subscribers.subscription import unsubscribe
from digest.web.gate import Gate
from digest.web.pages import Pages, Render, masked, safe_headers
from digest.web.preferences import Wishes

NUMBER = re.compile(r"[1-9]\d{0,8}", re.ASCII)
FINGERPRINT = re.compile(r"[0-9A-Za-z_-]{8,128}", re.ASCII)
IMAGES = {"jpg": ("image/jpeg", b"\xff\xd8"), "png": ("image/png", b"\x89PNG")}
"""The type of an image by the end of its name, and how its bytes begin."""

INDEX_SPAN = timedelta(days=31)
HEADLINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the pages need.

    `render` is Templates.render; `edition_page` gives a frozen edition as a complete HTML page, as mailed but
    without anybody's own links, or None where there is none of that number; `offer` tells what readers can choose
    from now; `metrics` answers /metrics where it is given. Everything is called from threads.
    """

    letterhead: Letterhead
    editions: EditionStore
    images: ImageStore
    subscribers: SubscriberStore
    links: Links
    clock: Clock
    render: Render
    edition_page: Callable[[int], str | None]
    offer: Callable[[], Offer]
    metrics: Callable[[Request], Response] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An edition as the index names it: its number, its date in words, and its first headlines."""

    number: int
    day: str
    headlines: tuple[str, ...]


def site(desk: Desk) -> Starlette:
    """The public pages as an ASGI application; it can be mounted anywhere. Raises TemplateError."""
    pages = Pages(desk.render, desk.letterhead)
    reading = ReadingRoom(desk, pages)
    leaving = WayOut(desk, pages)
    choosing = Wishes(pages, subscribers=desk.subscribers, links=desk.links, offer=desk.offer, clock=desk.clock)
    app = Starlette(
        routes=[
            Route("/", reading.newest),
            Route("/editions", reading.index),
            Route("/editions/{number}", reading.edition),
            Route("/images/{fingerprint}.{kind}", reading.image),
            Route("/unsubscribe/{token}", leaving.ask, methods=["GET"]),
            Route("/unsubscribe/{token}", leaving.act, methods=["POST"]),
            Route("/preferences/{token}", choosing.show, methods=["GET"]),
            Route("/preferences/{token}", choosing.save, methods=["POST"]),
            Route("/static/site.css", pages.stylesheet),
            Route("/healthz", health),
            *([Route("/metrics", desk.metrics)] if desk.metrics else []),
        ],
        middleware=[Middleware(Gate, roomy=("/preferences/",))],
        exception_handlers=pages.handlers(),
    )
    # A redirect to the address without its last slash would carry whatever Host the request named.
    app.router.redirect_slashes = False
    return app


class ReadingRoom:
    """The editions and their images, for everybody."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self.desk = desk
        self.pages = pages
        origin = (
            "{0.scheme}://{0.netloc}".format(urlsplit(desk.letterhead.public_url)) if desk.letterhead.public_url else ""
        )
        # A mailed page is styled by attributes, because that is what mail programs keep.
        self.headers = safe_headers(
            style_src="'unsafe-inline'", img_src=f"'self' {origin}".strip(), form_action="'none'"
        )

    def newest(self, request: Request) -> Response:
        """GET /: the newest edition, or a page that says there is none yet."""
        edition = self.desk.editions.latest(EditionState.FROZEN)
        page = self.desk.edition_page(edition.number) if edition else None
        if page is None:
            return self.pages.page(request, "empty.html", headers={"Cache-Control": "public, max-age=60"})
        return self.answer(request, page, max_age=60)

    def edition(self, request: Request) -> Response:
        """GET /editions/41: one edition, as it was mailed."""
        number = request.path_params["number"]
        page = self.desk.edition_page(int(number)) if NUMBER.fullmatch(number) else None
        if page is None:
            raise HTTPException(404)
        return self.answer(request, page, max_age=300)

    def answer(self, request: Request, page: str, *, max_age: int) -> Response:
        """The page with its validator, or 304 where the browser has it (RFC 9110 section 13)."""
        etag = f'"{hashlib.sha256(page.encode()).hexdigest()[:32]}"'
        headers = {**self.headers, "ETag": etag, "Cache-Control": f"public, max-age={max_age}"}
        known = request.headers.get("if-none-match", "")
        if known.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(page, headers=headers)

    def index(self, request: Request) -> Response:
        """GET /editions: the editions of the last weeks, newest first."""
        since = self.desk.clock() - INDEX_SPAN
        entries = [
            Entry(
                number=edition.number,
                day=f"{edition.date:%A}, {edition.date.day} {edition.date:%B %Y}",
                headlines=tuple(
                    edition.bench[pick.index].story.lead.title for pick in edition.lineup.picks[:HEADLINES]
                ),
            )
            for edition in self.desk.editions.since(since)
            if edition.state is EditionState.FROZEN
        ]
        return self.pages.page(
            request, "editions.html", headers={"Cache-Control": "public, max-age=300"}, entries=entries
        )

    def image(self, request: Request) -> Response:
        """GET /images/FINGERPRINT.jpg, or .png: a lead image or the logo; its name is its content, so it may be kept
        for good.
        """
        fingerprint, kind = request.path_params["fingerprint"], request.path_params["kind"]
        known = FINGERPRINT.fullmatch(fingerprint) and kind in IMAGES
        content = self.desk.images.get(fingerprint) if known else None
        if content is None or not content.startswith(IMAGES[kind][1]):
            raise HTTPException(404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "ETag": f'"{fingerprint}"'}
        return Response(content, media_type=IMAGES[kind][0], headers=headers)


class WayOut:
    """Leaving: looking changes nothing, because mail scanners look at every link; posting acts at once."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self.desk = desk
        self.pages = pages

    def ask(self, request: Request) -> Response:
        """GET /unsubscribe/TOKEN: a page with one button."""
        subscriber = self.reader(request)
        if subscriber is None or subscriber.state is SubscriberState.UNSUBSCRIBED:
            return self.pages.page(request, "left.html", already=True)
        return self.pages.page(request, "unsubscribe.html", address=masked(subscriber.address))

    def act(self, request: Request) -> Response:
        """POST /unsubscribe/TOKEN: leave, at once (RFC 8058: no cookie, no redirect, no further question).

        Whatever the body says: the token is the credential, and the button posts what a mail program posts.
        """
        subscriber = self.reader(request)
        if subscriber is not None:
            self.desk.subscribers.change(unsubscribe(subscriber, now=self.desk.clock()))
        return self.pages.page(request, "left.html", already=False)

    def reader(self, request: Request) -> Subscriber | None:
        """Whom the token speaks for, None where they are no longer known; raises UsageError for a bad token."""
        try:
            return self.desk.subscribers.get(self.desk.links.read_unsubscribe(request.path_params["token"]))
        except NotFound:
            return None


def health(request: Request) -> Response:  # noqa: ARG001 - a handler is called with the request
    """GET /healthz: these pages answer."""
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})
