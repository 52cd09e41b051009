"""What an operator's own template of the mail does wrong with its blocks is said before anything is sent."""

from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.model.edition import Edition
from digest.model.message import Letterhead
from digest.rendering.blocks import render
from digest.rendering.environment import Templates

FAULTS = [
    ("digest.html", 'value("counts")', 'value("count")', "digest.html, line 7: there is no value('count'); there are"),
    ("digest.txt", 'value("zone")', 'value("")', "digest.txt, line 84: there is no value('')"),
    ("_base.html", 'value("preheader")', 'value("address")', "digest.html uses value('address') in the block 'head'"),
    ("digest.txt", 'value("counts")', 'value("marker")', "digest.txt uses value('marker') in the block 'masthead'"),
    ("_base.html", '{{ cut("footer") -}}', "", "mail/digest.html begins no block 'footer'"),
    ("digest.txt", '{{ cut("end") -}}', "", "mail/digest.txt begins no block 'end'"),
    ("digest.html", "{{ cut(row.name) -}}", "", "mail/digest.html begins no block 'lead/0'"),
    ("digest.html", "{{ cut(row.name) -}}", '{{ cut("x") -}}', "mail/digest.html begins the block 'x' twice"),
]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "mail").mkdir()
    return tmp_path


@pytest.mark.parametrize("fault", FAULTS, ids=[fault[3] for fault in FAULTS])
def test_it_names_the_template_and_what_is_wrong(
    fault: tuple[str, str, str, str], own: Path, templates_folder: Path, edition: Edition, letterhead: Letterhead
) -> None:
    file, old, new, said = fault
    shipped = (templates_folder / "mail" / file).read_text("utf-8")
    assert old in shipped
    (own / "mail" / file).write_text(shipped.replace(old, new), "utf-8")
    with pytest.raises(TemplateError) as raised:
        render(edition, letterhead, Templates([own, templates_folder]))
    assert said in raised.value.message
    assert raised.value.hint


def test_a_cell_of_nothing_but_a_blank_is_no_fault(
    own: Path, templates_folder: Path, edition: Edition, letterhead: Letterhead
) -> None:
    shipped = (templates_folder / "mail/_story.html").read_text("utf-8")
    (own / "mail/_story.html").write_text(shipped.replace("<h2 id", "<p>&nbsp;</p><h2 id"), "utf-8")
    blocks = render(edition, letterhead, Templates([own, templates_folder])).html
    assert sum(b">=C2=A0</p>" in b"".join(block.pieces) for block in blocks.values()) >= 2 * len(edition.bench)
