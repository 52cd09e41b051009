"""A selection as plain data, for scripts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from digest.model.feed import Item
from digest.model.story import Score, Story


def as_json(
    stories: Sequence[Story],
    scores: Sequence[Score],
    *,
    top: Iterable[Story],
    related: Mapping[str, Sequence[Item]],
) -> dict[str, Any]:
    """Stories with their scores, the ids of the top ones (best first), and related item ids by story id."""
    return {
        "stories": [
            {
                "id": story.id,
                "items": [item.id for item in story.items],
                "lead": story.lead.id,
                "score": round(worth.total, 6),
                "terms": {term.name: round(term.value, 6) for term in worth.terms},
                "boost": round(worth.boost, 6),
                "why": worth.why,
                "summary": story.summary,
            }
            for story, worth in zip(stories, scores, strict=True)
        ],
        "top": [story.id for story in top],
        "related": {story_id: [item.id for item in items] for story_id, items in related.items()},
    }
