"""Which style an element gets, and how a text looks by it."""

import pytest

from digest.checks.cascade import DARK, LIGHT, OUTLOOK, PHONE, Cascade, broken, colour, nested
from digest.checks.legible import contrast_of, over, texts
from digest.checks.page import Page

BLACK, WHITE = (0.0, 0.0, 0.0, 1.0), (1.0, 1.0, 1.0, 1.0)


@pytest.fixture
def paged(mailed):
    """A page with a style block and a body."""

    def make(style, body):
        page = f"<!DOCTYPE html><html><head><style>{style}</style></head><body>{body}</body></html>"
        return Page(mailed(html=((mailed().html, page),)))

    return make


@pytest.fixture
def look(paged):
    """How the one text of a page looks in a view."""

    def of(style, body, view=LIGHT):
        (seen,) = texts(paged(style, body), view)
        return seen.look

    return of


@pytest.mark.parametrize(
    ("style", "body", "wanted"),
    [
        ("", "<p>x</p>", "#000"),
        ("", '<p style="color:#123">x</p>', "#123"),
        ("", '<div style="color:#123"><p>x</p></div>', "#123"),
        ("p{color:#456}", '<div style="color:#123"><p>x</p></div>', "#456"),
        ("p{color:#456}", '<p style="color:#123">x</p>', "#123"),
        ("p{color:#456!important}", '<p style="color:#123">x</p>', "#456"),
        ("p{color:#456!important}", '<p style="color:#123!important">x</p>', "#123"),
        (".a{color:#456}p{color:#789}", '<p class="a">x</p>', "#456"),
        (".a{color:#456}.a{color:#789}", '<p class="a">x</p>', "#789"),
        ("div>p, .b .c{color:#456}", "<div><p>x</p></div>", "#456"),
        (".a:hover,.a::first-line{color:#456}", '<p class="a">x</p>', "#000"),
        (".a:frob,.a{color:#456}", '<p class="a">x</p>', "#000"),
        ("p{color:inherit}", '<div style="color:#123"><p>x</p></div>', "#123"),
        ("", '<p><a href="https://a.example/">x</a></p>', "#0000ed"),
        ("", '<p style="color:#123"><a>x</a></p>', "#123"),
        ("@media (max-width:480px){p{color:#456}}", "<p>x</p>", "#000"),
        ("@media (prefers-color-scheme:dark){p{color:#456}}", "<p>x</p>", "#000"),
        ("@media (prefers-color-scheme:light){p{color:#456}}", "<p>x</p>", "#456"),
        ("@supports (x:y){p{color:#456}}", "<p>x</p>", "#000"),
        ("[data-ogsc] p{color:#456}", "<p>x</p>", "#000"),
    ],
)
def test_the_ink_of_a_text(look, style, body, wanted):
    assert contrast_of(look(style, body).ink, colour(wanted)) < 1.01


@pytest.mark.parametrize(
    ("style", "body", "wanted"),
    [
        ("", "<p>x</p>", "#fff"),
        ("", '<div bgcolor="#ABC"><p>x</p></div>', "#abc"),
        ("", '<div bgcolor="#abc" style="background-color:#def"><p>x</p></div>', "#def"),
        ("", '<div style="background:url(https://a.example/a.png) #def"><p>x</p></div>', "#def"),
        ("", '<div bgcolor="#abc" style="background:none"><p>x</p></div>', "#fff"),
        ("", '<div style="background-color:rgba(0,0,0,.5)"><p>x</p></div>', "#808080"),
    ],
)
def test_the_ground_of_a_text(look, style, body, wanted):
    assert contrast_of(look(style, body).ground, colour(wanted)) < 1.02


@pytest.mark.parametrize(
    ("style", "body", "pixels"),
    [
        ("", "<p>x</p>", 16),
        ("", '<p style="font-size:14px">x</p>', 14),
        ("", '<p style="font:italic 12px/20px serif">x</p>', 12),
        ("", '<div style="font-size:20px"><p style="font-size:50%">x</p></div>', 10),
        ("", '<div style="font-size:20px"><p style="font-size:.5em">x</p></div>', 10),
        ("", '<p style="font-size:1rem">x</p>', 16),
        ("", '<p style="font-size:9pt">x</p>', 12),
        ("", '<p style="font-size:small">x</p>', 13),
        ("", "<h1>x</h1>", 32),
        ("", '<p style="font:caption">x</p>', 16),
    ],
)
def test_the_size_of_a_text(look, style, body, pixels):
    assert look(style, body).size == pixels


def test_each_view_has_its_own_rules(look):
    style = """p{color:#111}@media (prefers-color-scheme:dark){p{color:#222}}[data-ogsc] p{color:#333}
    @media screen and (max-width:480px){p{color:#444}}"""
    inks = [look(style, "<p>x</p>", view).ink for view in (LIGHT, DARK, OUTLOOK, PHONE)]
    assert inks == [colour(value) for value in ("#111", "#222", "#333", "#444")]


def test_a_page_without_colours_is_black_on_white_or_white_on_black(look):
    assert (look("", "<p>x</p>").ink, look("", "<p>x</p>").ground) == (BLACK, WHITE)
    dark = look("", "<p>x</p>", DARK)
    assert (dark.ink, dark.ground) == (WHITE, BLACK)


def test_only_what_is_shown_is_looked_at(paged):
    body = (
        '<p style="display:none">a</p><p style="visibility:hidden">b</p><p hidden>c</p><p> &nbsp;&#847;&zwnj;</p>'
        '<!-- d --><p>e<br>f <b>g</b> h</p><img alt="i"><img>'
    )
    assert "".join(seen.text.strip() for seen in texts(paged("", body), LIGHT)) == "efghi"


@pytest.mark.parametrize(
    ("ink", "ground", "ratio"),
    [("#000", "#fff", 21.0), ("#777", "#fff", 4.48), ("#767676", "#fff", 4.54), ("#fff", "#fff", 1.0)],
)
def test_contrast_is_as_wcag_reckons_it(ink, ground, ratio):
    assert contrast_of(colour(ink), colour(ground)) == pytest.approx(ratio, abs=0.01)
    assert contrast_of(colour(ground), colour(ink)) == pytest.approx(ratio, abs=0.01)


def test_what_is_half_there_is_half_seen():
    assert over((0.0, 0.0, 0.0, 0.5), WHITE) == (0.5, 0.5, 0.5, 1.0)


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("red", True), ("#12345678", True), ("rgb(1 2 3 / 50%)", True), ("hsl(120, 50%, 50%)", True),
        ("transparent", True), ("inherit", False), ("var(--ink)", False), ("currentcolor", False), ("", False),
    ],
)  # fmt: skip
def test_what_is_a_colour(value, known):
    assert (colour(value) is not None) is known


def test_rules_inside_rules_are_seen_only_where_both_are_at_rules():
    assert nested("@media a{@media b{p{x:y}}}")
    assert not nested("@media a{p{x:y}}@media b{p{x:y}}p{x:y}@import 'a';")


def test_what_cannot_be_read_is_told_by_its_line():
    assert list(broken("p{color:red}\n..x{color:red}\n}")) == [
        "line 2: ..x selects nothing that is known",
        "line 3: EOF reached before {} block for a qualified rule.",
    ]


def test_a_value_that_nothing_sets_is_empty(paged):
    page = paged("p{color:RED}", "<p>x</p>")
    cascade = Cascade(page.root, page.styles, LIGHT)
    (paragraph,) = page.named("p")
    assert (cascade.value(paragraph, "color"), cascade.value(paragraph, "display")) == ("red", "")
