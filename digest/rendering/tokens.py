"""Stand-ins for what is not known yet: a reader's value, or the border between two blocks."""

import re
from collections.abc import Iterator, Mapping

from digest.errors import TemplateError
from digest.rendering.text import columns, graphemes


class Tokens:
    """Stand-ins of letters and digits only, so that every inliner and encoder leaves them alone.

    They are made of a fingerprint of the whole edition, which no text in it can know and so none can forge.
    """

    def __init__(self, seed: str) -> None:
        self._stem = f"dg{seed[:24]}"
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._value = re.compile(rf"{self._stem}v(\d{{5}})")
        self._mark = re.compile(rf"{self._stem}m(\d{{5}})")
        self._comment = re.compile(rf"<!--{self._mark.pattern}-->")
        self._either = re.compile(rf"{self._stem}[vm]\d{{5}}")

    def __call__(self, name: str) -> str:
        """The stand-in for the value `name`, the same each time."""
        return f"{self._stem}v{self._number(name):05d}"

    def mark(self, name: str) -> str:
        """The border before the block `name`."""
        return f"{self._stem}m{self._number(name):05d}"

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            self._numbers[name] = len(self._names)
            self._names.append(name)
        return self._numbers[name]

    def check(self, before: str, after: str) -> None:
        """Raise TemplateError where inlining has lost, doubled or moved a stand-in."""
        if self._either.findall(before) != self._either.findall(after):
            raise TemplateError(
                "A place for a reader's value was lost between the template and the inlined page",
                hint="Keep value(…) and cut(…) out of comments, styles and scripts in templates/mail",
            )

    def split(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The texts between the values, and the names of these; one text more than names."""
        parts = self._value.split(text)
        return tuple(parts[::2]), tuple(self._names[int(number)] for number in parts[1::2])

    def cut(self, page: str, *, template: str) -> dict[str, str]:
        """The blocks of a page; the first one is called "head" and has no border. Raises TemplateError."""
        mark = self._comment if page.startswith("<!") else self._mark
        head, *parts = mark.split(page)
        blocks = {"head": head}
        for number, block in zip(parts[::2], parts[1::2], strict=True):
            name = self._names[int(number)]
            if name in blocks:
                raise TemplateError(f"{template} begins the block {name!r} twice", hint="Use cut(…) once for each name")
            blocks[name] = block
        return blocks

    def join(self, blocks: Mapping[str, str]) -> str:
        """The page of HTML blocks, with a border before each but the first."""
        return "".join(self._bordered(blocks))

    def _bordered(self, blocks: Mapping[str, str]) -> Iterator[str]:
        for name, block in blocks.items():
            yield block if name == "head" else f"<!--{self.mark(name)}-->{block}"

    def graphemes(self, text: str) -> Iterator[str]:
        """What `text` may be broken between: single characters, and stand-ins as a whole."""
        texts, names = self.split(text)
        for part, name in zip(texts, (*names, ""), strict=True):
            yield from graphemes(part)
            if name:
                yield self(name)

    def columns(self, text: str) -> int:
        """How many columns `text` takes once its stand-ins are values: a time takes 9, anything else 32."""
        if self._stem not in text:
            return columns(text)
        texts, names = self.split(text)
        return sum(map(columns, texts)) + sum(9 if name.startswith("time/") else 32 for name in names)
