"""What recipient domains take, as an operator writes it: gmail.com, googlemail.com: 20/s 500/h; *: 50/s."""

import re

from digest.errors import UsageError
from digest.model.rates import DomainRates, Rate

HINT = "write domains, a colon and their rates (20/s, 500/h, 5000/d), and a semicolon before the next: gmail.com: 20/s"
DOMAIN = re.compile(r"(?!-)[\w-]{1,63}(\.[\w-]{1,63})+")
OTHERS = "*"
UNITS = {"s": "per_second", "h": "per_hour", "d": "per_day"}
LIMIT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)/([a-z]+)")
LONGEST = 40


def parse_domain_rates(text: str) -> DomainRates:
    """Rates by recipient domain; domains named together share one. `*` stands for each domain that is not named, by
    itself. Raises UsageError.
    """
    named: dict[str, tuple[str, Rate]] = {}
    others = Rate()
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        domains, rate = _entry(entry)
        if domains == [OTHERS] and others.bounded:
            raise UsageError("* is named twice", hint=HINT)
        if domains == [OTHERS]:
            others = rate
            continue
        for domain in domains:
            if domain in named:
                raise UsageError(f"{domain} is named twice", hint=HINT)
            named[domain] = (f"@{domains[0]}", rate)
    return DomainRates(named=named, others=others)


def _entry(entry: str) -> tuple[list[str], Rate]:
    names, colon, limits = entry.partition(":")
    if not colon or not limits.strip():
        raise UsageError(f"{_shown(entry)} names no rate", hint=HINT)
    domains = [name.strip().lower() for name in names.split(",")]
    if OTHERS in domains and len(domains) > 1:
        raise UsageError("* stands for every other domain and shares its rate with none", hint=HINT)
    for domain in domains:
        if domain != OTHERS and not DOMAIN.fullmatch(domain):
            raise UsageError(f"{_shown(domain)} is no domain", hint=HINT)
    return domains, _rate(limits.split())


def _rate(limits: list[str]) -> Rate:
    values: dict[str, float] = {}
    for limit in limits:
        match = LIMIT.fullmatch(limit.lower())
        if match is None or match[2] not in UNITS:
            raise UsageError(f"{_shown(limit)} is no rate", hint=HINT)
        unit, number = UNITS[match[2]], float(match[1])
        if unit in values:
            raise UsageError(f"{_shown(limit)} is the second rate of its kind for a domain", hint=HINT)
        if not number or (unit != "per_second" and number != int(number)):
            raise UsageError(f"{_shown(limit)} is no whole number of mails above 0", hint=HINT)
        values[unit] = number
    hour, day = values.get("per_hour"), values.get("per_day")
    return Rate(
        per_second=values.get("per_second"),
        per_hour=int(hour) if hour else None,
        per_day=int(day) if day else None,
    )


def _shown(words: str) -> str:
    return repr(words if len(words) <= LONGEST else words[:LONGEST] + "…")
