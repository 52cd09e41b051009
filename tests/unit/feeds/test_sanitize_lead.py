"""The beginning of a text, cut where a sentence ends."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds.sentences import lead, shortened


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("It rained. It poured.", 100, "It rained. It poured."),
        ("It rained. It poured all day.", 15, "It rained."),
        ("“It rained.” She laughed.", 15, "“It rained.”"),
        ("Did it rain? It did! Yes.", 21, "Did it rain? It did!"),
        (
            "Dr. Quill met Mr. J. R. Lens of the U.S. Navy. They spoke.",
            50,
            "Dr. Quill met Mr. J. R. Lens of the U.S. Navy.",
        ),
        ("At 5 p.m. on Monday it rained. Then not.", 32, "At 5 p.m. on Monday it rained."),
        ("Costs of 3.5 million. More later.", 25, "Costs of 3.5 million."),
        ("Am 3. Mai kam z. B. Frau Dr. Feder. Danach niemand.", 40, "Am 3. Mai kam z. B. Frau Dr. Feder."),
        ("M. Plume est venu. Mme Objectif aussi.", 30, "M. Plume est venu."),
        ("Llegó la Sra. Pluma de EE.UU. ayer. Luego nadie.", 40, "Llegó la Sra. Pluma de EE.UU. ayer."),
        ("隧道周一开通。工程历时九年。市长剪彩。", 15, "隧道周一开通。工程历时九年。"),
        ("「開通した。」と市長は述べた。次の文。", 17, "「開通した。」と市長は述べた。"),
        ("Wait… what? Yes.", 12, "Wait… what?"),
        ("One\nTwo\nIt rained.", 100, "One. Two. It rained."),
        ("It rained all day without an end in sight", 20, "It rained all day…"),
        ("It rained. And then the […]", 100, "It rained."),
        ("It rained. And then the...", 100, "It rained."),
        ("It rained and then the […]", 100, "It rained and then the…"),
        ("It rained.…", 100, "It rained."),
        ("[…]", 100, ""),
        ("", 10, ""),
    ],
)
def test_the_cut_is_where_a_sentence_ends(text, limit, expected):
    assert lead(text, limit=limit) == expected


def test_an_ellipsis_only_where_one_sentence_is_too_long():
    assert lead("Short. " + "Word " * 400, limit=200) == "Short."
    assert lead("word " * 400, limit=200).endswith("word…")


@pytest.mark.parametrize("cluster", ["👩‍🚀", "🇩🇪", "e\u0301", "👍🏽", "क्षि", "❤️"])
def test_no_character_is_taken_apart(cluster):
    for limit in range(8, 30):
        kept = shortened(cluster * 30, limit=limit).removesuffix("…")
        assert kept == cluster * (len(kept) // len(cluster))


@settings(deadline=None)
@given(st.text(max_size=400), st.integers(min_value=1, max_value=120))
def test_a_lead_is_within_its_limit_and_on_one_line(text, limit):
    found = lead(text, limit=limit)
    assert len(found) <= limit
    assert "\n" not in found
    assert lead(found, limit=limit) == found or found.endswith("…")


@settings(deadline=None)
@given(st.text(alphabet="ab \u0301\u200d🇩🇪👩.", max_size=300), st.integers(min_value=70, max_value=120))
def test_what_is_left_out_never_begins_with_a_mark(text, limit):
    cut = shortened(text, limit=limit)
    if cut.endswith("…") and len(text) > limit:
        kept = cut.removesuffix("…")
        following = text[len(kept) : len(kept) + 1] if text.startswith(kept) else ""
        assert not following or not unicodedata.category(following).startswith("M") or len(kept) < limit - 60
