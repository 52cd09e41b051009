"""Stand-ins for what is not known yet: a reader's value, or the border between two blocks."""

import re

from digest.errors import TemplateError
from digest.rendering.text import columns


class Tokens:
    """Stand-ins of letters and digits only, so that every inliner and encoder leaves them alone.

    They are made of a fingerprint of the whole edition, which no text in it can know and so none can forge.
    """

    def __init__(self, seed: str) -> None:
        self._stem = f"dg{seed[:24]}"
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._pattern = re.compile(rf"{self._stem}(\d{{5}})")

    def __call__(self, name: str) -> str:
        """The stand-in for `name`, the same each time."""
        if name not in self._numbers:
            self._numbers[name] = len(self._names)
            self._names.append(name)
        return f"{self._stem}{self._numbers[name]:05d}"

    def check(self, before: str, after: str) -> None:
        """Raise TemplateError where inlining has lost, doubled or moved a stand-in."""
        if self._pattern.findall(before) != self._pattern.findall(after):
            raise TemplateError(
                "A place for a reader's value was lost between the template and the inlined page",
                hint="Keep value(…) and cut(…) out of comments, styles and scripts in templates/mail",
            )

    def split(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The texts between the stand-ins, and the names of these; one text more than names."""
        parts = self._pattern.split(text)
        return tuple(parts[::2]), tuple(self._names[int(number)] for number in parts[1::2])

    def columns(self, text: str) -> int:
        """How many columns `text` takes once its stand-ins are values: a time takes 9, anything else 32."""
        if self._stem not in text:
            return columns(text)
        texts, names = self.split(text)
        return sum(map(columns, texts)) + sum(9 if name.startswith("time/") else 32 for name in names)
