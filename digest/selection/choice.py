"""A selection with all it was made of, for those who ask about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from digest.model.delivery import Told
from digest.model.edition import BenchStory, Edition
from digest.model.feed import Item
from digest.model.story import Score, Story
from digest.selection.bench import section_of
from digest.selection.leftout import LeftOut, best_first, left_out, off_bench
from digest.selection.lineup import Rules, Wish, lineups
from digest.selection.related import related
from digest.selection.report import as_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A selection with all it was made of: every story, best first or not, with its score; by which rules the line-up
    was chosen, and what had been told before.
    """

    edition: Edition
    stories: tuple[Story, ...]
    scores: tuple[Score, ...]
    rules: Rules
    told: tuple[Told, ...] = ()

    def left_out(self) -> tuple[LeftOut, ...]:
        """Every story that is not in the default line-up, best first, with the rule that kept it out."""
        seated = left_out(self.edition, Wish(told=self.told), self.rules)
        return best_first((*seated, *off_bench(self.stories, self.scores, self.edition, self.rules.orders)))

    def others(self) -> tuple[BenchStory, ...]:
        """Every story that is not in the default line-up: the bench's, then those without a seat, each best first."""
        picked = {pick.index for pick in self.edition.lineup.picks}
        seated = {told.story.id for told in self.edition.bench}
        left = [
            BenchStory(story=story, score=worth, section=section_of(story), related=self.beside(story))
            for story, worth in zip(self.stories, self.scores, strict=True)
            if story.id not in seated
        ]
        left.sort(key=lambda told: (-told.score.total, told.story.id))
        return *(told for index, told in enumerate(self.edition.bench) if index not in picked), *left

    def beside(self, story: Story) -> tuple[Item, ...]:
        """What would stand beside a story that has no seat: its own other texts, for it has no neighbours."""
        return related(story, orders=self.rules.orders)

    def report(
        self, *, everything: bool, evidence: Callable[[Story], Sequence[object]] | None = None
    ) -> dict[str, object]:
        """As plain data for scripts: the picked stories, or every one, with the ids of their items.

        Explained where it is given what joins the texts of a story: with that, and what is left out and why.
        """
        as_picked = replace(self.rules, leads=self.rules.max_stories)
        (order,) = lineups(self.edition, (Wish(told=self.told),), as_picked)
        top = [self.edition.bench[pick.index] for pick in order.picks]
        wanted = {told.story.id for told in top}
        pairs = [pair for pair in zip(self.stories, self.scores, strict=True) if everything or pair[0].id in wanted]
        seated = {told.story.id: told.related for told in self.edition.bench}
        near = {story.id: seated[story.id] if story.id in seated else self.beside(story) for story, _ in pairs}
        stories, scores = [story for story, _ in pairs], [worth for _, worth in pairs]
        report = as_json(stories, scores, top=[told.story for told in top], related=near)
        if evidence is None:
            return report
        joined = {story.id: evidence(story) for story in stories}
        return report | {"evidence": joined, "left_out": [each.data() for each in self.left_out()]}
