"""Why a story is in the paper, in the paper's language."""

import pytest

from digest.app import shipped
from digest.model.story import Reason, Score
from digest.rendering.environment import Templates
from digest.rendering.reasons import because
from digest.selection.why import phrase

REASONS = (
    Reason(kind="coverage", count=14, texts=4),
    Reason(kind="coverage", count=2),
    Reason(kind="recency", minutes=190),
    Reason(kind="source", name="Bay News"),
    Reason(kind="prominence", name="Bay News"),
    Reason(kind="velocity", count=3),
    Reason(kind="seldom", name="Isle Post"),
    Reason(kind="items", count=1),
)


@pytest.fixture
def templates() -> Templates:
    return Templates((shipped("templates"),))


def score(*reasons: Reason, why: str = "told by 3 items") -> Score:
    return Score(total=1.0, terms=(), why=why, reasons=reasons)


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: f"{reason.kind}-{reason.count}")
def test_an_english_paper_says_what_the_score_says(templates: Templates, reason: Reason) -> None:
    assert because(score(reason), templates.words("en")) == phrase((reason,))


def test_every_reason_has_words_in_every_language(templates: Templates) -> None:
    for language in templates.languages():
        words = templates.words(language)
        said = because(score(*REASONS), words).split(words("semicolon"))
        assert len(said) == len(set(said)) == len(REASONS)
        assert "14" in said[0]
        assert "Isle Post" in said[6]
    arabic = because(score(REASONS[0], REASONS[1]), templates.words("ar"))
    assert (arabic.count("\u060c"), arabic.count("\u061b")) == (1, 1)
    assert because(score(REASONS[2]), templates.words("de-AT")) == "zuerst erschienen vor 3 Stunden"


def test_a_name_keeps_to_one_short_line(templates: Templates) -> None:
    said = because(score(Reason(kind="source", name="Bay\r\nNews " + "x" * 500)), templates.words("en"))
    assert said.startswith("told by Bay News x")
    assert len(said) < 80


def test_an_edition_from_before_reasons_were_kept_speaks_english_only(templates: Templates) -> None:
    assert because(score(), templates.words("en-GB")) == "told by 3 items"
    assert because(score(), templates.words("de")) == ""
