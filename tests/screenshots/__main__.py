"""The command: python -m tests.screenshots OUT [--sample NAME…] [--demo].

A picture for each page (the samples, the letters, with --demo the demo day) at each width, light and dark, with images
and without, a sheet of them all for each page, and its first screen in three ways for the README. Says which pages are
wider than the window; then it ends with 1.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw

from tests.screenshots.browser import Browser
from tests.screenshots.pages import DEMO, page, page_names, pictures

WIDTHS = (320, 360, 600)
SCALE, TALLEST, GAP, LINE = 0.5, 6000, 16, 18
"""Of a sheet: how much smaller its pictures are, the most pixels from top to bottom, the space between and above."""

TALL = 1320
"""The pixels of the first screen."""

Shots = dict[str, Image.Image]


def main(words: Sequence[str] | None = None) -> int:
    """Photograph what is named, or all; how many pages were too wide decides the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--sample", nargs="+", choices=page_names(), default=[], metavar="NAME")
    parser.add_argument("--demo", action="store_true")
    asked = parser.parse_args(words)
    chosen = [*(asked.sample or (() if asked.demo else page_names())), *([DEMO] if asked.demo else [])]
    asked.out.mkdir(parents=True, exist_ok=True)
    wide = []
    with Browser() as browser:
        for name in chosen:
            shots: Shots = {}
            wide += photographed(browser, name, shots)
            for kind, shot in shots.items():
                shot.save(asked.out / f"{name}-{kind}.png")
            sheet(shots).save(asked.out / f"{name}.png")
            front(shots).save(asked.out / f"{name}-front.png", optimize=True)
            say(str(asked.out / f"{name}.png"))
    for fault in wide:
        say(fault)
    return 1 if wide else 0


def photographed(browser: Browser, name: str, shots: Shots) -> Iterator[str]:
    """Put every picture of a page into `shots`; yields a sentence for each that is too wide."""
    html, files = page(name), pictures()
    for with_pictures, dark, width in product((True, False), (False, True), WIDTHS):
        kind = f"{width}-{'dark' if dark else 'light'}{'' if with_pictures else '-no-images'}"
        browser.show(html, width=width, dark=dark, pictures=with_pictures, files=files)
        needed = browser.run("document.documentElement.scrollWidth")
        if needed > width:
            yield f"{name} is {needed} px wide in a window of {width} px ({kind})"
        shots[kind] = browser.photograph()


def sheet(shots: Shots) -> Image.Image:
    """All pictures side by side, smaller, each below its name."""
    tall = max(shot.height for shot in shots.values())
    scale = min(SCALE, TALLEST / tall)
    small = {kind: shot.resize((round(shot.width * scale), round(shot.height * scale))) for kind, shot in shots.items()}
    width = sum(shot.width + GAP for shot in small.values()) + GAP
    whole = Image.new("RGB", (width, round(tall * scale) + 2 * GAP + LINE), "#808080")
    draw, left = ImageDraw.Draw(whole), GAP
    for kind, shot in small.items():
        draw.text((left, GAP // 2), kind, fill="white")
        whole.paste(shot, (left, GAP + LINE))
        left += shot.width + GAP
    return whole


def front(shots: Shots) -> Image.Image:
    """The first screen in light, in the dark and on a telephone, side by side, in few colours: the README's picture."""
    shown = [shots[kind].crop((0, 0, shots[kind].width, TALL)) for kind in ("600-light", "600-dark", "360-light")]
    whole = Image.new("RGB", (sum(shot.width + GAP for shot in shown) - GAP, TALL), "white")
    left = 0
    for shot in shown:
        whole.paste(shot, (left, 0))
        left += shot.width + GAP
    return whole.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def say(line: str) -> None:
    """A line of the answer, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
