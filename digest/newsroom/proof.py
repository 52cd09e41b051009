"""An edition checked as it will be sent; before a send repaired where it can be, and held where it cannot."""

import logging

from digest.app import App
from digest.checks.every import errors_first, mail_findings, paper_findings
from digest.checks.page import Sent
from digest.checks.paper import Paper
from digest.errors import SettingsError, TemplateError
from digest.model.edit import Act, Edit
from digest.model.edition import Edition, EditionState, LineUp
from digest.model.finding import Finding, Level
from digest.model.message import Mail
from digest.model.subscriber import Subscriber
from digest.newsroom import editions, hand
from digest.presses import Frozen
from digest.rendering.assemble import preview
from digest.rendering.text import columns

CHECKER = "the checks"
"""Who the record says has dropped a story here, or held the edition."""

UNRENDERED = "rendering"
"""The check that finds why an edition cannot be rendered: nobody can let that pass."""

log = logging.getLogger("digest")


def proof(app: App, edition: Edition, person: Subscriber | None = None) -> tuple[Finding, ...]:
    """What is wrong with an edition as a reader, or nobody in particular, will get it: errors first.

    Nothing is written. An edition that cannot be rendered has an error that names the template's file and line, or the
    setting.
    """
    try:
        frozen = editions.opened(app, edition)
        lineup = editions.lineup_of(app, frozen, person)
        mail = editions.mail_for(app, frozen, person)
    except (TemplateError, SettingsError) as fault:
        return errors_first((_unrendered(fault), *paper_findings(_paper(app, edition, edition.lineup, person))))
    of_paper = paper_findings(_paper(app, edition, lineup, person))
    return errors_first((*of_paper, *mail_findings(_sent(app, frozen, lineup, mail))))


def faults(app: App, edition: Edition) -> tuple[Finding, ...]:
    """What keeps an edition back: the errors that dropping the story they are about does not mend.

    There are none where an editor has approved the edition in spite of just these, unless it cannot be rendered.
    """
    errors = tuple(found for found in proof(app, edition) if found.level is Level.ERROR and not _is_mended(found))
    unrendered = any(found.check == UNRENDERED for found in errors)
    return errors if unrendered or in_words(errors) != edition.passed else ()


def repaired(app: App, edition: Edition) -> Edition:
    """The edition without the stories that are at fault: those that are another one again, or were told before.

    One at a time: a story may have several faults, and its fall may mend another's.
    """
    for _ in edition.bench:
        found = paper_findings(_paper(app, edition, edition.lineup, None))
        faulty = next((each for each in found if each.level is Level.ERROR and _is_mended(each)), None)
        if faulty is None:
            break
        log.warning("edition %d: a story is dropped, %s", edition.number, faulty.message)
        edition = hand.change(app, edition.number, Edit(act=Act.DROP, story=faulty.story), by=CHECKER)
    return edition


def judged(app: App, edition: Edition) -> Edition:
    """An edition that is approved stays so or is held, and then says why; one in another state is left as it is."""
    if edition.state is not EditionState.APPROVED:
        return edition
    reason = in_words(faults(app, edition))
    if not reason:
        return edition
    log.error("edition %d is held: %s", edition.number, reason, extra={"edition": edition.number})
    return app.store.edits.hold(edition.number, reason, by=CHECKER, at=app.clock())


def vetted(app: App, edition: Edition) -> Edition:
    """An edition about to be sent: repaired where it is approved, and held where that is not enough."""
    return judged(app, repaired(app, edition) if edition.state is EditionState.APPROVED else edition)


def in_words(errors: tuple[Finding, ...]) -> str:
    """Errors in one line; empty for none."""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0].message}{more}" if errors else ""


def _unrendered(fault: TemplateError | SettingsError) -> Finding:
    said = "; ".join(fault.faults) if isinstance(fault, SettingsError) else fault.message
    return Finding(check=UNRENDERED, level=Level.ERROR, message=said, where="html", hint=fault.hint)


def _is_mended(found: Finding) -> bool:
    """Whether a fault goes away with the story it is about."""
    return found.where == "edition" and bool(found.story)


def _paper(app: App, edition: Edition, lineup: LineUp, person: Subscriber | None) -> Paper:
    told = editions.wish_for(app, edition, person).told if person else editions.told_before(app, edition)
    return Paper(edition=edition, lineup=lineup, told=told, before=editions.before(app, edition))


def _sent(app: App, paper: Frozen, lineup: LineUp, mail: Mail) -> Sent:
    parts = preview(mail)
    return Sent(
        html=parts.html,
        text=parts.text,
        headers=parts.headers,
        html_octets=parts.html_octets,
        wire=mail.content,
        edition=paper.edition,
        lineup=lineup,
        letterhead=paper.rendering.letterhead,
        outward=bool(app.settings.smtp_url),
        columns=columns,
    )
