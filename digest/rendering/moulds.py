"""One inlining for all blocks of a shape: what tells two stories apart is words and addresses, which no rule sees."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape

_WORDS = re.compile(r'(?<=>)(\s*[^<\s][^<]*)|(?<= href=")[^"]+|(?<= src=")[^"]+|(?<= alt=")[^"]+|(?<= id=")[^"]+')
"""What a block says in its own words: the texts between its tags (the one group), and the values of some attributes."""

_GAP = "\0"


def inlined(blocks: Mapping[str, str], inliner: Callable[[Mapping[str, str]], Mapping[str, str]]) -> dict[str, str]:
    """Every block inlined, though `inliner` is handed only the first of each shape.

    A block of the frame (without "/" in its name) and one with a comment in it are shapes of their own.
    """
    shapes = {name: _shape(name, block) for name, block in blocks.items()}
    firsts = dict(reversed([(shape, name) for name, shape in shapes.items()]))
    made = inliner({name: blocks[name] for name, shape in shapes.items() if firsts[shape] == name})
    moulds = {shape: _WORDS.sub(_GAP, made[name]).split(_GAP) for shape, name in firsts.items()}
    return {name: made[name] if name in made else _cast(moulds[shapes[name]], blocks[name]) for name in blocks}


def _shape(name: str, block: str) -> str:
    return _WORDS.sub(_GAP, block) if "/" in name and "<!--" not in block else name


def _cast(mould: list[str], block: str) -> str:
    first, *others = mould
    return first + "".join([words + markup for words, markup in zip(_words(block), others, strict=True)])


def _words(block: str) -> Iterator[str]:
    """The words of a block as the inliner writes them."""
    for found in _WORDS.finditer(block):
        words = found[0]
        if "&" in words:
            words = escape(unescape(words), quote=False)
            words = words if found.lastindex else words.replace('"', "&quot;")
        yield words
