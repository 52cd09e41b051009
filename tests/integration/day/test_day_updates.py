"""A story on three days: told, told again to those who know it with what is new, and then not again."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest

from digest.model.delivery import DeliveryState
from digest.model.edition import Form
from digest.model.feed import Item
from digest.newsroom import dispatch, editions

HOUR = timedelta(hours=1)
HEADLINE = "Kestrel Bridge closed as inspectors find cracks in two of its cables"
REPORTS = (
    HEADLINE,
    "The Kestrel Bridge was closed after inspectors found cracks in two of its cables",
    "Cracks in two cables of the Kestrel Bridge closed it, the inspectors found",
    "Inspectors closed the Kestrel Bridge after they found cracks in its cables",
    "The Kestrel Bridge stays closed: inspectors found cracks in two cables",
    "Kestrel Bridge is still closed for the cracks that inspectors found in its cables",
)
NEWS = "The repair of both cables will cost 340 million crowns."


@pytest.fixture
def bridge(newsroom) -> Callable[..., None]:
    """Publishes a report on the bridge by a publisher of its own, which may say something new."""

    def publish(number: int, said: str = "") -> None:
        text = f"{REPORTS[number]}, and ferries run in its place, the harbour office said. {said}".strip()
        newsroom.publish(
            (
                Item(
                    id=f"bridge{number}",
                    title=REPORTS[number],
                    summary=text,
                    url=f"https://paper{number}.example/bridge",
                    publisher=f"paper{number}.example",
                    source=f"Paper {number}",
                    language="en",
                    published=newsroom.clock() - 2 * HOUR,
                    seen=newsroom.clock(),
                ),
            )
        )

    return publish


def sent(newsroom) -> dict[str, EmailMessage]:
    """Cut and send the paper; the mails by their readers."""
    before = len(newsroom.mails())
    newsroom.send(newsroom.cut().number)
    return {str(mail["To"]): mail for mail in newsroom.mails()[before:]}


def text(mail: EmailMessage) -> str:
    """The text part, its lines joined."""
    return " ".join(mail.get_body(("plain",)).get_content().split())


def page(mail: EmailMessage) -> str:
    """The HTML part."""
    return mail.get_body(("html",)).get_content()


@pytest.fixture
def second_day(newsroom, bridge) -> dict[str, EmailMessage]:
    """The bridge is told to Ana on the first day; on the second two papers name a price, and Ben reads too."""
    newsroom.reader("ana@reader.example", timezone="UTC")
    bridge(0)
    bridge(1)
    newsroom.news(5)
    first = sent(newsroom)
    assert "Kestrel Bridge" in text(first["ana@reader.example"])
    newsroom.at("2026-03-13T06:30")
    newsroom.reader("ben@reader.example", timezone="UTC")
    bridge(2, f"{NEWS} Nobody was hurt.")
    bridge(3, "Some 340 million crowns are needed for it.")
    newsroom.news(5)
    return sent(newsroom)


def test_who_was_told_gets_an_update_with_what_is_new_and_who_was_not_the_story(second_day):
    ana, ben = (second_day[f"{name}@reader.example"] for name in ("ana", "ben"))
    assert text(ana).count("Update: ") == 1
    assert f"{NEWS} (Paper" in text(ana)
    assert page(ana).count(">Update</p>") == 1
    assert NEWS in page(ana)
    assert "Kestrel" in text(ben)
    assert "Update" not in text(ben) + page(ben)


def test_the_web_edition_tells_it_as_an_update_after_the_first_went_out(newsroom, second_day):
    edition = newsroom.store.editions.get(2)
    forms = {edition.bench[pick.index].story.id: pick.form for pick in edition.lineup.picks}
    assert forms["bridge0"] is Form.UPDATE
    assert Form.LEAD in forms.values()


def test_an_update_is_not_told_again_without_more_news(newsroom, bridge, second_day):
    newsroom.at("2026-03-14T06:30")
    bridge(4, "It will cost 340 million crowns, it is said again.")
    newsroom.news(5)
    third = sent(newsroom)
    assert set(third) == {"ana@reader.example", "ben@reader.example"}
    assert not any("Kestrel" in text(mail) for mail in third.values())
    assert any(seat.story.id == "bridge0" for seat in newsroom.store.editions.get(3).bench)
    newsroom.at("2026-03-15T06:30")
    bridge(5, "Work begins in 9 weeks.")
    bridge(4, "Work begins in 9 weeks.")
    newsroom.news(5)
    fourth = sent(newsroom)
    assert all("Work begins in 9 weeks." in text(mail) for mail in fourth.values())


def test_what_was_never_accepted_was_not_told(newsroom, bridge):
    newsroom.reader("ana@reader.example", timezone="UTC")
    bridge(0)
    newsroom.news(5)
    dispatch.plan_now(newsroom.app, editions.freeze(newsroom.app, newsroom.cut().number))
    assert newsroom.papers("ana@reader.example", DeliveryState.QUEUED)
    newsroom.at("2026-03-13T06:30")
    bridge(2, NEWS)
    bridge(3, NEWS)
    newsroom.news(5)
    mail = sent(newsroom)["ana@reader.example"]
    assert "Kestrel" in text(mail)
    assert "Update" not in text(mail)
