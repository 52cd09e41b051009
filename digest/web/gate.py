"""What every request and every answer passes: a bounded body in, safe headers out."""

import asyncio
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 16_384
"""Octets; far more than a button posts."""
ROOMY_LIMIT = 1 << 20
"""Octets of a form that people write in: four lists of a hundred values, in any script, percent-encoded."""
BODY_SECONDS = 10.0

SAFE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""On every answer that does not say otherwise itself."""

PRIVATE_HEADERS: Mapping[str, str] = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow"}
"""On every page that is one person's business."""


class Gate:
    """ASGI middleware: reads the body before anything acts on it, and adds SAFE_HEADERS to the answer.

    A body over BODY_LIMIT (ROOMY_LIMIT for addresses that begin with one of `roomy`) is answered 413, one that does
    not come within `body_seconds` 408, and nothing is done.
    """

    def __init__(self, app: ASGIApp, *, body_seconds: float = BODY_SECONDS, roomy: tuple[str, ...] = ()) -> None:
        self.app = app
        self.body_seconds = body_seconds
        self.roomy = roomy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send = safely(send)
        if scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        limit = self.limit(scope)
        try:
            async with asyncio.timeout(self.body_seconds):
                body = await read_body(receive, limit)
        except TimeoutError:
            await refusal(408, "The form did not arrive in time.")(scope, receive, send)
            return
        if body is not None and len(body) > limit:
            await refusal(413, "That is more than any form of these pages holds.")(scope, receive, send)
        elif body is not None:
            await self.app(scope, replayed(body, receive), send)

    def limit(self, scope: Scope) -> int:
        """The most octets of a body at this address."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return ROOMY_LIMIT if path.startswith(self.roomy) else BODY_LIMIT


def safely(send: Send) -> Send:
    """A `send` that adds SAFE_HEADERS to an answer where it has none of that name."""

    async def send_safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SAFE_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_safely


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The body, or so much of it as shows that it is too long; None where the client has gone."""
    body = b""
    while len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives this body once, and then goes on as before."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def refusal(status: int, text: str) -> PlainTextResponse:
    """An answer after which the connection is closed, because the rest of the request is not read."""
    return PlainTextResponse(f"{text}\n", status_code=status, headers={**PRIVATE_HEADERS, "Connection": "close"})
