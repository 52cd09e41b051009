"""The pages of the studio that show: the workplace, the mail in its frame, the images."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from digest.errors import Conflict, DigestError, NotFound, UsageError
from digest.model.edition import Edition, EditionState
from digest.model.message import GMAIL_CUTS_AT, SIZE_LIMIT, Push
from digest.rendering.palette import palettes
from digest.rendering.text import columns
from digest.web.gate import PRIVATE_HEADERS
from digest.web.pages import safe_headers
from digest.web.site import FINGERPRINT, IMAGES
from digest.web.studio.asked import SAMPLE, TODAY, Asked
from digest.web.studio.door import Keys
from digest.web.studio.frame import frame_headers, framed
from digest.web.studio.panels import NOTHING, Panel, panel_of
from digest.web.studio.sending import Sender
from digest.web.studio.watch import Watch
from digest.web.studio.workplace import Looks, Workplace

SCALE = 120_000
"""Octets at the end of the size bar."""
NOTES = 50
"""How many answers to forms are kept."""
TERMINAL = 80
"""Columns of a terminal."""

PAGE_HEADERS: Mapping[str, str] = {
    **PRIVATE_HEADERS,
    **safe_headers(script_src="'self'", connect_src="'self'", frame_src="'self'"),
    # Without a referrer a browser says of our own forms that they come from nowhere.
    "Referrer-Policy": "same-origin",
}
ASSETS = {"studio.css": "text/css", "studio.js": "text/javascript", "studio.svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the HTML is, in octets, and where that lies on a bar of 1000 parts."""

    octets: int

    @property
    def kilobytes(self) -> tuple[float, int, int]:
        """How large it is, what a line-up should end at, and where Gmail cuts, in thousands of octets."""
        return self.octets / 1000, SIZE_LIMIT // 1000, GMAIL_CUTS_AT // 1000

    def along(self, octets: int) -> int:
        """Where so many octets lie on the bar."""
        return min(1000, round(1000 * octets / SCALE))

    @property
    def share(self) -> int:
        """How far the bar is filled."""
        return self.along(self.octets)

    @property
    def full(self) -> int:
        """Where a line-up should end."""
        return self.along(SIZE_LIMIT)

    @property
    def cut(self) -> int:
        """Where Gmail cuts."""
        return self.along(GMAIL_CUTS_AT)

    @property
    def level(self) -> str:
        """Good, full (warned of), or cut."""
        return "cut" if self.octets > GMAIL_CUTS_AT else "full" if self.octets > SIZE_LIMIT else "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page shows: the edition as somebody gets it and what stands beside it, or a fault.

    `mark` is another one when what is in the frame is.
    """

    looks: Looks | None = None
    panel: Panel = NOTHING
    push: Push | None = None
    mark: str = ""
    fault: DigestError | None = None


class Views:
    """Everything that is answered to a GET."""

    def __init__(self, workplace: Workplace, *, keys: Keys, changes: Watch, sender: Sender) -> None:
        self.workplace = workplace
        self.keys = keys
        self.changes = changes
        self.sender = sender
        self.notes: dict[str, str] = {}

    def page(self, request: Request) -> Response:
        """GET /?edition=41&view=text…: the workplace."""
        said = self.notes.get(request.query_params.get("said", ""), "")
        return self.show(Asked.read(request.url.query), said=said)

    def show(
        self,
        asked: Asked,
        *,
        status: int = 200,
        said: str = "",
        typed: Mapping[str, str] | None = None,
        fault_said: DigestError | None = None,
    ) -> Response:
        """The workplace, with what came of a form: what was done, or its fields, and why they were refused."""
        stamp = self.changes.stamp()
        shown = self.shown(asked)
        values = {
            "stamp": stamp,
            "asked": asked,
            "shown": shown,
            "looks": shown.looks,
            "panel": shown.panel,
            "size": Size(octets=shown.looks.parts.html_octets if shown.looks else 0),
            "choices": choices(self.workplace, asked),
            "sending": self.sender.outlook(shown.panel.edition if sendable(asked, shown.panel) else None),
            "typed": typed or {},
            "fault_said": fault_said,
            "said": said,
            "lines": lines,
        }
        return self.render("workplace.html", status=status_of(shown.fault) if shown.fault else status, **values)

    def keep(self, said: str) -> str:
        """Keep what came of a form for the page that is shown next; returns what it is asked for by."""
        while len(self.notes) >= NOTES:
            self.notes.pop(next(iter(self.notes)))
        name = secrets.token_hex(4)
        self.notes[name] = said
        return name

    def refresh(self) -> None:
        """Look again at everything: something was just changed here."""
        self.workplace.touch()
        self.changes.touch()

    def shown(self, asked: Asked) -> "Shown":
        """The edition and what stands beside it, or why there is nothing."""
        try:
            looks = self.workplace.looks(asked)
            framed_page = self.workplace.web(asked) if asked.view == "web" else looks.parts.html
            return Shown(
                looks=looks,
                panel=panel_of(self.workplace, asked, looks),
                push=self.workplace.push(asked) if asked.view == "push" else None,
                mark=hashlib.sha256(framed_page.encode("utf-8", "replace")).hexdigest()[:16],
            )
        except DigestError as fault:
            return Shown(fault=fault)

    def render(self, template: str, *, status: int = 200, **values: object) -> Response:
        """A page of ours; where our own template is at fault, that in plain words."""
        try:
            app = self.workplace.app
            text = app.templates.render(
                f"web/studio/{template}",
                title=app.settings.title,
                versions={name: self.version(name) for name in ASSETS},
                token=self.keys.form,
                settings_fault=self.workplace.fault,
                **values,
            )
        except DigestError as fault:
            return PlainTextResponse(f"{fault.message}\n{fault.hint}\n", status_code=503, headers=dict(PAGE_HEADERS))
        return HTMLResponse(text, status_code=status, headers=dict(PAGE_HEADERS))

    def mail(self, request: Request) -> Response:
        """GET /mail.html: the HTML part as a mail program would show it, and nothing else."""
        asked = Asked.read(request.url.query)
        return self.frame(asked, self.workplace.looks(asked).parts.html)

    def web(self, request: Request) -> Response:
        """GET /web.html: the edition's web page."""
        asked = Asked.read(request.url.query)
        return self.frame(asked, self.workplace.web(asked))

    def frame(self, asked: Asked, html: str) -> Response:
        """A page of the newsletter in its frame."""
        page = framed(html, scheme=asked.scheme, public_url=self.workplace.app.settings.public_url)
        return HTMLResponse(page, headers={**PRIVATE_HEADERS, **frame_headers(images=asked.images == "on")})

    def image(self, request: Request) -> Response:
        """GET /images/FINGERPRINT.jpg, or .png: an image of ours, from the store or the settings."""
        fingerprint, kind = request.path_params["fingerprint"], request.path_params["kind"]
        known = FINGERPRINT.fullmatch(fingerprint) and kind in IMAGES
        content = self.workplace.picture(fingerprint) if known else None
        if content is None:
            raise HTTPException(404)
        return Response(content, media_type=IMAGES[kind][0], headers={"Cache-Control": "private, max-age=3600"})

    def changed(self, request: Request) -> Response:
        """GET /changes?since=STAMP: the stamp, once it is another or after a while."""
        stamp = self.changes.changed(request.query_params.get("since", ""))
        return Response(json.dumps({"stamp": stamp}), media_type="application/json", headers=dict(PAGE_HEADERS))

    def asset(self, request: Request) -> Response:
        """GET /static/studio.css, and the script."""
        name = request.path_params["name"]
        if name not in ASSETS:
            raise HTTPException(404)
        return Response(self.asset_text(name), media_type=ASSETS[name], headers={"Cache-Control": "no-cache"})

    def asset_text(self, name: str) -> str:
        """A stylesheet in the newsletter's colours, or a script."""
        app = self.workplace.app
        light, dark = palettes(app.settings.accent)
        return app.templates.render(f"web/studio/{name}", light=light, dark=dark)

    def version(self, name: str) -> str:
        """What changes with it."""
        return hashlib.sha256(self.asset_text(name).encode()).hexdigest()[:12]


