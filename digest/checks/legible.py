"""The checks of what can be read: the colour of every text on its ground, in each scheme, and its size."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from digest.checks.cascade import DARK, LIGHT, OUTLOOK, PHONE, Cascade, Colour, View, colour
from digest.checks.found import error, excerpt, warning
from digest.checks.page import Element, Page
from digest.model.finding import Finding

READABLE, LARGE_ONLY = 4.5, 3.0
"""The least contrast of text, and of large text (WCAG 2.2, 1.4.3): nothing may be under the second."""

SMALLEST = 13.0
"""The smallest text, in pixels."""

_BLACK, _WHITE = (0.0, 0.0, 0.0, 1.0), (1.0, 1.0, 1.0, 1.0)
_LINKS = {False: (0.0, 0.0, 0.93, 1.0), True: (0.62, 0.62, 1.0, 1.0)}
_ROOT_SIZE = 16.0
_UNSEEN = frozenset(("head", "title", "style", "script", "template", "meta", "link"))
_BLANK = re.compile("[\\s\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")
_SIZE = re.compile(r"([\d.]+)(px|pt|em|rem|%)")
_UNITS = {"px": 1.0, "pt": 4 / 3, "rem": _ROOT_SIZE}
_WORDS = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0, "xx-large": 32.0,
}  # fmt: skip
_SCALES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83, "sub": 0.83, "sup": 0.83}
"""What browsers make of elements that say nothing of their size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a text looks: the colour of its letters, of what is behind them, and its size in pixels."""

    ink: Colour
    ground: Colour
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A piece of text that is shown, and how."""

    text: str
    element: Element
    look: Look


def contrast(page: Page) -> Iterator[Finding]:
    """Every text can be read on its ground, in the light scheme, the dark one, and Outlook's own dark one."""
    for view in (LIGHT, DARK, OUTLOOK):
        told: set[tuple[Colour, Colour]] = set()
        for seen in texts(page, view):
            pair = seen.look.ink, seen.look.ground
            ratio = contrast_of(*pair)
            if ratio < READABLE and pair not in told:
                told.add(pair)
                yield _too_faint(page, seen, view, ratio)


def _too_faint(page: Page, seen: Seen, view: View, ratio: float) -> Finding:
    report = error if ratio < LARGE_ONLY else warning
    pair = f"{_hexed(seen.look.ink)} on {_hexed(seen.look.ground)}"
    return report(
        "contrast",
        f"“{excerpt(seen.text, 40)}” is {pair} in {view.name} scheme, a contrast of {ratio:.1f}",
        where="html",
        story=page.story_of(seen.element) if view is not OUTLOOK else "",
        hint=f"text needs {READABLE}, none may be under {LARGE_ONLY:.0f}",
    )


def text_sizes(page: Page) -> Iterator[Finding]:
    """No text is too small, on a telephone neither."""
    told: set[float] = set()
    for view in (LIGHT, PHONE):
        for seen in texts(page, view):
            size = seen.look.size
            if size < SMALLEST and size not in told:
                told.add(size)
                said = f"“{excerpt(seen.text, 40)}” is {size:g} pixels small in {view.name} scheme"
                yield warning("text size", said, where="html", story=page.story_of(seen.element))


def colours(page: Page) -> Iterator[Finding]:
    """Every colour is one that can be told."""
    for view in (LIGHT, DARK):
        cascade, told = Cascade(page.root, page.styles, view), set[str]()
        for element in page.elements:
            for name in ("color", "background-color"):
                value = cascade.value(element, name)
                if value and colour(value) is None and value not in {"inherit", "currentcolor", *told}:
                    told.add(value)
                    said = f"{name}: {excerpt(value)} is no colour that mail programs know"
                    yield warning("colours", said, where="html", story=page.story_of(element))


def texts(page: Page, view: View) -> Iterator[Seen]:
    """Every piece of text that is shown in a view, the texts in place of pictures too."""
    cascade = Cascade(page.root, page.styles, view)
    bare = Look(ink=_WHITE if view.dark else _BLACK, ground=_BLACK if view.dark else _WHITE, size=_ROOT_SIZE)
    yield from _inside(cascade.root, bare, cascade, view)


def _inside(element: Element, around: Look, cascade: Cascade, view: View) -> Iterator[Seen]:
    if element.tag in _UNSEEN or _is_hidden(element, cascade):
        return
    look = _look(element, around, cascade, view)
    for text in (element.text, element.get("alt") if element.tag == "img" else None):
        if text and _BLANK.sub("", text):
            yield Seen(text=text, element=element, look=look)
    for child in element:
        if isinstance(child.tag, str):
            yield from _inside(child, look, cascade, view)
        if child.tail and _BLANK.sub("", child.tail):
            yield Seen(text=child.tail, element=element, look=look)


def _is_hidden(element: Element, cascade: Cascade) -> bool:
    unseen = cascade.value(element, "visibility") == "hidden" or cascade.value(element, "display") == "none"
    return unseen or element.get("hidden") is not None


def _look(element: Element, around: Look, cascade: Cascade, view: View) -> Look:
    ink = colour(cascade.value(element, "color"))
    if ink is None and element.tag == "a" and element.get("href") and not cascade.value(element, "color"):
        ink = _LINKS[view.dark]
    behind = colour(cascade.value(element, "background-color"))
    look = around if behind is None else replace(around, ground=over(behind, around.ground))
    size = _size(cascade.value(element, "font-size"), around.size, _SCALES.get(element.tag, 1.0))
    return replace(look, ink=look.ink if ink is None else ink, size=size)


def _size(value: str, around: float, scale: float) -> float:
    """A font size in pixels; `scale` is the element's own where nothing is said."""
    if value in _WORDS:
        return _WORDS[value]
    found = _SIZE.fullmatch(value)
    if found is None:
        return around * scale
    number, unit = float(found[1]), found[2]
    return number * _UNITS[unit] if unit in _UNITS else around * (number / 100 if unit == "%" else number)


def over(front: Colour, ground: Colour) -> Colour:
    """What a colour looks like on an opaque ground."""
    opacity = front[3]
    red, green, blue = (one * opacity + other * (1 - opacity) for one, other in zip(front[:3], ground[:3], strict=True))
    return red, green, blue, 1.0


def contrast_of(ink: Colour, ground: Colour) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance).

    The palette that a mail's colours come from reckons it too; a check must not take its word for it.
    """
    low, high = sorted((_luminance(over(ink, ground)), _luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def _luminance(shade: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in shade[:3])  # noqa: PLR2004 sRGB
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hexed(shade: Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in shade[:3])


OF_LOOKS: tuple[Callable[[Page], Iterator[Finding]], ...] = (contrast, colours, text_sizes)
"""Every check of what the eye meets."""
