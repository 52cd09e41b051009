"""The items that report one event."""

from dataclasses import dataclass

from digest.model.feed import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPoint:
    """One sentence of a story, and the id of the item that says it."""

    text: str
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One event as told by `items`, the lead first.

    `texts` partitions the item ids: ids in one tuple carry one and the same text (a wire copy, an update by one
    publisher), the best copy first. `id` is the id of the earliest item, so that it stays while the story grows.
    `summary` is plain text that stands alone, and `told_by` the id of the item it is taken from (empty without a
    summary). `points` are what other items add to it.
    """

    id: str
    items: tuple[Item, ...]
    texts: tuple[tuple[str, ...], ...]
    summary: str = ""
    told_by: str = ""
    points: tuple[KeyPoint, ...] = ()
    language: str = ""

    @property
    def lead(self) -> Item:
        """The item whose headline and link stand for the story."""
        return self.items[0]

    @property
    def publishers(self) -> tuple[str, ...]:
        """The distinct publishers, in the order of the items."""
        return tuple(dict.fromkeys(item.publisher for item in self.items if item.publisher))


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One named reason of a score: `value` in 0..1, `weight` its share of the sum."""

    name: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one term has to say, for any language to phrase. `kind` is the term's name, "seldom" (a feed that publishes
    seldom), "items" or "editor" (who put it into the paper).

    `count` publishers or items, `texts` independent ones among them (0: all are); the `name` of a source; an age in
    `minutes`.
    """

    kind: str
    count: int = 0
    texts: int = 0
    name: str = ""
    minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A story's worth: the sum of its terms, times `boost` (1 for most); the reasons that weigh most, the largest
    first, and the same in English words.
    """

    total: float
    terms: tuple[Term, ...]
    why: str
    boost: float = 1.0
    reasons: tuple[Reason, ...] = ()
