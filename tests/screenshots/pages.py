"""What there is to photograph: the mail of each sample, a letter of each kind, the demo day's edition."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from digest.model.message import Letterhead, Reader
from digest.rendering.assemble import assemble, preview
from digest.rendering.blocks import render
from digest.rendering.environment import Templates
from digest.rendering.letters import Kind
from digest.samples import letter_samples, names, picture, sample
from digest.shipped import shipped
from tests.screenshots.browser import SITE

LETTER, DEMO = "letter-", "demo"


def page_names() -> tuple[str, ...]:
    """Every page by its name, but the demo day's, which takes its time."""
    return (*names(), *(LETTER + kind.value for kind in Kind))


def page(name: str) -> str:
    """The HTML of a page, as a mail program gets it."""
    if name == DEMO:
        return demo_page()
    if name.startswith(LETTER):
        return preview(
            letter_samples(letterhead("The Halmere Morning", "en"), templates())[name.removeprefix(LETTER)]
        ).html
    edition = sample(name)
    rendering = render(edition, letterhead(edition.title, edition.language), templates())
    return preview(assemble(rendering, edition, edition.lineup, READER)).html


def demo_page() -> str:
    """The edition that `digest demo` makes."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "digest", "demo", "--out", folder], check=True, capture_output=True)
        return (Path(folder) / "edition.html").read_text("utf-8")


def pictures() -> Mapping[str, bytes]:
    """The pictures of all samples by their paths."""
    return dict(_pictures())


def _pictures() -> Iterator[tuple[str, bytes]]:
    for name in names():
        for entry in sample(name).bench:
            if entry.image and (content := picture(entry.image.fingerprint)):
                yield f"/images/{entry.image.fingerprint}.jpg", content


@cache
def templates() -> Templates:
    """The templates as shipped."""
    return Templates([shipped("templates")])


def letterhead(title: str, language: str) -> Letterhead:
    """A newsletter with everything set."""
    return Letterhead(
        title=title,
        language=language,
        sender="The Halmere Morning <morning@halmere.example>",
        unsubscribe_address="leave@halmere.example",
        postal_address="12 Quay Street\nHalmere",
        public_url=SITE,
    )


READER = Reader(
    address="ada.fenwick@halmere.example",
    name="Ada Fenwick",
    timezone="Europe/Berlin",
    message_id="sample@halmere.example",
    composed_at=datetime(2026, 5, 14, 5, 30, tzinfo=UTC),
    unsubscribe_url=f"{SITE}/unsubscribe/sample",
    edition_url=f"{SITE}/editions/41",
    preferences_url=f"{SITE}/preferences/sample",
)
