"""How a page is made: a template with the newsletter's name on it, its stylesheet, and pages for what went wrong."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ExceptionHandler

from digest.errors import DigestError, NotFound, UsageError
from digest.model.message import Letterhead
from digest.rendering.palette import palettes
from digest.web.gate import PRIVATE_HEADERS, SAFE_HEADERS

Render = Callable[..., str]
"""Templates.render: a template's name and its values; raises TemplateError."""

logger = logging.getLogger(__name__)

MESSAGES: Mapping[int, tuple[str, str]] = {
    404: ("This page does not exist", "The address may be mistyped, or the page may have been taken down."),
    405: ("That cannot be done here", "Go back to the page you came from and use the button on it."),
}
FAILURE = ("Something went wrong", "It is our fault, not yours. Please try again in a few minutes.")


class Pages:
    """Makes the pages of one newsletter. The stylesheet is rendered once, so a fault in it shows at the start."""

    def __init__(self, render: Render, letterhead: Letterhead) -> None:
        self.render = render
        self.letterhead = letterhead
        light, dark = palettes(letterhead.accent)
        self.css = render("web/site.css", light=light, dark=dark)
        self.css_version = hashlib.sha256(self.css.encode()).hexdigest()[:12]

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] = PRIVATE_HEADERS,
        **values: object,
    ) -> HTMLResponse:
        """A page from templates/web; private unless `headers` say otherwise."""
        base = request.scope.get("root_path", "")
        text = self.render(
            f"web/{template}",
            letterhead=self.letterhead,
            base=base,
            stylesheet=f"{base}/static/site.css?v={self.css_version}",
            **values,
        )
        return HTMLResponse(text, status_code=status, headers=dict(headers))

    def message(self, request: Request, heading: str, text: str, *, status: int = 200, hint: str = "") -> Response:
        """A page that says one thing."""
        return self.page(request, "message.html", status=status, heading=heading, text=text, hint=hint)

    def stylesheet(self, request: Request) -> Response:  # noqa: ARG002 - a handler is called with the request
        """GET /static/site.css; its address changes with its content, so it may be kept for good."""
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(self.css, media_type="text/css", headers=headers)

    def handlers(self) -> dict[type[Exception] | int, ExceptionHandler]:
        """What a page answers when something goes wrong; Starlette's exception handlers."""

        def refused(request: Request, fault: Exception) -> Response:
            answer = cast("HTTPException", fault)
            heading, text = MESSAGES.get(answer.status_code, FAILURE)
            page = self.message(request, heading, text, status=answer.status_code)
            page.headers.update(answer.headers or {})
            return page

        def expected(request: Request, fault: Exception) -> Response:
            return self.fault(request, cast("DigestError", fault))

        return {HTTPException: refused, DigestError: expected, Exception: broken}

    def fault(self, request: Request, fault: DigestError) -> Response:
        """The page for an error of ours: what is the visitor's is said, what is ours is logged."""
        if isinstance(fault, NotFound):
            return self.message(request, *MESSAGES[404], status=404)
        if isinstance(fault, UsageError):
            return self.message(request, "That did not work", fault.message, status=400, hint=fault.hint)
        logger.error("a page could not be shown: %s", fault.message)
        page = self.message(request, *FAILURE, status=503)
        page.headers["Retry-After"] = "60"
        return page


def broken(request: Request, fault: Exception) -> Response:  # noqa: ARG001 - the fault is logged by the server
    """The answer to what nobody expected; made without a template, which may be what broke."""
    return PlainTextResponse(
        f"{FAILURE[0]}. {FAILURE[1]}\n", status_code=500, headers={**SAFE_HEADERS, **PRIVATE_HEADERS}
    )


def safe_headers(**changes: str) -> dict[str, str]:
    """Directives of the Content-Security-Policy changed or added, as headers: `style_src="'unsafe-inline'"`."""
    directives = dict(part.split(" ", 1) for part in SAFE_HEADERS["Content-Security-Policy"].split("; "))
    directives.update({name.replace("_", "-"): value for name, value in changes.items()})
    return {"Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in directives.items())}


def masked(address: str) -> str:
    """An address its owner recognises and a passer-by does not: "a•••@example.org"."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
