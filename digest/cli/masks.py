"""What a log must not show: people's addresses, and secrets."""

import re
from collections.abc import Callable, Sequence

HIDDEN = "•••"

AT = re.compile(r"(@|%40|＠)")
"""The sign of an address, as it is and as links and East Asian keyboards write it."""

ENDS = frozenset('<>(),;:[]{}\\"')
"""What a local part has only in quotation marks (RFC 5322 section 3.2.3); blanks end it too."""

SHORTEST_SECRET = 4
"""Characters; to hide what is shorter would hide common words."""

Mask = Callable[[str], str]


def mask_addresses(text: str) -> str:
    """A text with the local part of everything that looks like an address hidden, its domain left.

    It hides too much rather than too little; a name without the @ behind it is not known for one.
    """
    if "@" not in text and "%40" not in text and "＠" not in text:
        return text
    parts = AT.split(text)
    for place in range(0, len(parts) - 1, 2):
        kept = _before_local(parts[place])
        if kept < len(parts[place]):
            parts[place] = parts[place][:kept] + HIDDEN
    return "".join(parts)


def _before_local(text: str) -> int:
    """Where the local part at the end of a text begins."""
    if text.endswith('"') and (start := text.rfind('"', 0, -1)) >= 0:
        return start
    place = len(text)
    while place and text[place - 1] not in ENDS and not text[place - 1].isspace():
        place -= 1
    return place


def mask_secrets(secrets: Sequence[str]) -> Mask:
    """A mask for these secrets, the longest first, as one may be part of another."""
    known = sorted({each for each in secrets if len(each) >= SHORTEST_SECRET}, key=len, reverse=True)
    if not known:
        return str
    pattern = re.compile("|".join(map(re.escape, known)))
    return lambda text: pattern.sub(HIDDEN, text)


def mask_of(secrets: Sequence[str], *, addresses: bool) -> Mask:
    """What every line of a log goes through; `addresses` says that people's may be shown."""
    hide = mask_secrets(secrets)
    return hide if addresses else lambda text: mask_addresses(hide(text))
