"""Every sample and letter on telephones and desktops, light and dark: nothing too wide, small, pale or close."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from digest.rendering.text import one_line
from digest.samples import names, sample
from tests.screenshots.__main__ import main
from tests.screenshots.browser import Browser
from tests.screenshots.pages import page, page_names, pictures

pytestmark = pytest.mark.chromium

FAULTS = """(summaries => {
  const doc = document, wrong = [];
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = parts(getComputedStyle(node).backgroundColor);
      if (colour[3] !== 0) return light(colour);
    }
    return 1;
  };
  if (doc.documentElement.scrollWidth !== innerWidth) wrong.push('wide: ' + doc.documentElement.scrollWidth);
  if (doc.compatMode !== 'CSS1Compat') wrong.push('quirks mode');
  for (const node of doc.body.querySelectorAll('*')) {
    const said = [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!said || node.closest('.preheader')) continue;
    const style = getComputedStyle(node), name = node.tagName + '.' + node.className;
    if (parseFloat(style.fontSize) < 13) wrong.push('small: ' + name);
    const [a, b] = [light(parts(style.color)), behind(node)].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) wrong.push('pale: ' + name);
  }
  const texts = [...doc.querySelectorAll('p, td, li')].map(node => [node, node.textContent.trim()]);
  for (const summary of summaries) {
    const told = texts.filter(([node, text]) => text.startsWith(summary));
    if (!told.length) wrong.push('not there: ' + summary);
    for (const [node] of told.slice(-1))
      if (parseFloat(getComputedStyle(node).fontSize) < 16) wrong.push('small summary: ' + summary);
  }
  const targets = [...doc.querySelectorAll('a[href]')].map(link => {
    const box = link.getBoundingClientRect();
    return {name: link.textContent.trim(), x: box.x + box.width / 2, y: box.y + box.height / 2,
            w: box.width, h: box.height, low: box.height < 24};
  }).filter(box => box.w && box.h);
  targets.forEach((one, n) => targets.slice(n + 1).forEach(two => {
    const reach = box => box.low ? 12 : box.h / 2;
    const apart = Math.abs(one.y - two.y) >= reach(one) + reach(two) - 0.5;
    const beside = Math.abs(one.x - two.x) >= Math.max(12, one.w / 2) + Math.max(12, two.w / 2) - 0.5;
    if (!apart && !beside) wrong.push(`close: ${one.name} / ${two.name}`);
  }));
  return wrong;
})"""
"""Targets as WCAG 2.2 (2.5.8) measures them: what is lower than 24 px has a circle of that size to itself."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all pages."""
    try:
        made = Browser()
    except FileNotFoundError as gone:
        (pytest.fail if os.environ.get("DIGEST_TEST_ALL") else pytest.skip)(str(gone))
    with made as shown:
        yield shown


def summaries(name: str) -> list[str]:
    """How the summaries of a sample's stories told in full or in brief begin, as far as they are ordinary text."""
    stories = [entry.story for entry in sample(name).bench if not entry.news] if name in names() else []
    starts = [one_line(story.summary)[:40] for story in stories if name != "markup"]
    return [start for start in starts if start]


@pytest.mark.parametrize("name", page_names())
def test_a_page_can_be_read_and_touched_anywhere(name: str, browser: Browser) -> None:
    html, files = page(name), pictures()
    found: dict[tuple[int, bool], Any] = {}
    for width in (320, 360, 600):
        for dark in (False, True):
            browser.show(html, width=width, dark=dark, files=files)
            found[width, dark] = browser.run(f"{FAULTS}({json.dumps(summaries(name))})")
    assert {key: wrong for key, wrong in found.items() if wrong} == {}


def test_without_its_images_a_page_stays_in_its_place(browser: Browser) -> None:
    heights = set()
    for shown in (True, False):
        browser.show(page("ordinary"), width=600, pictures=shown, files=pictures())
        heights.add(browser.run("document.documentElement.scrollHeight"))
        loaded = browser.run("[...document.images].map(image => image.naturalWidth > 0)")
        assert set(loaded) == {shown}
    assert max(heights) - min(heights) <= 2  # a scaled picture ends between two pixels


def test_what_is_too_wide_is_seen(browser: Browser) -> None:
    wide = '<!DOCTYPE html><html><body style="margin:0"><p style="width:700px;font-size:12px;color:#ccc">Wide</p>'
    browser.show(wide, width=360)
    assert browser.run(f"{FAULTS}([])") == ["wide: 700", "small: P.", "pale: P."]


def test_one_command_photographs_everything(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path_factory.mktemp("shots")
    assert main([str(out), "--sample", "one-story", "letter-confirm"]) == 0
    made = {path.name for path in out.iterdir()}
    assert {"one-story.png", "one-story-front.png", "letter-confirm.png", "one-story-320-dark-no-images.png"} <= made
    assert len(made) == 2 * 14
    assert capsys.readouterr().out == f"{out}/one-story.png\n{out}/letter-confirm.png\n"
