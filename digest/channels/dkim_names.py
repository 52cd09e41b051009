"""The names that DKIM keys are published under (RFC 6376 section 3.1)."""

import re

LABELS = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
"""The name of a host: labels of letters, digits and hyphens (RFC 1123 section 2.1)."""

SELECTOR, DOMAIN = 63, 253
"""The most characters of a selector, of a domain."""


def is_selector(text: str) -> bool:
    """Whether keys can be published under this name, which is in small letters."""
    return len(text) <= SELECTOR and LABELS.fullmatch(text) is not None


def parse_selectors(text: str) -> tuple[str, ...]:
    """Selectors separated by spaces, in small letters; raises ValueError for what can be none."""
    found = tuple(text.lower().split())
    if not all(map(is_selector, found)):
        raise ValueError
    return found


def parse_domain(text: str) -> str:
    """The name of a domain in ASCII and small letters, or nothing; raises ValueError for what can be none."""
    name = text.lower().rstrip(".")
    if name and (len(name) > DOMAIN or LABELS.fullmatch(name) is None):
        raise ValueError
    return name
