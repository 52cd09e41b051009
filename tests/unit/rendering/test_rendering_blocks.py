"""Blocks: rendered once, cut at the right places, joined into exactly the page that was meant."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import TemplateError
from digest.model.edition import BenchStory, Correction, Echo, Edition, Form, Hand, Image, LineUp, Pick
from digest.model.message import Letterhead, Reader, Rendering
from digest.rendering.assemble import assemble, preview
from digest.rendering.blocks import Specimen, render, sizes
from digest.rendering.environment import Templates
from digest.rendering.inline import inline
from digest.rendering.mime import quoted
from digest.rendering.page import row_names
from digest.rendering.press import plain
from digest.selection.rules import Rules
from digest.selection.size import taken as taken_by

LEAD, COMPACT, UPDATE = Form


def lineup(*picks: tuple[int, Form], bare: tuple[int, ...] = ()) -> LineUp:
    return LineUp(picks=tuple(Pick(index=index, form=form, bare=index in bare) for index, form in picks))


LINEUPS = {
    "as the editor meant it": lineup((0, LEAD), (1, LEAD), (2, LEAD), *((n, COMPACT) for n in range(3, 12))),
    "upside down": lineup(*((n, COMPACT) for n in range(11, -1, -1))),
    "leads only": lineup((4, LEAD), (8, LEAD), (0, LEAD)),
    "a lead after the brief": lineup((4, LEAD), (3, COMPACT), (8, LEAD)),
    "one story": lineup((7, COMPACT)),
    "an update among the brief": lineup((1, LEAD), (7, COMPACT), (8, UPDATE), (3, COMPACT)),
    "an update alone": lineup((8, UPDATE)),
    "some without their related items": lineup((0, LEAD), (1, LEAD), (8, UPDATE), (2, COMPACT), bare=(1, 8)),
    "two of a section side by side": lineup((0, LEAD), (4, LEAD), (2, COMPACT), (7, COMPACT), (11, COMPACT)),
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


BEFORE, AFTER = ("marker", "browser"), ("reason", "preferences", "unsubscribe", "footer_browser")
OPTIONAL = (("browser", *AFTER), ("marker",), ())


def check_joined(rendering: Rendering, specimen: Specimen, edition: Edition, chosen: LineUp, optional: Iterable[str]):
    """The blocks of a line-up joined are the page of its rows, rendered and inlined whole."""
    rows = {row.name: row for row in specimen.rows}
    wanted = row_names(edition, chosen)
    shown = [rows[name] for name in wanted]
    before, after = ([name for name in part if name in optional] for part in (BEFORE, AFTER))
    names = ["head", *before, "masthead", "note", "corrections", *wanted, "footer", *after, "end"]

    html = inline(specimen.page(rows=shown, parts=tuple(optional), marks=False))
    text = specimen.text(rows=shown, parts=tuple(optional), marks=False)

    assert joined(rendering, "html", names) == named(specimen, html)
    assert joined(rendering, "text", names) == named(specimen, text)


@pytest.mark.parametrize("optional", OPTIONAL)
@pytest.mark.parametrize("title", LINEUPS)
def test_joined_blocks_equal_the_page_rendered_and_inlined_whole(
    title: str, optional: tuple[str, ...], rendering: Rendering, edition: Edition, letterhead: Letterhead,
    templates: Templates,
) -> None:  # fmt: skip
    check_joined(rendering, Specimen(edition, letterhead, templates), edition, LINEUPS[title], optional)


@pytest.fixture(scope="module")
def busy(edition: Edition) -> Edition:
    """The day with an editor's note and two corrections."""
    at = edition.cut_at - timedelta(hours=20)
    corrections = (
        Correction(edition=40, at=at, text="The bridge has two pylons, not three."),
        Correction(edition=38, at=at - timedelta(days=9), text="The minister's name is Ada <Fenwick>."),
    )
    hand = Hand(note="Good morning & welcome.\n\n  Tomorrow there is no paper:\nwe are moving house.\n\n\n")
    return replace(edition, hand=hand, corrections=corrections)


@pytest.fixture(scope="module")
def grand(letterhead: Letterhead) -> Letterhead:
    """The newsletter with a logo and a sentence of its own at the foot."""
    logo = Image(fingerprint="1090" * 8, width=1200, height=200)
    return replace(letterhead, logo=logo, footer="Made by volunteers since 1988 & read by all.")


@pytest.fixture(scope="module")
def pressed(busy: Edition, grand: Letterhead, templates: Templates) -> tuple[Rendering, Specimen]:
    """That day as blocks, and the page they are cut from."""
    return render(busy, grand, templates), Specimen(busy, grand, templates)


def forms(index: int) -> st.SearchStrategy[Pick]:
    """Every way to show a story of the day."""
    able = Form if index == 8 else (LEAD, COMPACT)
    return st.builds(Pick, index=st.just(index), form=st.sampled_from(able), bare=st.booleans())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    picks=st.permutations(range(12)).flatmap(lambda order: st.tuples(*map(forms, order))),
    count=st.integers(0, 12),
    optional=st.sampled_from(OPTIONAL),
)
def test_any_line_up_joined_equals_its_page(
    picks: tuple[Pick, ...], count: int, optional: tuple[str, ...], pressed: tuple[Rendering, Specimen], busy: Edition
) -> None:
    check_joined(*pressed, busy, LineUp(picks=picks[:count]), optional)


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


