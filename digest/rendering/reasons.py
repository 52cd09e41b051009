"""Why a story is in the paper, in the paper's own language."""

from datetime import timedelta

from digest.model.story import Reason, Score
from digest.rendering.environment import Words
from digest.rendering.text import one_line, shorten

NAME = 60
"""The most characters of a source."""

OWN_WORDS = "en"
"""The language of a score's own words, for editions that were cut before reasons were kept apart from them."""


def because(score: Score, words: Words) -> str:
    """The largest reasons in the language of the words; nothing where they are known in another only."""
    if score.reasons:
        return words("semicolon").join(_said(reason, words) for reason in score.reasons)
    return score.why if words.language.startswith(OWN_WORDS) else ""


def _said(reason: Reason, words: Words) -> str:
    name = shorten(one_line(reason.name), NAME)
    match reason.kind:
        case "coverage":
            told = words.plural("why_publishers", reason.count)
            return f"{told}{words('comma')}{words.plural('why_texts', reason.texts)}" if reason.texts else told
        case "velocity":
            return words.plural("why_velocity", reason.count)
        case "items":
            return words.plural("why_items", reason.count)
        case "recency":
            return words("why_recency", age=words.ago(timedelta(minutes=reason.minutes)))
        case kind:
            return words(f"why_{kind}", source=name)
