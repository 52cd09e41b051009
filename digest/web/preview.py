"""The editor's preview: one edition as it will be sent, on this machine only."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from digest.errors import DigestError
from digest.model.message import Letterhead
from digest.web.gate import PRIVATE_HEADERS, Gate
from digest.web.pages import Pages, Render, safe_headers

GMAIL_CUTS_AT = 102 * 1024
"""Octets of HTML after which Gmail shows "message clipped" and hides the rest."""

VIEWS = ("html", "text", "headers")
WIDTHS = ("600", "360", "full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """A mail to look at: its parts, its headers in order, and `size`, the octets of its HTML."""

    subject: str
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    size: int


Look = Callable[[str | None], Looks]
"""The mail for the subscriber of that address, or for nobody in particular; raises a DigestError."""


def preview(look: Look, *, secret: str, letterhead: Letterhead, render: Render) -> Starlette:
    """The preview as an ASGI application, at `/SECRET/`.

    It answers only by the names of this machine (a page elsewhere cannot reach it by a name of its own that it
    lets point here) and only below the secret, which nobody can guess. Raises TemplateError.
    """
    pages = Pages(render, letterhead)
    table = LightTable(look, secret, pages)
    app = Starlette(
        routes=[
            Route("/static/site.css", pages.stylesheet),
            Route("/{secret}/", table.page),
            Route("/{secret}/edition.html", table.frame),
        ],
        middleware=[
            Middleware(Gate),
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False),
        ],
        exception_handlers=pages.handlers(),
    )
    app.router.redirect_slashes = False
    return app


class LightTable:
    """The pages of the preview."""

    def __init__(self, look: Look, secret: str, pages: Pages) -> None:
        self.look = look
        self.secret = secret
        self.pages = pages
        self.page_headers = {**PRIVATE_HEADERS, **safe_headers(frame_src="'self'")}
        url = urlsplit(pages.letterhead.public_url)
        images = f"'self' {url.scheme}://{url.netloc}" if url.netloc else "'self'"
        self.frame_headers = {
            **PRIVATE_HEADERS,
            **safe_headers(style_src="'unsafe-inline'", img_src=images, form_action="'none'", frame_ancestors="'self'"),
        }

    def page(self, request: Request) -> Response:
        """GET /SECRET/?view=text&subscriber=ADDRESS: one side of the mail, with what there is to know about it."""
        self.check(request)
        subscriber = asked(request)
        wishes = {
            "view": chosen(request, "view", VIEWS),
            "width": chosen(request, "width", WIDTHS),
            "subscriber": subscriber,
        }
        try:
            looks = self.look(subscriber or None)
        except DigestError as fault:
            status = 404 if subscriber else 503
            return self.pages.message(
                request, "There is nothing to show", fault.message, status=status, hint=fault.hint
            )
        return self.pages.page(
            request,
            "preview.html",
            headers=self.page_headers,
            looks=looks,
            limit=GMAIL_CUTS_AT,
            wishes=wishes,
            frame="edition.html?" + urlencode({"subscriber": subscriber}),
            views=tabs("view", VIEWS, wishes),
            widths=tabs("width", WIDTHS, wishes),
        )

    def frame(self, request: Request) -> Response:
        """GET /SECRET/edition.html: the HTML part and nothing else."""
        self.check(request)
        looks = self.look(asked(request) or None)
        return HTMLResponse(looks.html, headers=self.frame_headers)

    def check(self, request: Request) -> None:
        """Raises 404 for who does not know the secret."""
        if not hmac.compare_digest(request.path_params["secret"].encode(), self.secret.encode()):
            raise HTTPException(404)


def asked(request: Request) -> str:
    """The subscriber the query names, or nothing."""
    return request.query_params.get("subscriber", "").strip()


def chosen(request: Request, name: str, options: tuple[str, ...]) -> str:
    """The option the query names, else the first."""
    value = request.query_params.get(name, "")
    return value if value in options else options[0]


def tabs(name: str, options: tuple[str, ...], wishes: dict[str, str]) -> list[tuple[str, str, bool]]:
    """For each option its name, the address of the same page with it, and whether it is the present one."""
    return [(option, "?" + urlencode({**wishes, name: option}), wishes[name] == option) for option in options]
