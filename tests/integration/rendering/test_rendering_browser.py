"""The mail as a browser sees it: inlining changes nothing, nothing is too wide, too small or too pale."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest.model.edition import BenchStory, Correction, Edition, Hand, Image
from digest.model.feed import Item
from digest.model.message import Letterhead
from digest.model.story import KeyPoint, Score, Story
from digest.rendering.blocks import Specimen
from digest.rendering.environment import Templates
from digest.rendering.inline import inline

pytestmark = pytest.mark.chromium

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "mail"
DAYS = sorted(path.stem for path in GOLDEN.glob("*.html"))
NOW = datetime(2026, 5, 14, 4, 30, tzinfo=UTC)

COMPARE = """frames => {
  const [one, other] = frames.map(f => [...f.document.body.querySelectorAll('*')]);
  const wrong = one.length === other.length ? [] : ['numbers of elements differ'];
  one.forEach((node, n) => {
    const [a, b] = [getComputedStyle(node), getComputedStyle(other[n])];
    for (const name of a) if (a[name] !== b[name])
      wrong.push(`${node.tagName}.${node.className} ${name}: ${a[name]} / ${b[name]}`);
  });
  return [one.length, wrong.slice(0, 20)];
}"""

LAYOUT = """frames => frames.map(frame => {
  const doc = frame.document, small = [], pale = [];
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = parts(frame.getComputedStyle(node).backgroundColor);
      if (colour[3] !== 0) return light(colour);
    }
    return 1;
  };
  for (const node of doc.body.querySelectorAll('*')) {
    const said = [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const style = frame.getComputedStyle(node);
    if (!said || node.closest('.preheader')) continue;
    if (parseFloat(style.fontSize) < 13) small.push(node.className);
    const [a, b] = [light(parts(style.color)), behind(node)].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) pale.push(node.className + ' ' + style.color);
  }
  return {width: doc.documentElement.scrollWidth, mode: doc.compatMode, small, pale};
})"""


@pytest.fixture(scope="module")
def specimen(templates_folder: Path) -> Specimen:
    """Two stories in every form, one with everything."""
    items = tuple(
        Item(
            id=str(n), title=f"A bridge story told for the {n}th time", url=f"https://paper{n}.example/s", seen=NOW,
            source=f"Paper {n}", publisher=f"paper{n}.example", published=NOW,
        )
        for n in range(5)
    )  # fmt: skip
    points = tuple(KeyPoint(text="The northern pylon has sunk by 4 centimetres.", item=str(n)) for n in range(3))
    story = Story(
        id="0", items=items, texts=(("0",),), summary="Engineers found cracks. " * 8, told_by="1", points=points,
        language="en",
    )  # fmt: skip
    score = Score(total=1, terms=(), why="three sources")
    full = BenchStory(
        story=story,
        score=score,
        section="Region",
        related=items[2:],
        news="Night buses will run until the bridge is open again.",
        image=Image(fingerprint="a", width=900, height=600),
    )
    plain = BenchStory(story=replace(story, told_by="", points=()), score=score)
    edition = Edition(
        number=2, date=date(2026, 5, 14), cut_at=NOW, title="Morning", bench=(full, plain),
        hand=Hand(note="Good morning.\n\nTomorrow there is no paper."),
        corrections=(Correction(edition=1, at=NOW, text="There are two pylons."),),
    )  # fmt: skip
    letterhead = Letterhead(
        title="Morning", public_url="https://morning.example", postal_address="12 Quay Street",
        footer="Made by volunteers.", logo=Image(fingerprint="b", width=900, height=100),
    )  # fmt: skip
    return Specimen(edition, letterhead, Templates([templates_folder]))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 600])
def test_inlining_changes_no_computed_style(
    specimen: Specimen, measured: Callable[..., list[object]], width: int, dark: bool
) -> None:
    def page(inliner: Callable[[str], str]) -> str:
        return inliner(specimen.page(rows=specimen.rows, parts=specimen.parts)).replace("https://", "none://")

    count, wrong = measured([page(str), page(inline)], COMPARE, width=width, dark=dark)
    assert wrong == []
    assert isinstance(count, int)
    assert count > 80


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 600])
def test_every_golden_mail_is_readable_without_scrolling_sideways(
    width: int, dark: bool, measured: Callable[..., list[object]]
) -> None:
    pages = [(GOLDEN / f"{day}.html").read_text("utf-8").replace("https://", "none://") for day in DAYS]
    found = dict(zip(DAYS, measured(pages, LAYOUT, width=width, dark=dark), strict=True))
    assert found == {day: {"width": width, "mode": "CSS1Compat", "small": [], "pale": []} for day in DAYS}
    assert len(found) >= 5
