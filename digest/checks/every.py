"""All checks, run one after the other."""

from collections.abc import Iterable

from digest.checks.headers import OF_HEADERS
from digest.checks.legible import OF_LOOKS
from digest.checks.markup import OF_MARKUP
from digest.checks.page import Page, Sent
from digest.checks.paper import OF_PAPER, Paper
from digest.checks.weight import OF_WEIGHT
from digest.checks.wording import OF_WORDING
from digest.model.finding import Finding, Level

OF_MAIL = (*OF_MARKUP, *OF_LOOKS, *OF_WEIGHT, *OF_HEADERS, *OF_WORDING)
"""Every check of a finished mail."""

COUNT = len(OF_PAPER) + len(OF_MAIL)
"""How many checks there are."""


def paper_findings(paper: Paper) -> tuple[Finding, ...]:
    """What is wrong with an edition, errors first."""
    return errors_first(finding for check in OF_PAPER for finding in check(paper))


def mail_findings(sent: Sent) -> tuple[Finding, ...]:
    """What is wrong with a mail, errors first."""
    page = Page(sent)
    return errors_first(finding for check in OF_MAIL for finding in check(page))


def errors_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings with the errors before the warnings, else in their order."""
    return tuple(sorted(findings, key=lambda finding: finding.level is not Level.ERROR))
