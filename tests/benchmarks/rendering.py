"""Rendering: one edition as blocks, then a mail for each of many readers with line-ups of their own."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from digest import daily, mailroom
from digest.model.edition import Edition, LineUp
from digest.model.message import Letterhead, Reader, Rendering
from digest.model.subscriber import Subscriber
from digest.presses import frozen_of
from digest.rendering.assemble import assemble
from digest.rendering.blocks import Specimen, render
from digest.rendering.environment import Templates
from digest.rendering.inline import inline
from digest.rendering.page import row_names
from digest.rendering.press import Press as PressRoom
from digest.rendering.press import press
from digest.rendering.text import columns, graphemes
from digest.selection.lineup import Rules, Wish, lineups
from tests.benchmarks.measure import Cost, Line, Run, apart, contest, spending
from tests.benchmarks.news import MORNING, SECTIONS, Press

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LETTERHEAD = Letterhead(
    title="The Quay Morning",
    sender="The Quay Morning <morning@quay.example>",
    bounce_address="bounces@quay.example",
    unsubscribe_address="leave@quay.example",
    postal_address="12 Quay Street\nPort Sallow",
    public_url="https://morning.quay.example",
)
PARTS = frozenset(("browser", "reason", "unsubscribe", "footer_browser"))
"""The parts of the frame that every reader's mail has."""

Inline = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """An edition, its readers and their wishes."""

    edition: Edition
    people: tuple[Subscriber, ...]
    wishes: tuple[Wish, ...]

    def reader(self, number: int) -> Reader:
        """The values of one reader's mail."""
        person = self.people[number]
        return Reader(
            address=person.address,
            name=person.name,
            timezone=person.preferences.timezone or "UTC",
            message_id=f"1.{number}@quay.example",
            composed_at=MORNING,
            unsubscribe_url=f"https://morning.quay.example/leave/{number:032x}",
            edition_url="https://morning.quay.example/editions/1",
        )


def morning(readers: int, items: int, *, stories: tuple[int, int] = (5, 20)) -> Morning:
    """An edition of generated news and its readers, who ask for so many stories, at least and at most."""
    policy_ = replace(daily.plain_policy(), title=LETTERHEAD.title, sections=SECTIONS)
    edition = daily.choose(Press().items(items), (), policy_, now=MORNING).edition
    people = Press().readers(readers, stories=stories)
    wishes = tuple(mailroom.wish_of(person.preferences, ()) for person in people)
    return Morning(edition=edition, people=people, wishes=wishes)


def warm(templates: Templates) -> Templates:
    """Templates that have been compiled, with style rules that have been read: no process begins for one morning."""
    day = morning(1, 20)
    specimen = Specimen(day.edition, LETTERHEAD, templates)
    inline(specimen.page(rows=specimen.rows, parts=specimen.parts))
    specimen.text(rows=specimen.rows, parts=specimen.parts)
    return templates