def test_related_items_stand_under_any_form_of_their_story_and_a_rule_between_two(edition: Edition) -> None:
    assert row_names(edition, LINEUPS["some without their related items"]) == (
        "top", "section/Region", "lead/0", "related/0", "section/World", "lead/1",
        "more", "section/Region", "update/8", "section/Science", "compact/2", "related/2",
    )  # fmt: skip
    assert row_names(edition, LINEUPS["two of a section side by side"]) == (
        "top", "section/Region", "lead/0", "related/0", "rule", "lead/4",
        "more", "section/Science", "compact/2", "related/2", "rule", "compact/7", "rule", "compact/11",
    )  # fmt: skip
    assert row_names(edition, LINEUPS["nothing"]) == ("quiet",)


def test_the_contents_are_the_first_five_headlines_of_a_paper_of_more(
    rendering: Rendering, edition: Edition, reader: Reader
) -> None:
    assert "contents" not in row_names(edition, LINEUPS["two of a section side by side"])
    chosen = LINEUPS["upside down"]
    mail = preview(assemble(rendering, edition, chosen, reader))
    links = re.findall(r'<a class="[^"]*" href="#(s\d+)"', mail.html)
    assert links == ["s11", "s10", "s9", "s8", "s7"]
    ids = re.findall(r' id="([^"]*)"', mail.html)
    assert ids == [f"s{pick.index}" for pick in chosen.picks]
    listed = mail.text.partition("IN THIS PAPER\n\n")[2].partition("\n\n")[0]
    assert listed.count("  • ") == 5
    assert " ".join(listed.split()).startswith(
        "• Beekeepers count the mildest winter losses in a decade • Central bank"
    )


def test_the_editors_note_and_the_corrections_stand_before_the_stories(
    pressed: tuple[Rendering, Specimen], busy: Edition, reader: Reader
) -> None:
    mail = preview(assemble(pressed[0], busy, busy.lineup, reader))
    parts = ("FROM THE EDITOR", "CORRECTION TO EDITION 40, Wed", "CORRECTION TO EDITION 38, 4 May 2026", "IN THIS")
    places = [mail.text.index(part) for part in (*parts, "TOP STORIES")]
    assert places == sorted(places)
    assert "\nGood morning & welcome.\n\nTomorrow there is no paper: we are moving house.\n" in mail.text
    flat = re.sub(r"<[^>]*>", " ", mail.html)
    parts = ("From the editor", "Good morning &amp; welcome.", "Correction to edition 40, Wed", "not three.", "In this")
    places = [flat.index(part) for part in (*parts, "Top stories")]
    assert places == sorted(places)
    assert "Ada &lt;Fenwick&gt;" in mail.html


def test_a_very_long_note_and_correction_are_shortened(busy: Edition, letterhead: Letterhead, templates: Templates):
    wordy = replace(busy, hand=Hand(note="Word " * 5000), corrections=(replace(busy.corrections[0], text="No " * 999),))
    blocks = render(wordy, letterhead, templates).html
    assert blocks["note"].length < 4000
    assert blocks["corrections"].length < 3000


def test_a_logo_is_the_title_with_its_name_as_alternative(
    pressed: tuple[Rendering, Specimen], busy: Edition, letterhead: Letterhead, grand: Letterhead, templates: Templates
) -> None:
    masthead = joined(pressed[0], "html", ["masthead"])
    source = f"{letterhead.public_url}/images/{'1090' * 8}.png"
    assert f'src="{source}" width="552" height="92" alt="The Westhaven Morning"' in masthead
    assert masthead.count("<h1") == 1
    assert ">The Westhaven Morning</h1>" not in masthead
    nowhere = render(busy, replace(grand, public_url=""), templates)
    assert ">The Westhaven Morning</h1>" in joined(nowhere, "html", ["masthead"])
    for part in ("html", "text"):
        assert "Made by volunteers since 1988" in joined(pressed[0], part, ["end"])


def test_sizes_are_never_less_than_the_mail_takes(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    frame, lengths = sizes(rendering)
    rules = Rules(frame=frame, lengths=lengths)
    assert len(lengths) == len(edition.bench)
    for chosen in LINEUPS.values():
        allowed = frame + sum(taken_by(pick, rules) for pick in chosen.picks)
        taken = preview(assemble(rendering, edition, chosen, reader)).html_octets
        assert taken <= allowed <= taken + 7000
    assert all(lead > compact for lead, compact, _, _ in lengths)


def test_a_frame_has_room_for_the_longest_values(
    edition: Edition, letterhead: Letterhead, templates: Templates, reader: Reader
):
    link = f"{letterhead.public_url}/{'&' * 60}"
    greedy = replace(
        reader, address=f"{chr(39) * 64}@{'a' * 190}", unsubscribe_url=link, edition_url=link, preferences_url=link,
        timezone="America/Argentina/Buenos_Aires",
    )  # fmt: skip
    title = replace(edition.bench[0].story.lead, title="'" * 240)
    told = [
        replace(entry, story=replace(entry.story, items=(title,)), section="", related=()) for entry in edition.bench
    ]
    plain = render(replace(edition, bench=tuple(told)), letterhead, templates)
    chosen = LineUp(picks=tuple(Pick(index=index, form=Form.COMPACT) for index in range(6)))
    frame, lengths = sizes(plain)
    rules = Rules(frame=frame, lengths=lengths)
    taken = preview(assemble(plain, replace(edition, bench=tuple(told)), chosen, greedy)).html_octets
    taken += sum(plain.html[name].length for name in ("marker", "top", "more"))
    assert taken <= frame + sum(taken_by(pick, rules) for pick in chosen.picks)


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
