"""What readers have been told: the same story in earlier editions, and bit masks over the bench."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from digest.model.delivery import Told
from digest.model.edition import Echo, Edition, LineUp
from digest.model.story import Story


def echoes(stories: Sequence[Story], earlier: Iterable[Edition]) -> tuple[tuple[Echo, ...], ...]:
    """For each story the places of earlier editions that told it: those that share an item with it."""
    places: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for edition in earlier:
        for index, bench_story in enumerate(edition.bench):
            for item in bench_story.story.items:
                places[item.id].add((edition.number, index))
    found = (sorted(set().union(*(places.get(item.id, set()) for item in story.items))) for story in stories)
    return tuple(tuple(Echo(edition=number, index=index) for number, index in told) for told in found)


def echo_masks(edition: Edition) -> dict[tuple[int, int], int]:
    """For each place of an earlier edition (its number and index there) the bits of the bench stories it told."""
    masks: dict[tuple[int, int], int] = defaultdict(int)
    for index, bench_story in enumerate(edition.bench):
        for echo in bench_story.echoes:
            masks[echo.edition, echo.index] |= 1 << index
    return dict(masks)


def told_mask(masks: Mapping[tuple[int, int], int], told: Iterable[Told]) -> int:
    """The bits of the bench stories a reader was told, one look-up for each story they got (see `echo_masks`)."""
    mask = 0
    for each in told:
        for pick in LineUp.decode(each.lineup).picks:
            mask |= masks.get((each.edition, pick.index), 0)
    return mask
