"""The studio put together: its pages, its door, and what must be closed at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from digest.errors import DigestError
from digest.web.gate import Gate
from digest.web.pages import broken
from digest.web.server import in_thread
from digest.web.studio.asked import Asked
from digest.web.studio.desk import Desk
from digest.web.studio.door import OPEN, Door, Keys
from digest.web.studio.sending import Sender
from digest.web.studio.views import PAGE_HEADERS, Views, status_of
from digest.web.studio.watch import Watch
from digest.web.studio.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """The studio as an ASGI application, and the path that opens it once."""

    app: ASGIApp
    path: str
    changes: Watch
    sender: Sender

    def close(self) -> None:
        """Answer every open question, and finish the mail in hand."""
        self.changes.close()
        self.sender.close()


def studio(workplace: Workplace, *, first: Asked, by: str, keys: Keys | None = None) -> Studio:
    """The studio of a workplace; `first` is what it opens with, `by` who works there."""
    keys = keys or Keys()
    sender = Sender(lambda: workplace.app)
    changes = Watch(lambda: f"{workplace.stamp()} {sender.progress}")
    views = Views(workplace, keys=keys, changes=changes, sender=sender)
    desk = Desk(workplace, views, sender, by=by)
    app = Starlette(
        routes=[
            Route("/", views.page),
            Route("/mail.html", views.mail),
            Route("/web.html", views.web),
            Route("/changes", views.changed),
            Route("/images/{fingerprint}.{kind}", views.image),
            Route("/static/{name}", views.asset),
            Route("/desk", desk.act, methods=["POST"]),
            Route("/test", desk.test, methods=["POST"]),
            Route("/send", desk.send, methods=["POST"]),
        ],
        middleware=[Middleware(Gate, roomy=("/desk",)), Middleware(Door, keys=keys, start=first.link())],
        exception_handlers={HTTPException: refused, DigestError: faulty, Exception: broken},
    )
    app.router.redirect_slashes = False
    return Studio(app=app, path=f"{OPEN}{keys.token}", changes=changes, sender=sender)


@contextmanager
def standing(house: Studio) -> Iterator[str]:
    """Serve the studio on this machine while the block runs, and give the address that opens it."""
    with in_thread(house.app, "127.0.0.1", 0) as url:
        try:
            yield f"{url}{house.path}"
        finally:
            house.close()


def refused(request: Request, fault: Exception) -> Response:  # noqa: ARG001 - a handler is called with the request
    """The answer to what there is no page for."""
    status = cast("HTTPException", fault).status_code
    return PlainTextResponse("There is no such page in the studio.\n", status_code=status, headers=dict(PAGE_HEADERS))


def faulty(request: Request, fault: Exception) -> Response:  # noqa: ARG001 - a handler is called with the request
    """The answer in a frame that has nothing to show."""
    said = cast("DigestError", fault)
    text = f"{said.message}\n{said.hint}\n"
    return PlainTextResponse(text, status_code=status_of(said), headers=dict(PAGE_HEADERS))
