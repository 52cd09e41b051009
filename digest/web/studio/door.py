"""The studio's door: who may come in, and which requests were made by our own pages."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from digest.web.gate import PRIVATE_HEADERS

OPEN = "/open/"
FORM_FIELDS = 100

USED = "This link was used already", "It opens the studio once, in one browser. Run <code>digest preview</code> again."
STRANGER = "The studio is closed", "Open it by the link that <code>digest preview</code> prints."
ELSEWHERE = "This did not come from the studio", "Open the studio in a tab of its own, and press the button there."


def key() -> str:
    """A key that nobody can guess."""
    return secrets.token_urlsafe(32)


@dataclass(kw_only=True)
class Keys:
    """The keys of one studio. `token` opens it once; `session` is the cookie's value, `form` stands in every form.

    Cookies are shared by all ports of a machine, so `cookie`, its name, is this studio's own.
    """

    token: str = field(default_factory=key)
    session: str = field(default_factory=key)
    form: str = field(default_factory=key)
    cookie: str = field(default_factory=lambda: f"studio-{secrets.token_hex(4)}")
    used: bool = False


class Door:
    """ASGI middleware: lets in who has the cookie, and of what changes something only what our own forms send.

    A request must name this very host and port (no other name can be made to point here), must not be made by a page
    of another site or port, and a POST must bring the form's token. Its fields are in `request.state.form`. `start` is
    where the link leads once it has opened the door. Behind Gate, which bounds the body.
    """

    def __init__(self, app: ASGIApp, *, keys: Keys, start: str) -> None:
        self.app = app
        self.keys = keys
        self.start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        refusal = self.refusal(scope)
        if refusal is None and scope["method"] not in ("GET", "HEAD"):
            body = (await receive()).get("body", b"")
            refusal = self.unsigned(scope, body)
        await (refusal or self.app)(scope, receive, send)

    def refusal(self, scope: Scope) -> Response | None:
        """The answer to who may not come in."""
        headers = Headers(scope=scope)
        if headers.get("host") not in hosts(scope):
            return page(400, *STRANGER)
        if scope["path"].startswith(OPEN):
            return self.opened(scope, headers)
        if not self.known(headers):
            return page(403, *STRANGER)
        return None if ours(scope, headers) else page(403, *ELSEWHERE)

    def opened(self, scope: Scope, headers: Headers) -> Response:
        """GET /open/TOKEN: the cookie, once."""
        if scope["method"] != "GET" or not same(scope["path"].removeprefix(OPEN), self.keys.token):
            return page(403, *STRANGER)
        if self.known(headers):
            return RedirectResponse(self.start, status_code=303, headers=PRIVATE_HEADERS)
        if self.keys.used:
            return page(403, *USED)
        self.keys.used = True
        answer = RedirectResponse(self.start, status_code=303, headers=PRIVATE_HEADERS)
        answer.set_cookie(self.keys.cookie, self.keys.session, path="/", httponly=True, samesite="strict")
        return answer

    def known(self, headers: Headers) -> bool:
        """Whether the browser is the one that opened the door."""
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        return self.keys.cookie in cookies and same(cookies[self.keys.cookie].value, self.keys.session)

    def unsigned(self, scope: Scope, body: bytes) -> Response | None:
        """The answer to a form that is not ours; the fields of one that is are kept."""
        try:
            form = fields_of(body)
        except ValueError:
            return page(400, *ELSEWHERE)
        if not same(form.pop("token", ""), self.keys.form):
            return page(403, *ELSEWHERE)
        scope.setdefault("state", {})["form"] = form
        return None


def hosts(scope: Scope) -> tuple[str, ...]:
    """The names this server is reached by."""
    _, port = scope["server"]
    return (f"127.0.0.1:{port}", f"localhost:{port}")


def ours(scope: Scope, headers: Headers) -> bool:
    """Whether a page of this origin asks, or the person at the browser; other ports of this machine are strangers."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if scope["method"] in ("GET", "HEAD"):
        return site in (None, "same-origin", "none") or headers.get("sec-fetch-dest") == "document"
    if origin is not None:
        return origin == f"http://{headers['host']}" and site in (None, "same-origin")
    return site == "same-origin"


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of a form, the last of a name; raises ValueError for what is none."""
    pairs = parse_qsl(
        body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=FORM_FIELDS
    )
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def same(given: str, wanted: str) -> bool:
    """Whether two keys are one, told in the same time wherever they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())


def page(status: int, heading: str, text: str) -> HTMLResponse:
    """A page for who is outside: it names nothing of the newsletter."""
    content = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{heading}</title></head>'
        f"<body><main><h1>{heading}</h1><p>{text}</p></main></body></html>\n"
    )
    headers: Mapping[str, str] = {**PRIVATE_HEADERS, "Connection": "close"}
    return HTMLResponse(content, status_code=status, headers=dict(headers))