class CountingInliner:
    """premailer, counted."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, page: str) -> str:
        """The page inlined."""
        self.calls += 1
        return inline(page)


def joined(day: Morning, rendering: Rendering, chosen: Iterable[LineUp]) -> list[int]:
    """The octets of each mail; the mails themselves are let go, as they are once they are carried."""
    return [
        len(assemble(rendering, day.edition, lineup, day.reader(number)).content)
        for number, lineup in enumerate(chosen)
    ]


def blocks(readers: int, items: int) -> Cost:
    """Our way, the whole of it: render once, choose for everybody, then join."""
    day, templates, inliner = morning(readers, items), warm(Templates([TEMPLATES])), CountingInliner()
    with spending(readers) as cost:
        rendering = render(day.edition, LETTERHEAD, templates, inliner=inliner)
        paper = frozen_of(day.edition, rendering, Rules())
        chosen = lineups(day.edition, day.wishes, paper.rules)
        sizes = joined(day, rendering, chosen)
    cost.notes = {"premailer": inliner.calls, "KB": _kilobytes(sizes)}
    cost.notes["different"] = len({lineup.encode() for lineup in chosen})
    return cost


def joining(readers: int, items: int) -> Cost:
    """Of that, the joining alone."""
    day = morning(readers, items)
    rendering = render(day.edition, LETTERHEAD, Templates([TEMPLATES]))
    chosen = lineups(day.edition, day.wishes, Rules())
    with spending(readers) as cost:
        sizes = joined(day, rendering, chosen)
    cost.notes = {"premailer": 0, "KB": _kilobytes(sizes)}
    return cost


class Values:
    """One reader's values, as the templates ask for them."""

    columns, graphemes = staticmethod(columns), staticmethod(graphemes)

    def __init__(self, shop: PressRoom, lineup: LineUp, reader: Reader) -> None:
        self.shop = shop
        self.reader = reader
        self.offset, zone = shop.clock(reader.timezone)
        self.known = {
            "preheader": shop.top(lineup, "")[1],
            "counts": shop.counts(lineup),
            "zone": zone,
            "address": reader.address,
            "unsubscribe_url": reader.unsubscribe_url,
            "edition_url": reader.edition_url,
        }

    def __call__(self, name: str) -> str:
        """A value by its name: a time in the reader's zone, or another."""
        kind, _, seconds = name.partition("/")
        return self.shop.when(datetime.fromtimestamp(int(seconds), UTC), self.offset) if seconds else self.known[kind]


def one_by_one(readers: int, items: int) -> Cost:
    """The plain way: the same templates, premailer and an EmailMessage for every reader, whose stories are known."""
    day, inliner = morning(readers, items), CountingInliner()
    made = plain_mails(day, inliner)
    with spending(readers) as cost:
        sizes = [len(content) for content in made]
    cost.notes = {"premailer": inliner.calls, "KB": _kilobytes(sizes)}
    return cost


def plain_mails(day: Morning, inliner: Inline) -> Iterator[bytes]:
    """The mails of a morning one by one, as anybody would write it; what they are made from is made at once."""
    chosen = lineups(day.edition, day.wishes, Rules())
    shop = press(render(day.edition, LETTERHEAD, Templates([TEMPLATES])), day.edition)
    specimen = Specimen(day.edition, LETTERHEAD, warm(Templates([TEMPLATES])))
    return (
        _plain_mail(specimen, Values(shop, lineup, day.reader(number)), row_names(day.edition, lineup), inliner)
        for number, lineup in enumerate(chosen)
    )


def _plain_mail(specimen: Specimen, values: Values, names: Iterable[str], inliner: Inline) -> bytes:
    rows = {row.name: row for row in specimen.rows}
    mine = [rows[name] for name in names]
    specimen.tokens = values  # type: ignore[assignment]
    html = inliner(specimen.page(rows=mine, parts=PARTS, marks=False))
    return as_message(values.reader, html, specimen.text(rows=mine, parts=PARTS, marks=False))


def as_message(reader: Reader, html: str, text: str) -> bytes:
    """A mail by the standard library's hands."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = LETTERHEAD.sender, Address(reader.name, addr_spec=reader.address)
    message["Subject"] = "The Quay Morning"
    message["Date"] = reader.composed_at
    message["Message-ID"] = f"<{reader.message_id}>"
    message["List-Unsubscribe"] = f"<{reader.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["List-Id"] = "<the-quay-morning.quay.example>"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _kilobytes(sizes: list[int]) -> float:
    return round(sum(sizes) / len(sizes) / 1000, 1)


def benchmark(
    *, readers: int = 1_000, plain: int = 50, items: int = 500, rounds: int = 3, way: Callable[[Run], Cost] = apart
) -> dict[str, tuple[Line, ...]]:
    """Lines for each way to make the mails; the plain one makes fewer, all are for one mail."""
    contenders: dict[str, Run] = {
        "digest": partial(blocks, readers, items),
        "digest, joining alone": partial(joining, readers, items),
        "Jinja, premailer, EmailMessage": partial(one_by_one, plain, items),
    }
    lines = contest(contenders, baseline="Jinja, premailer, EmailMessage", rounds=rounds, way=way)
    return {f"render, {readers} readers, for each mail": lines}
