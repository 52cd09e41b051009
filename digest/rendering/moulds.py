"""One inlining for all blocks of a shape: what tells two stories apart is words and addresses, which no rule sees."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape

_SLOT = re.compile(r'(>)([^<]*)|( (?:href|src|alt|id)=")([^"]*)')
"""What a block says in its own words: the texts between its tags, and the values of these attributes."""


def inlined(blocks: Mapping[str, str], inliner: Callable[[Mapping[str, str]], Mapping[str, str]]) -> dict[str, str]:
    """Every block inlined, though `inliner` is handed only the first of each shape.

    A block of the frame (without "/" in its name) and one with a comment in it is a shape of its own.
    """
    shapes = {name: _shape(name, block) for name, block in blocks.items()}
    firsts = dict(reversed([(shape, name) for name, shape in shapes.items()]))
    made = inliner({name: blocks[name] for name, shape in shapes.items() if firsts[shape] == name})
    moulds = {shape: _mould(made[name]) for shape, name in firsts.items()}
    return {name: made[name] if name in made else _cast(moulds[shape], blocks[name]) for name, shape in shapes.items()}


def _shape(name: str, block: str) -> str:
    return _SLOT.sub(r"\1\3", block) if "/" in name and "<!--" not in block else f"{name} {block}"


def _mould(block: str) -> tuple[str, ...]:
    """A block without its own words, cut where they stand."""
    return tuple(_SLOT.sub(_emptied, block).split("\0"))


def _emptied(slot: re.Match[str]) -> str:
    return f"{slot[1] or slot[3]}\0"


def _cast(mould: tuple[str, ...], block: str) -> str:
    words = _words(block)
    first, *others = mould
    return first + "".join(part for pair in zip(words, others, strict=True) for part in pair)


def _words(block: str) -> Iterator[str]:
    """The words of a block as the inliner writes them."""
    for slot in _SLOT.finditer(block):
        text, value = slot[2], slot[4]
        yield _written(text) if value is None else _written(value).replace('"', "&quot;")


def _written(words: str) -> str:
    return escape(unescape(words), quote=False) if "&" in words else words
