"""`digest edition pin`, `drop`, `move` and the other ways to change an edition: the editor's hand."""

from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli import talk
from digest.cli.editions import record_of, show_record, warn_of_newer
from digest.cli.options import By, Json, Now, Number
from digest.cli.session import finished, opened
from digest.model.edit import Act, Edit

if TYPE_CHECKING:
    from digest.app import App

app = typer.Typer()

Story = Annotated[
    str,
    typer.Argument(
        metavar="STORY", help="Its id, an item's id or address, its place in the line-up, or words of its headline."
    ),
]
Place = Annotated[int, typer.Argument(metavar="PLACE", help="Where it is to stand; 1 is the top.")]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="Plain text; markup is taken out.")]
Url = Annotated[str, typer.Argument(metavar="URL", help="The page of the story.")]


@app.command(epilog="Example: digest edition pin 4 reservoir")
def pin(number: Number, story: Story, by: By = None) -> None:
    """Put a story before all others in every reader's paper; of several, the first pinned stands first."""
    change(number, story, Act.PIN, by)


@app.command(epilog='Example: digest edition drop 4 "lottery numbers"')
def drop(number: Number, story: Story, by: By = None) -> None:
    """Take a story out of every reader's paper; the next best moves up. A pin brings it back."""
    change(number, story, Act.DROP, by)


@app.command(epilog="Example: digest edition move 4 reservoir 2")
def move(number: Number, story: Story, place: Place, by: By = None) -> None:
    """Put a story of the line-up at another place."""
    change(number, story, Act.MOVE, by, place=place)


@app.command(epilog='Example: digest edition retitle 4 1 "The reservoir is full again"')
def retitle(number: Number, story: Story, text: Text, by: By = None) -> None:
    """Give a story another headline."""
    change(number, story, Act.RETITLE, by, text=text)


@app.command(epilog='Example: digest edition summary 4 1 "After a year of drought the reservoir has filled up."')
def summary(number: Number, story: Story, text: Text, by: By = None) -> None:
    """Give a story another summary, in your words; an empty one takes it away."""
    change(number, story, Act.SUMMARY, by, text=text)


@app.command(epilog='Example: digest edition note 4 "We are back from the holidays."')
def note(number: Number, text: Text, by: By = None) -> None:
    """Write a word of your own on top of the paper; an empty one takes it away."""
    from digest.newsroom import hand

    with opened() as newspaper:
        hand.change(newspaper, number, Edit(act=Act.NOTE, text=text), by=by or hand.editor())
        tell_last(newspaper, number)


@app.command(epilog="Example: digest edition add 4 https://www.example.org/a-story")
def add(number: Number, url: Url, by: By = None) -> None:
    """Fetch a page and put it before all other stories, pinned."""
    from digest.newsroom import hand

    with opened() as newspaper:
        finished(hand.add(newspaper, number, url, by=by or hand.editor()))
        tell_last(newspaper, number)


@app.command(epilog='Example: digest edition correct 4 "The bridge is 40 m long, not 400."')
def correct(number: Number, text: Text, by: By = None, now: Now = None) -> None:
    """Say what was wrong in an edition that went out: on its web page at once, and on top of the next edition."""
    from digest.newsroom import hand

    with opened(now) as newspaper:
        hand.correct(newspaper, number, text, by=by or hand.editor())
        tell_last(newspaper, number)


@app.command(epilog="Example: digest edition undo 4")
def undo(number: Number, by: By = None) -> None:
    """Take back the newest change, and with each further time the one before; until the edition is frozen.

    What is held or approved stays so: digest edition hold and approve undo each other.
    """
    from digest.newsroom import hand

    with opened() as newspaper:
        hand.undo(newspaper, number, by=by or hand.editor())
        tell_last(newspaper, number)


@app.command(epilog="Example: digest edition log 4 --json")
def log(number: Number, as_json: Json = False) -> None:
    """Show who did what to an edition, and when."""
    from digest.newsroom import hand

    with opened() as newspaper:
        record = hand.record(newspaper, number)
    if as_json:
        talk.put_json(record_of(record))
    elif record:
        show_record(record)
    else:
        talk.say(f"nobody has changed edition {number}")


@app.command(epilog="Example: digest edition cut")
def cut(by: By = None, now: Now = None) -> None:
    """Cut today's edition now and hold it, to start on it before its time.

    At its usual time another one is cut, unless this one was changed by then.
    """
    from digest.newsroom import hand

    with opened(now) as newspaper:
        edition = finished(hand.cut(newspaper, by=by or hand.editor()))
        tell_last(newspaper, edition.number)
    talk.say(f"nothing of it goes out before: digest edition approve {edition.number}")


def change(number: int, story: str, act: Act, by: str | None, *, text: str = "", place: int = 0) -> None:
    """Make one change of a story."""
    from digest.newsroom import hand
    from digest.newsroom.naming import one

    with opened() as newspaper:
        meant = one(story, newspaper.store.editions.get(number))
        edit = Edit(act=act, story=meant.id, text=text, place=place)
        hand.change(newspaper, number, edit, by=by or hand.editor())
        tell_last(newspaper, number)


def tell_last(newspaper: "App", number: int) -> None:
    """What was done last, in one line; and whether readers get another edition."""
    from digest.newsroom import hand

    talk.say(f"edition {number}: {talk.printable(hand.record(newspaper, number)[-1].what)}")
    warn_of_newer(newspaper, number)
