"""Which style a mail program gives to each element, by style attributes and the style blocks that are kept: the one
home of tinycss2 and cssselect.

As far as mails need it: type, class, attribute and structural selectors; no pseudo-classes, no @supports.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import count

import tinycss2
from cssselect import HTMLTranslator, Selector, SelectorError
from cssselect import parse as parse_selectors
from tinycss2.ast import AtRule, Declaration, Node, QualifiedRule
from tinycss2.color4 import parse_color

from digest.checks.page import Element

Colour = tuple[float, float, float, float]
"""Red, green, blue and opacity, 0..1."""

Priority = tuple[bool, int, tuple[int, int, int], int]
"""Important, where it stands (an attribute such as bgcolor, a block, a style attribute), specificity, order."""

HINT, BLOCK, ATTRIBUTE = range(3)

_MARKS = ("data-ogsc", "data-ogsb")
_READ = frozenset(("color", "background-color", "background", "font-size", "font", "display", "visibility"))


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A way of looking at a mail: in a dark scheme, on a telephone, in an Outlook that recolours by its own marks."""

    name: str
    dark: bool = False
    narrow: bool = False
    outlook: bool = False


LIGHT = View(name="light")
DARK = View(name="dark", dark=True)
OUTLOOK = View(name="Outlook's dark", dark=True, outlook=True)
PHONE = View(name="a telephone's", narrow=True)


class Cascade:
    """The values that elements are given in one view; what is inherited is for the reader of it to know.

    `root` is the page that is looked at: a copy, where the view marks it.
    """

    def __init__(self, root: Element, styles: Sequence[str], view: View) -> None:
        self.root = _marked(root) if view.outlook else root
        self._given: dict[Element, dict[str, tuple[Priority, str]]] = {}
        order = count()
        for style in styles:
            for rule in _rules(_sheet(style), view):
                self._apply(rule, order)
        for element in self.root.iter():
            if isinstance(element.tag, str):
                self._apply_attributes(element, order)

    def value(self, element: Element, name: str) -> str:
        """What a property of an element is set to, in lower case; empty where nothing sets it."""
        found = self._given.get(element, {}).get(name)
        return found[1] if found else ""

    def _apply(self, rule: QualifiedRule, order: Iterator[int]) -> None:
        declarations = list(_declarations(rule.content))
        place = next(order)
        for selector in _selectors(tinycss2.serialize(rule.prelude)) if declarations else ():
            for element in _matches(self.root, selector):
                for declaration in declarations:
                    self._set(element, declaration, (BLOCK, selector.specificity(), place))

    def _apply_attributes(self, element: Element, order: Iterator[int]) -> None:
        if element.get("bgcolor"):
            self._keep(element, "background-color", element.get("bgcolor"), (False, HINT, (0, 0, 0), 0))
        if style := element.get("style"):
            for declaration in _declarations(tinycss2.parse_component_value_list(style)):
                self._set(element, declaration, (ATTRIBUTE, (0, 0, 0), next(order)))

    def _set(self, element: Element, declaration: Declaration, place: tuple[int, tuple[int, int, int], int]) -> None:
        for name, value in _longhands(declaration):
            self._keep(element, name, value, (declaration.important, *place))

    def _keep(self, element: Element, name: str, value: str, priority: Priority) -> None:
        mine = self._given.setdefault(element, {})
        if name not in mine or priority >= mine[name][0]:
            mine[name] = priority, value.strip().lower()


def colour(value: str) -> Colour | None:
    """A CSS colour, or None for what is none (inherit, a variable)."""
    found = parse_color(value)
    if found is None or isinstance(found, str):
        return None
    red, green, blue = (min(1.0, max(0.0, part or 0.0)) for part in found.to("srgb").coordinates)
    return red, green, blue, found.alpha


def nested(style: str) -> bool:
    """Whether an at-rule stands inside an at-rule: Gmail drops the whole block then."""
    outer = (rule for rule in _sheet(style) if isinstance(rule, AtRule) and rule.content is not None)
    return any(token.type == "at-keyword" for rule in outer for token in rule.content)


def broken(style: str) -> Iterator[str]:
    """What in a style block cannot be read."""
    for rule in _sheet(style):
        if rule.type == "error":
            yield f"line {rule.source_line}: {rule.message}"
        elif isinstance(rule, QualifiedRule) and not any(True for _ in _selectors(tinycss2.serialize(rule.prelude))):
            yield f"line {rule.source_line}: {tinycss2.serialize(rule.prelude).strip()} selects nothing that is known"


def _sheet(style: str) -> Sequence[Node]:
    return list(tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True))


def _rules(nodes: Iterable[Node], view: View) -> Iterator[QualifiedRule]:
    """The rules that hold in a view."""
    for node in nodes:
        if isinstance(node, QualifiedRule):
            yield node
        elif isinstance(node, AtRule) and node.content is not None and _holds(node, view):
            inside = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            yield from _rules(inside, view)


def _holds(rule: AtRule, view: View) -> bool:
    """Whether a media query is met, as far as mails have them."""
    query = tinycss2.serialize(rule.prelude).lower()
    if rule.lower_at_keyword != "media":
        return False
    if "prefers-color-scheme" in query and ("dark" in query) != (view.dark and not view.outlook):
        return False
    return view.narrow or "max-width" not in query


def _selectors(prelude: str) -> Iterator[Selector]:
    """The selectors of a rule; one that cannot be read spoils them all, as it does in a browser."""
    try:
        found = parse_selectors(prelude)
        for selector in found:
            HTMLTranslator().selector_to_xpath(selector)
    except SelectorError:
        return
    yield from (selector for selector in found if not selector.pseudo_element)


def _matches(root: Element, selector: Selector) -> Iterable[Element]:
    found: Iterable[Element] = root.xpath(HTMLTranslator().selector_to_xpath(selector, prefix="descendant-or-self::"))
    return found


def _declarations(content: Iterable[Node]) -> Iterator[Declaration]:
    for node in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if isinstance(node, Declaration) and node.lower_name in _READ:
            yield node


def _longhands(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """The properties that are read, taken out of their shorthands."""
    match declaration.lower_name:
        case "background":
            parts = (tinycss2.serialize([token]) for token in declaration.value)
            yield "background-color", next((part for part in parts if colour(part)), "transparent")
        case "font":
            sized = (token for token in declaration.value if token.type in {"dimension", "percentage"})
            yield from (("font-size", tinycss2.serialize([token])) for token in list(sized)[:1])
        case name:
            yield name, tinycss2.serialize(declaration.value)


def _marked(root: Element) -> Element:
    """The page as an Outlook app marks it before its own rules for dark schemes hold."""
    copied = deepcopy(root)
    for name in _MARKS:
        copied.set(name, "")
    return copied
