"""The editor's hand: change an edition, take a change back, hold or approve it, correct what went out; all recorded."""

import getpass
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from digest.app import App
from digest.errors import UsageError
from digest.model.edit import CORRECTION, Act, Edit, Entry
from digest.model.edition import Correction, Edition, EditionState
from digest.newsroom import editions
from digest.newsroom.elsewhere import fetched
from digest.storage.edits import check_open

if TYPE_CHECKING:
    from digest.selection.edits import Means

NAME = 60
"""The most characters of an editor's name."""

LONGEST = 20_000
"""Longer texts are not even read."""


def editor() -> str:
    """Who is working: the name somebody is logged in by, "editor" where there is none."""
    try:
        return signed(getpass.getuser())
    except (KeyError, OSError, ImportError):
        return signed("")


def change(app: App, number: int, edit: Edit, *, by: str) -> Edition:
    """Change an edition, and choose its default line-up again.

    Texts lose their markup and what cannot be shown. Raises NotFound for an edition or story that is not there,
    UsageError, and Conflict where it was done already, or the edition is frozen or cancelled.
    """
    from digest.selection.edits import amended, saying

    edition = app.store.editions.get(number)
    edit = replace(edit, text=lines(edit.text) if edit.act is Act.NOTE else one_line(edit.text))
    return app.store.edits.record(
        number,
        edit,
        by=signed(by),
        what=saying(edition, edit),
        at=app.clock(),
        apply=partial(amended, edit=edit, means=means(app, edition)),
    )


async def add(app: App, number: int, url: str, *, by: str) -> Edition:
    """Fetch a page and put it before all other stories of an edition.

    Raises what `change` raises, AddressRefused, FetchError, and ParseError for a page without an article.
    """
    check_open(app.store.editions.get(number))
    added = await fetched(app, url)
    return change(app, number, Edit(act=Act.ADD, story=added.story.id, added=added), by=by)


def undo(app: App, number: int, *, by: str) -> Entry:
    """Take back the newest change that is in force; returns the line of the record that says so.

    Holding, approving and corrections are no changes: undo passes over them. Raises NotFound, Conflict.
    """
    from digest.selection.edits import replayed

    edition = app.store.editions.get(number)
    replay = partial(replayed, means=means(app, edition))
    return app.store.edits.undo(number, by=signed(by), at=app.clock(), replay=replay)


def record(app: App, number: int) -> tuple[Entry, ...]:
    """Who did what to an edition, oldest first; raises NotFound."""
    return app.store.edits.all(number)


def move(app: App, number: int, state: EditionState, *, by: str) -> Edition:
    """Hold, approve or cancel an edition, a running send included; raises NotFound, Conflict."""
    now = app.clock()
    edition = app.store.edits.move(number, state, by=signed(by), at=now)
    if state is EditionState.CANCELLED:
        app.store.planner.cancel(number, now=now)
    return edition


async def cut(app: App, *, by: str) -> Edition:
    """Cut today's edition now, held, for an editor to start early; raises Conflict where one is worked on already."""
    editions.check_free(app)
    return await editions.cut(app, by=signed(by))


def correct(app: App, number: int, text: str, *, by: str) -> Correction:
    """Say what was wrong in an edition that went out: on its page at once, and on top of the next one.

    Raises NotFound, UsageError for a text that is empty or too long, Conflict where the edition did not go out.
    """
    text = one_line(text)
    if not text:
        raise UsageError("the correction is empty")
    if len(text) > CORRECTION:
        raise UsageError(f"the correction has {len(text)} characters, and at most {CORRECTION} are shown")
    correction = Correction(edition=number, at=app.clock(), text=text)
    app.store.corrections.add(correction, by=signed(by))
    return correction


def corrections(app: App, number: int) -> tuple[Correction, ...]:
    """What was wrong in an edition, oldest first."""
    return app.store.corrections.of(number)


def means(app: App, edition: Edition) -> "Means":
    """What changes of an edition are worked out with."""
    from digest.selection.edits import Means
    from digest.stories.similarity import likeness

    return Means(rules=app.rules, likeness_of=likeness, told=editions.told_before(app, edition))


def signed(by: str) -> str:
    """A name as the record has it."""
    return one_line(by)[:NAME].strip() or "editor"


def one_line(text: str) -> str:
    """A text as a reader sees it, on one line."""
    return " ".join(lines(text).splitlines())


def lines(text: str) -> str:
    """A text as a reader sees it, without markup and what cannot be shown, a paragraph a line."""
    from digest.feeds.sanitize import inert, lines_of

    return "\n".join(inert(line.text) for line in lines_of(text[:LONGEST]) if line.text)
