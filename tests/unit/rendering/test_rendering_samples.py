"""Golden files of the sample editions, letter for letter. DIGEST_GOLDEN=write writes them anew."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from digest.model.message import Letterhead, Reader
from digest.rendering.assemble import assemble, preview
from digest.rendering.blocks import render
from digest.rendering.environment import Templates
from digest.samples import names, sample

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "samples"


@pytest.mark.parametrize("name", names())
def test_a_sample_is_mailed_as_it_always_was(
    name: str, letterhead: Letterhead, templates: Templates, reader: Reader
) -> None:
    edition = sample(name)
    paper = replace(letterhead, title=edition.title, language=edition.language)
    shown = preview(assemble(render(edition, paper, templates), edition, edition.lineup, reader))
    for kind, text in (("html", shown.html), ("txt", shown.text)):
        path = GOLDEN / f"{name}.{kind}"
        if os.environ.get("DIGEST_GOLDEN") == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        assert text == path.read_text("utf-8"), f"{path} differs; look at it, then write it with DIGEST_GOLDEN=write"


def test_there_is_a_golden_file_for_no_other() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(names())
