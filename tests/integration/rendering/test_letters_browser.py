"""Letters as a browser sees them: inlining changes nothing, and the button is large enough for a thumb."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from digest.model.message import Letterhead
from digest.rendering.environment import Templates
from digest.rendering.inline import inline
from digest.rendering.letters import Kind, draft
from digest.samples import letter_values

pytestmark = pytest.mark.chromium

COMPARE = """frames => frames.slice(0, frames.length / 2).map((frame, number) => {
  const other = frames[number + frames.length / 2], wrong = [];
  const [one, two] = [frame, other].map(f => [...f.document.body.querySelectorAll('*')]);
  if (one.length !== two.length) wrong.push('numbers of elements differ');
  one.forEach((node, n) => {
    const [a, b] = [getComputedStyle(node), getComputedStyle(two[n])];
    for (const name of a) if (a[name] !== b[name]) wrong.push(`${node.className} ${name}: ${a[name]} / ${b[name]}`);
  });
  return wrong.slice(0, 20);
})"""

BUTTONS = """frames => frames.map(frame => {
  const button = frame.document.querySelector('a.go');
  return [frame.document.documentElement.scrollWidth, button ? button.getBoundingClientRect().height : 44];
})"""


@pytest.fixture(scope="module")
def pages(templates_folder: Path) -> list[str]:
    """Every letter in two directions of writing, before inlining."""
    templates = Templates([templates_folder])
    paper = Letterhead(title="Morning", public_url="https://morning.example", postal_address="12 Quay Street")
    made = []
    for language in ("en", "ar"):
        letterhead = replace(paper, language=language)
        for kind in Kind:
            reader, values = letter_values(kind, letterhead)
            made.append(draft(kind, letterhead, templates, reader, **values).html)
    return [page.replace("https://", "none://") for page in made]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 600])
def test_inlining_a_letter_changes_no_computed_style(
    pages: list[str], measured: Callable[..., list[object]], width: int, dark: bool
) -> None:
    assert measured(pages + [inline(page) for page in pages], COMPARE, width=width, dark=dark) == [[]] * len(pages)


@pytest.mark.parametrize("width", [320, 600])
def test_a_button_is_as_high_as_a_thumb(pages: list[str], measured: Callable[..., list[object]], width: int) -> None:
    assert measured([inline(page) for page in pages], BUTTONS, width=width) == [[width, 44]] * len(pages)
