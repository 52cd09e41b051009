"""What a setting is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One variable: its name without the prefix, what it means, what is expected, and how its text becomes a value."""

    name: str
    meaning: str
    expected: str
    default: str
    parse: Callable[[str], object]
    secret: bool = False
