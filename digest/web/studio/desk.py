"""The editor's desk: every form of the studio that changes an edition."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest.app import App
from digest.errors import DigestError, UsageError
from digest.model.edit import Act, Edit
from digest.model.edition import EditionState
from digest.newsroom import hand
from digest.web.gate import PRIVATE_HEADERS
from digest.web.studio.asked import Asked, is_number
from digest.web.studio.sending import Sender
from digest.web.studio.views import Views, status_of
from digest.web.studio.workplace import Workplace

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One press of a button: the newspaper, the edition it is about (0: it is not cut), the form, and who."""

    app: App
    number: int
    form: Form
    by: str

    @property
    def story(self) -> str:
        """The id of the story it is about."""
        return self.form.get("story", "")

    def change(self, act: Act, *, text: str = "", place: int = 0) -> None:
        """Make one change of the story."""
        hand.change(self.app, self.number, Edit(act=act, story=self.story, text=text, place=place), by=self.by)

    def whole(self, name: str, what: str) -> int:
        """A field that is a number; raises UsageError."""
        text = self.form.get(name, "").strip()
        if not is_number(text):
            raise UsageError(f"{text!r} is no {what}", hint="write it in figures")
        return int(text)


class Desk:
    """Everything that is done by a POST. What is refused is said beside its form, with what was typed kept."""

    def __init__(self, workplace: Workplace, views: Views, sender: Sender, *, by: str) -> None:
        self.workplace = workplace
        self.views = views
        self.sender = sender
        self.by = by

    def act(self, request: Request) -> Response:
        """POST /desk: one change."""
        return self.answer(request, self.changed)

    def test(self, request: Request) -> Response:
        """POST /test: a marked test of what is shown."""
        return self.answer(request, self.tested)

    def send(self, request: Request) -> Response:
        """POST /send: to everybody, once the number of readers was typed."""
        return self.answer(request, self.sent)

    def answer(self, request: Request, work: Callable[[Asked, Form], str]) -> Response:
        """Do it, and lead back to the page it was done on."""
        form: Form = request.state.form
        asked = Asked.read(form.get("back", ""))
        try:
            said = work(asked, form)
        except DigestError as fault:
            self.views.refresh()
            return self.views.show(asked, status=status_of(fault), typed=form, fault_said=fault)
        self.views.refresh()
        place = f"#story-{form['story']}" if form.get("story") else ""
        link = f"{asked.link()}&said={self.views.keep(said)}{place}"
        return RedirectResponse(link, status_code=303, headers=PRIVATE_HEADERS)

    def changed(self, asked: Asked, form: Form) -> str:  # noqa: ARG002 - what is shown does not say what is changed
        """Make the change that a form asks for, and say it in the words of the record."""
        act = ACTS.get(form.get("act", ""))
        if act is None:
            raise UsageError("That is nothing the desk can do.")
        turn = Turn(app=self.workplace.app, number=number_of(form), form=form, by=self.by)
        number = act(turn) or turn.number
        what = hand.record(turn.app, number)[-1].what
        return f"{what[:1].upper()}{what[1:]}."

    def tested(self, asked: Asked, form: Form) -> str:
        """Send the test."""
        return self.sender.test(self.workplace.looks(asked).paper, form.get("address", ""))

    def sent(self, asked: Asked, form: Form) -> str:
        """Begin to send."""
        edition = self.workplace.edition(asked)
        if asked.sample or edition.number != number_of(form):
            raise UsageError("The edition is another one now.", hint="look at it, and press the button again")
        return self.sender.send(edition, typed=form.get("count", ""), despite=form.get("despite") == "yes")


def number_of(form: Form) -> int:
    """The edition a form is about."""
    text = form.get("number", "")
    return int(text) if is_number(text) else 0


def start(turn: Turn) -> int:
    """Cut today's edition, held."""
    return asyncio.run(hand.cut(turn.app, by=turn.by)).number


def words(turn: Turn) -> None:
    """A new headline and a new summary, as far as they are new."""
    edition = turn.app.store.editions.get(turn.number)
    told = next((told for told in edition.bench if told.story.id == turn.story), None)
    title, summary = turn.form.get("title", ""), turn.form.get("summary", "")
    before = (told.story.lead.title, told.story.summary) if told else ("", "")
    if (title.strip(), summary.strip()) == before:
        raise UsageError("Nothing was written anew.")
    if title.strip() != before[0]:
        turn.change(Act.RETITLE, text=title)
    if summary.strip() != before[1]:
        turn.change(Act.SUMMARY, text=summary)


def moved(turn: Turn, *, by: int = 0) -> None:
    """To another place, or so many places further."""
    turn.change(Act.MOVE, place=turn.whole("place", "place") + by)


def added(turn: Turn) -> None:
    """A story from elsewhere."""
    asyncio.run(hand.add(turn.app, turn.number, turn.form.get("url", "").strip(), by=turn.by))


def undone(turn: Turn) -> None:
    """The newest change taken back."""
    hand.undo(turn.app, turn.number, by=turn.by)


def corrected(turn: Turn) -> None:
    """What was wrong in an edition that has gone out."""
    hand.correct(turn.app, turn.number, turn.form.get("text", ""), by=turn.by)


def moves(state: EditionState) -> Callable[[Turn], None]:
    """The act that brings an edition into a state."""

    def move(turn: Turn) -> None:
        hand.move(turn.app, turn.number, state, by=turn.by)

    return move


ACTS: Mapping[str, Callable[[Turn], int | None]] = {
    "start": start,
    "pin": lambda turn: turn.change(Act.PIN),
    "drop": lambda turn: turn.change(Act.DROP),
    "up": lambda turn: moved(turn, by=-1),
    "down": lambda turn: moved(turn, by=1),
    "move": moved,
    "words": words,
    "note": lambda turn: turn.change(Act.NOTE, text=turn.form.get("text", "")),
    "add": added,
    "undo": undone,
    "approve": moves(EditionState.APPROVED),
    "hold": moves(EditionState.HELD),
    "correct": corrected,
}
"""What can be done, by the name of its button; an act that makes an edition gives its number."""
