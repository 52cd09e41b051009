"""Blocks: rendered once, cut at the right places, joined into exactly the page that was meant."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.model.edition import BenchStory, Echo, Edition, Form, Image, LineUp, Pick
from digest.model.message import Letterhead, Reader, Rendering
from digest.rendering.assemble import assemble, preview
from digest.rendering.blocks import Specimen, render, sizes
from digest.rendering.environment import Templates
from digest.rendering.inline import inline
from digest.rendering.mime import quoted
from digest.rendering.page import row_names
from digest.rendering.press import plain

LEAD, COMPACT, UPDATE = Form


def lineup(*picks: tuple[int, Form]) -> LineUp:
    return LineUp(picks=tuple(Pick(index=index, form=form) for index, form in picks))


LINEUPS = {
    "as the editor meant it": lineup((0, LEAD), (1, LEAD), (2, LEAD), *((n, COMPACT) for n in range(3, 12))),
    "upside down": lineup(*((n, COMPACT) for n in range(11, -1, -1))),
    "leads only": lineup((4, LEAD), (8, LEAD), (0, LEAD)),
    "a lead after the brief": lineup((4, LEAD), (3, COMPACT), (8, LEAD)),
    "one story": lineup((7, COMPACT)),
    "an update among the brief": lineup((1, LEAD), (7, COMPACT), (8, UPDATE), (3, COMPACT)),
    "an update alone": lineup((8, UPDATE)),
    "nothing": lineup(),
}


def joined(rendering: Rendering, part: str, names: Iterable[str]) -> str:
    """Blocks with their values named in brackets."""
    segments = []
    blocks = rendering.html if part == "html" else rendering.text
    for block in (blocks[name] for name in names if name in blocks):
        segments.append(block.pieces[0])
        for value, piece in zip(block.values, block.pieces[1:], strict=True):
            segments += (quoted(f"[{value}]"), piece)
    return plain(segments)


def named(specimen: Specimen, page: str) -> str:
    """A page with its values named in brackets."""
    texts, names = specimen.tokens.split(page)
    return texts[0] + "".join(f"[{name}]{text}" for name, text in zip(names, texts[1:], strict=True))


@pytest.mark.parametrize("optional", [("browser", "reason", "unsubscribe", "footer_browser"), ("marker",), ()])
@pytest.mark.parametrize("title", LINEUPS)
def test_joined_blocks_equal_the_page_rendered_and_inlined_whole(
    title: str, optional: tuple[str, ...], rendering: Rendering, edition: Edition, letterhead: Letterhead,
    templates: Templates,
) -> None:  # fmt: skip
    specimen = Specimen(edition, letterhead, templates)
    rows = {row.name: row for row in specimen.rows}
    wanted = row_names(edition, LINEUPS[title])
    shown = [rows[name] for name in wanted]
    frame = [name for name in ("marker", "browser") if name in optional]
    foot = [name for name in ("reason", "unsubscribe", "footer_browser") if name in optional]
    names = ["head", *frame, "masthead", *wanted, "footer", *foot, "end"]

    html = specimen.html(inliner=inline, rows=shown, parts=optional, marks=False)
    text = specimen.text(rows=shown, parts=optional, marks=False)

    assert joined(rendering, "html", names) == named(specimen, html)
    assert joined(rendering, "text", names) == named(specimen, text)


def test_one_rendering_calls_the_inliner_once(edition: Edition, letterhead: Letterhead, templates: Templates) -> None:
    calls = []

    def counting(html: str) -> str:
        calls.append(len(html))
        return inline(html)

    first = render(edition, letterhead, templates, inliner=counting)
    assert len(calls) == 1
    assert first == render(edition, letterhead, templates)


def test_an_inliner_that_loses_a_value_is_found_out(
    edition: Edition, letterhead: Letterhead, templates: Templates
) -> None:
    with pytest.raises(TemplateError, match="was lost"):
        render(edition, letterhead, templates, inliner=lambda html: html[: len(html) // 2])


def test_a_page_without_the_doctype_first_is_refused() -> None:
    with pytest.raises(TemplateError, match="begins with"):
        inline("<!-- hello --><!DOCTYPE html><html></html>")


def test_a_block_marked_twice_names_the_template(
    edition: Edition, letterhead: Letterhead, templates_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "mail").mkdir()
    source = (templates_folder / "mail/digest.txt").read_text()
    (tmp_path / "mail/digest.txt").write_text(source.replace('cut("end")', 'cut("footer")'))
    with pytest.raises(TemplateError, match=r"mail/digest\.txt begins the block 'footer' twice"):
        render(edition, letterhead, Templates([tmp_path, templates_folder]))


def test_blocks_stand_on_lines_of_their_own_and_know_their_length(rendering: Rendering) -> None:
    for blocks in (rendering.html, rendering.text):
        for name, block in blocks.items():
            assert len(block.pieces) == len(block.values) + 1
            whole = b"".join(block.pieces)
            assert name.startswith("word/") or not whole or whole.endswith(b"\r\n")
            assert max(len(line) for line in whole.split(b"\r\n")) <= 76
            assert whole.isascii()
            decoded = "".join(plain([piece]) for piece in block.pieces)
            assert block.length == len(decoded.replace("\n", "\r\n").encode())


def test_sizes_are_never_less_than_the_mail_takes(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    frame, stories = sizes(rendering)
    assert len(stories) == len(edition.bench)
    for chosen in LINEUPS.values():
        allowed = frame + sum(stories[pick.index][list(Form).index(pick.form)] for pick in chosen.picks)
        taken = preview(assemble(rendering, edition, chosen, reader)).html_octets
        assert taken <= allowed <= taken + 6000
    assert all(lead > compact for lead, compact, _, _ in stories)


def test_only_what_may_be_told_again_can_be_told_as_an_update(
    rendering: Rendering, edition: Edition, letterhead: Letterhead, templates: Templates
) -> None:
    assert [name for name in rendering.html if name.startswith("update/")] == ["update/8"]
    silent = replace(edition.bench[8], news="")
    again = replace(edition, bench=(*edition.bench[:8], silent, *edition.bench[9:]))
    page = joined(render(again, letterhead, templates), "html", ["update/8"])
    assert "Now told by 3 publishers." in page
    german = replace(again, language="de")
    page = joined(render(german, letterhead, templates), "html", ["update/8"])
    assert page.count('lang="en"') == 1  # the headline alone: the rest is the paper's own
    assert "Darüber berichten jetzt 3 Medien." in page
    never = replace(silent, echoes=(Echo(edition=40, index=2),))
    told = replace(edition, bench=(*edition.bench[:8], never, *edition.bench[9:]))
    assert "update/8" not in render(told, letterhead, templates).html


def test_an_update_says_what_is_new_and_who_says_so(rendering: Rendering) -> None:
    for part, label in (("html", "Update</p>"), ("text", "Update: Ferry strike")):
        shown = " ".join(joined(rendering, part, ["update/8", "related/8"]).split())
        assert label in shown
        assert "no crew will be on board for more than 9 hours" in shown
        assert "(Wire Partner 0)" in shown
        assert "wages stay as they are" not in shown
        assert "Hauliers ask" not in shown
        assert "What the inspectors saw" in shown


def test_a_mail_of_one_update_says_what_is_new_beside_its_subject(
    rendering: Rendering, edition: Edition, reader: Reader
) -> None:
    mail = preview(assemble(rendering, edition, LINEUPS["an update alone"], reader))
    assert mail.html.count(">From July no crew") == 2
    assert dict(mail.headers)["Subject"] == "Ferry strike called off an hour before midnight"


def test_key_points_stand_under_a_story_told_in_full_each_with_its_source(rendering: Rendering) -> None:
    for part in ("html", "text"):
        full, brief = (joined(rendering, part, [name]) for name in ("lead/0", "compact/0"))
        assert "A first report" in full
        assert "A first report" in brief
        assert "(Wire Partner 0)" in " ".join(full.split())
        for number, words in enumerate(("by 4 centimetres", "until the bridge", "who pays"), start=1):
            assert words in full
            assert f"– Wire Partner {number}" in " ".join(full.split())
            assert words not in brief
    assert "<ul" not in joined(rendering, "html", ["lead/1"])


def test_a_mail_of_twelve_stories_is_small(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    assert preview(assemble(rendering, edition, edition.lineup, reader)).html_octets < 60_000


def test_kept_style_blocks_are_few_small_and_flat(rendering: Rendering) -> None:
    head = joined(rendering, "html", ["head"])
    styles = [part.partition("</style>")[0] for part in head.split("<style>")[1:]]
    kept = [style for style in styles if "mso-line-height-rule" not in style]
    assert 2 <= len(kept) <= 3
    assert sum(len(style) for style in kept) < 8000
    for style in kept:
        depth = highest = 0
        for letter in style:
            depth += {"{": 1, "}": -1}.get(letter, 0)
            highest = max(highest, depth)
        assert depth == 0
        assert highest <= 2
    assert "prefers-color-scheme:dark" in head
    assert "[data-ogsc] .ink" in head
    assert 'name="color-scheme" content="light dark"' in head
    assert "data-premailer" not in head
    assert head.startswith("<!DOCTYPE html>\n<html ")


def test_every_layout_table_is_presentation_and_nothing_foreign_is_loaded(rendering: Rendering) -> None:
    page = joined(rendering, "html", [name for name in rendering.html if "cut/" not in name])
    assert page.count("<table") == page.count('<table role="presentation"')
    assert "data:" not in page
    assert "<link" not in page
    assert "<script" not in page
    assert page.count("<img ") == page.count('width="552" height="310" alt="Photo: Westhaven Courier"') == 1


def test_an_image_is_shown_only_where_it_can_be_served_and_fits_the_column(
    editions: Callable[..., Edition], stories: Callable[..., BenchStory], letterhead: Letterhead, templates: Templates
) -> None:
    def page(width: int, height: int, letterhead: Letterhead) -> str:
        image = Image(fingerprint="ab" * 16, width=width, height=height)
        return joined(render(editions(stories(0, image=image)), letterhead, templates), "html", ["lead/0"])

    assert f'src="{letterhead.public_url}/images/{"ab" * 16}.jpg" width="552" height="345"' in page(
        1104, 690, letterhead
    )
    assert 'width="300" height="200"' in page(300, 200, letterhead)
    assert 'width="207" height="414"' in page(1000, 2000, letterhead)
    assert "<img" not in page(1, 1, letterhead)
    assert "<img" not in page(1104, 690, replace(letterhead, public_url=""))


def test_what_a_letterhead_lacks_leaves_no_label_behind(edition: Edition, templates: Templates, reader: Reader) -> None:
    bare = render(edition, Letterhead(), templates)
    silent = replace(reader, unsubscribe_url="", edition_url="")
    mail = preview(assemble(bare, edition, edition.lineup, silent))
    for part in (mail.html, mail.text):
        for label in ("View in browser", "Unsubscribe", "None", 'href=""'):
            assert label not in part
        assert "ada@example.org" in part
    assert "12 Quay Street" not in mail.html


def test_values_a_reader_lacks_leave_no_label_behind(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    mail = preview(assemble(rendering, edition, edition.lineup, replace(reader, edition_url="")))
    assert "View in browser" not in mail.html + mail.text
    assert "Unsubscribe" in mail.html
