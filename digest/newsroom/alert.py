"""The operator is told what needs them: once for each reason, by a mail through the newspaper's own channel."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from secrets import token_hex

from digest.app import App
from digest.errors import DigestError, SettingsError, TemplateError
from digest.model.delivery import DispatchKind
from digest.model.edition import Edition
from digest.model.message import Mail, Reader
from digest.newsroom import dispatch
from digest.newsroom.turns import turn
from digest.rendering.letters import Kind, letter

REASON = 500
"""The most characters of a reason: it is part of a key, and an index takes only so many."""

LEFT = (
    "What is left stays in the queue. A relay that is down is tried again; after refusals, digest send goes on with it."
)

log = logging.getLogger("digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What the operator is told: a headline, a paragraph each in `lines`, and the `command` that helps.

    `reason` is what it is told once for, beside the `edition` that it is about.
    """

    reason: str
    headline: str
    lines: Sequence[str]
    command: str = ""
    edition: int | None = None


def of_waiting(edition: Edition) -> Alert:
    """That readers wait for an edition that is held: for an editor's word, or by the checks."""
    if edition.held:
        return of_held(edition)
    return _of_edition(
        edition,
        "waits",
        f"Readers wait for edition {edition.number}",
        f"The edition of {_day(edition)} has to be approved, and the hour of its first readers has come.",
    )


def of_held(edition: Edition) -> Alert:
    """That the checks hold an edition."""
    number = edition.number
    return _of_edition(
        edition,
        f"held: {edition.held}",
        f"Edition {number} is held back",
        f"The checks before sending found a fault in the edition of {_day(edition)}: {edition.held}.",
        f"Nothing of it has been sent. To see all that was found: digest check --edition {number}",
        "Mended or not, it goes out once it is approved; only what cannot be rendered has to be mended first.",
    )


def of_quiet(edition: Edition) -> Alert:
    """That nobody gets a paper today, because there is too little news or it could not be read."""
    return _of_edition(
        edition,
        "quiet",
        f"No paper today: edition {edition.number} is held back",
        f"The edition of {_day(edition)} is not sent: {edition.quiet}.",
        "To see which feeds fail: digest feeds list",
        "It goes out all the same once it is approved.",
    )


def of_stopped(app: App, reason: str) -> Alert:
    """That no mail goes out; told once a day, as a server may word the same reason otherwise each time."""
    return Alert(
        reason=f"stopped on {app.clock():%Y-%m-%d}",
        headline="No mail goes out",
        lines=(f"Sending stopped: {reason}.", LEFT),
        command="digest status",
    )


def _of_edition(edition: Edition, reason: str, headline: str, *lines: str) -> Alert:
    return Alert(
        reason=reason[:REASON],
        headline=headline,
        lines=lines,
        command=f"digest edition approve {edition.number}",
        edition=edition.number,
    )


def _day(edition: Edition) -> str:
    return f"{edition.date:%A, %-d %B %Y}"


async def tell(app: App, alert: Alert) -> None:
    """Mail an alert to DIGEST_OPERATOR, unless that is empty or it was told before.

    A mail that cannot go is logged and tried again with the next beat; it stops nothing.
    """
    if not app.settings.operator or _was_told(app, alert):
        return
    with turn(app.store.turns, f"alert {alert.edition} {alert.reason}") as mine:
        # Another process may have told it between the two questions.
        if mine and not _was_told(app, alert):
            await _tell(app, alert)


def _was_told(app: App, alert: Alert) -> bool:
    return app.store.planner.is_open(DispatchKind.ALERT, edition=alert.edition, subject=alert.reason)


async def _tell(app: App, alert: Alert) -> None:
    try:
        await dispatch.hand_over(app, _mail(app, alert, app.settings.operator))
        app.store.planner.open(DispatchKind.ALERT, edition=alert.edition, subject=alert.reason, now=app.clock())
    except (DigestError, ValueError) as error:
        log.error("the operator could not be told: %s: %s", alert.headline, error)  # noqa: TRY400 expected
    else:
        log.info("the operator is told: %s", alert.headline, extra={"edition": alert.edition})


def _mail(app: App, alert: Alert, operator: str) -> Mail:
    """The alert as a letter; as plain text where a template or the logo is what is wrong."""
    reader = Reader(
        address=operator,
        timezone=app.settings.timezone,
        message_id=f"alert.{token_hex(8)}@{app.domain}",
        composed_at=app.clock(),
        envelope_from=app.settings.bounce_address,
    )
    said = {"headline": alert.headline, "lines": alert.lines, "command": alert.command}
    try:
        return letter(Kind.ALERT, app.letterhead, app.templates, reader, **said)
    except (TemplateError, SettingsError):
        return _plain(app, alert, reader)


def _plain(app: App, alert: Alert, reader: Reader) -> Mail:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = app.settings.sender, reader.address
    message["Subject"] = f"{app.settings.title}: {alert.headline}"
    message["Date"], message["Message-ID"] = reader.composed_at, f"<{reader.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join((*alert.lines, *filter(None, (alert.command,)))) + "\n")
    return Mail(
        envelope_from=reader.envelope_from or message["From"].addresses[0].addr_spec,
        envelope_to=reader.address,
        message_id=reader.message_id,
        content=message.as_bytes(),
    )
