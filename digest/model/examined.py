"""What the doctor found, check by check."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """All well; something to look at; something that keeps mail from going out or arriving; not known from here."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One check: its name in a word or two, what it is about, what was found in one sentence, and what to do.

    `about` is a domain, a relay, a file; empty where the check is about the newspaper as a whole.
    """

    check: str
    verdict: Verdict
    found: str
    about: str = ""
    hint: str = ""


def ok(check: str, found: str, *, about: str = "", hint: str = "") -> Examined:
    """All is well."""
    return Examined(check=check, verdict=Verdict.OK, found=found, about=about, hint=hint)


def warn(check: str, found: str, *, about: str = "", hint: str = "") -> Examined:
    """Something to look at."""
    return Examined(check=check, verdict=Verdict.WARN, found=found, about=about, hint=hint)


def fail(check: str, found: str, *, about: str = "", hint: str = "") -> Examined:
    """Something that keeps mail from going out, from arriving, or people from leaving."""
    return Examined(check=check, verdict=Verdict.FAIL, found=found, about=about, hint=hint)


def skip(check: str, found: str, *, about: str = "", hint: str = "") -> Examined:
    """Nothing that could be known from here."""
    return Examined(check=check, verdict=Verdict.SKIP, found=found, about=about, hint=hint)
