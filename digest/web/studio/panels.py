"""What stands beside the mail: the stories of the paper, what the checks found, sending, the record."""

from dataclasses import dataclass

from digest.model.edit import Entry
from digest.model.edition import BenchStory, Correction, Edition, EditionState, Form
from digest.model.finding import Finding, Level
from digest.newsroom import hand
from digest.web.studio.asked import Asked
from digest.web.studio.workplace import Looks, Workplace

OTHERS = 12
"""Stories of the bench that are offered beside those in the paper."""
OPEN = (EditionState.DRAFT, EditionState.HELD, EditionState.APPROVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A story at its place in the paper (0: it is in none), as the editor made it."""

    place: int
    told: BenchStory
    form: Form | None = None
    pinned: bool = False

    @property
    def id(self) -> str:
        """The story's id."""
        return self.told.story.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What stands beside one edition. `kind` is sample, uncut, open, frozen, cancelled, or "" where there is none."""

    kind: str = ""
    edition: Edition | None = None
    stories: tuple[Placed, ...] = ()
    others: tuple[Placed, ...] = ()
    dropped: tuple[Placed, ...] = ()
    findings: tuple[Finding, ...] = ()
    record: tuple[Entry, ...] = ()
    corrections: tuple[Correction, ...] = ()

    @property
    def errors(self) -> int:
        """How many findings keep it back."""
        return sum(finding.level is Level.ERROR for finding in self.findings)

    @property
    def undoable(self) -> str:
        """The change that would be taken back next, in the words of the record; empty where there is none."""
        return next((entry.what for entry in reversed(self.record) if entry.edit and not entry.undone), "")

    def about(self, story: str) -> tuple[Finding, ...]:
        """What was found about a story."""
        return tuple(finding for finding in self.findings if finding.story == story)


NOTHING = Panel()
"""What stands beside no edition."""


def panel_of(workplace: Workplace, asked: Asked, looks: Looks) -> Panel:
    """What stands beside the edition that is shown."""
    edition, numbered = looks.edition, looks.edition.number
    stories, others, dropped = laid_out(edition)
    return Panel(
        kind=kind_of(asked, edition),
        edition=edition,
        stories=stories,
        others=others,
        dropped=dropped,
        findings=workplace.findings(asked),
        record=hand.record(workplace.app, numbered) if numbered else (),
        corrections=hand.corrections(workplace.app, numbered) if numbered else (),
    )


def kind_of(asked: Asked, edition: Edition) -> str:
    """What can be done with an edition."""
    if asked.sample:
        return "sample"
    if not edition.number:
        return "uncut"
    return "open" if edition.state in OPEN else edition.state.value


def laid_out(edition: Edition) -> tuple[tuple[Placed, ...], tuple[Placed, ...], tuple[Placed, ...]]:
    """The stories in the paper in order, the best of those that are not, and those the editor dropped."""
    hand, bench = edition.hand, edition.bench
    stories = tuple(
        Placed(
            place=place,
            told=bench[pick.index],
            form=pick.form,
            pinned=bench[pick.index].story.id in hand.pinned,
        )
        for place, pick in enumerate(edition.lineup.picks, start=1)
    )
    inside = {placed.id for placed in stories}
    rest = [Placed(place=0, told=told) for told in bench if told.story.id not in inside]
    dropped = tuple(placed for placed in rest if placed.id in hand.dropped)
    others = tuple(placed for placed in rest if placed.id not in hand.dropped)
    return stories, others[:OTHERS], dropped
