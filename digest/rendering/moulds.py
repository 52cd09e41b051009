"""One inlining for all blocks of a shape: what tells two stories apart is words and addresses, which no rule sees."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape

_WORDS = re.compile(
    r'(?<=>)(\s*[^<\s][^<]*)|(?<= href=")[^"]+|(?<= src=")[^"]+|(?<= alt=")[^"]+|(?<= id=")[^"]+', re.ASCII
)
"""What a block says in its own words: the texts between its tags (the one group), and the values of some attributes."""

_GAP = "\0"

_STYLE = re.compile(r"<style(?![^>]* data-premailer=\"ignore\")[^>]*>(.*?)</style", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SELECTORS = re.compile(r"([^{}]*)\{")
_BY_CLASS = re.compile(r"\s*(\*|[a-z][\w-]*)?(\.[\w-]+)*\s*", re.IGNORECASE)


def inlined(blocks: Mapping[str, str], inliner: Callable[[Mapping[str, str]], Mapping[str, str]]) -> dict[str, str]:
    """Every block inlined, though `inliner` is handed only the first of each shape.

    A block of the frame (without "/" in its name) and one with a comment in it are shapes of their own. Where a rule
    looks at more than elements and classes, or a first block cannot be cast from its own mould, all are handed over.
    """
    shapes = {name: _shape(name, block) for name, block in blocks.items()}
    firsts = dict(reversed([(shape, name) for name, shape in shapes.items()]))
    if not _by_class("".join(blocks.values())):
        return dict(inliner(blocks))
    made = inliner({name: blocks[name] for name, shape in shapes.items() if firsts[shape] == name})
    moulds = {shape: _WORDS.sub(_GAP, made[name]).split(_GAP) for shape, name in firsts.items()}
    if not all(_fits(moulds[shape], blocks[name], made[name]) for shape, name in firsts.items() if shape != name):
        return dict(inliner(blocks))
    return {name: made[name] if name in made else _cast(moulds[shapes[name]], blocks[name]) for name in blocks}


def _by_class(page: str) -> bool:
    """Whether every rule that is inlined is for elements and classes only, wherever these stand and whatever they say.

    What cannot be told at a glance counts as no.
    """
    sheets = (_COMMENT.sub("", sheet) for sheet in _STYLE.findall(page))
    selectors = (one for sheet in sheets for some in _SELECTORS.findall(sheet) for one in some.split(","))
    return all(map(_BY_CLASS.fullmatch, selectors))


def _shape(name: str, block: str) -> str:
    return _WORDS.sub(_GAP, block) if "/" in name and "<!--" not in block else name


def _fits(mould: list[str], block: str, made: str) -> bool:
    """Whether a block comes out of its mould as the inliner made it."""
    return len(mould) == 1 + sum(1 for _ in _words(block)) and _cast(mould, block) == made


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