def status_of(fault: DigestError) -> int:
    """The status that says whose fault it is: who asked for what is not there, or ours."""
    visitors = {NotFound: 404, UsageError: 400, Conflict: 409}
    return next((status for kind, status in visitors.items() if isinstance(fault, kind)), 503)


def sendable(asked: Asked, panel: Panel) -> bool:
    """Whether it is worth counting whom a send would reach."""
    return asked.panel == "send" and panel.kind not in ("", "sample")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be chosen: editions and samples as (value, label), and what a reader may wish."""

    editions: tuple[tuple[str, str], ...]
    samples: tuple[tuple[str, str], ...]
    readers: tuple[str, ...]
    sections: tuple[str, ...]
    languages: tuple[str, ...]
    zones: tuple[str, ...]


def choices(workplace: Workplace, asked: Asked) -> Choices:
    """What can be chosen, what is chosen among it; nothing where the store cannot be read."""
    try:
        recent = workplace.recent()
        readers = tuple(workplace.readers())
        sections = workplace.app.policy.sections
    except DigestError:
        recent, readers, sections = (), (), ()
    numbered = tuple((str(edition.number), label(edition)) for edition in recent)
    named = (
        () if asked.number is None or asked.edition in dict(numbered) else ((asked.edition, f"No. {asked.edition}"),)
    )
    return Choices(
        editions=((TODAY, "Today, as it stands"), *named, *numbered),
        samples=tuple((f"{SAMPLE}{name}", name.replace("-", " ").capitalize()) for name in workplace.samples()),
        readers=readers,
        sections=tuple(dict.fromkeys((*sections, *asked.sections))),
        languages=workplace.app.templates.languages(),
        zones=tuple(sorted(available_timezones())),
    )


def label(edition: Edition) -> str:
    """An edition as the list names it."""
    state = "sent" if edition.state is EditionState.FROZEN else edition.state.value
    return f"No. {edition.number} · {edition.date:%a} {edition.date.day} {edition.date:%b} · {state}"


def lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """The lines of a text, numbered, and whether each fits a terminal."""
    for number, line in enumerate(text.split("\n"), start=1):
        yield number, line, columns(line) <= TERMINAL
