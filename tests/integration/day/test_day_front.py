"""The public pages of the real application over real HTTP."""

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest

from digest.errors import NotFound, SettingsError
from digest.model.edition import EditionState
from digest.model.subscriber import SubscriberState
from digest.newsroom import dispatch, editions
from digest.web.front import front, studio_of
from digest.web.server import in_thread
from digest.web.studio.asked import Asked


@pytest.fixture
def site_url(newsroom) -> Iterator[str]:
    """The address of the running pages."""
    with in_thread(front(newsroom.app), "127.0.0.1", 0) as url:
        yield url


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as fault:
        with fault:
            return fault.code, fault.read().decode()


def post(url: str, body: bytes = b"List-Unsubscribe=One-Click") -> int:
    request = urllib.request.Request(url, data=body, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()
        return answer.status


def test_a_frozen_edition_has_its_page_with_nobodys_own_links(newsroom, site_url):
    newsroom.reader("ana@reader.example")
    newsroom.news(6)
    number = newsroom.cut().number
    newsroom.send(number)
    status, page = get(f"{site_url}/editions/{number}")
    assert status == 200
    (told,) = newsroom.headlines("ana@reader.example")
    assert [title for title in told if title not in page] == []
    assert "unsubscribe/" not in page
    assert "ana@reader.example" not in page
    assert get(f"{site_url}/") == (200, page)
    assert get(f"{site_url}/editions/{number}") == (200, page)


def test_what_is_not_frozen_has_no_page(newsroom, site_url):
    newsroom.chosen(approval="required")
    newsroom.news()
    held = newsroom.cut().number
    for path in (f"editions/{held}", "editions/99", "editions/0", "editions/999999999", "editions/x"):
        assert get(f"{site_url}/{path}")[0] == 404
    newsroom.store.editions.move(held, EditionState.APPROVED)
    assert get(f"{site_url}/editions/{held}")[0] == 404
    editions.freeze(newsroom.app, held)
    assert get(f"{site_url}/editions/{held}")[0] == 200


def test_a_cancelled_edition_loses_its_page_at_once(newsroom, site_url):
    newsroom.news()
    number = newsroom.cut().number
    editions.freeze(newsroom.app, number)
    assert get(f"{site_url}/editions/{number}")[0] == 200
    newsroom.store.editions.move(number, EditionState.CANCELLED)
    assert get(f"{site_url}/editions/{number}")[0] == 404


def test_one_click_in_a_mail_ends_all_mail(newsroom, site_url):
    newsroom.reader("ana@reader.example")
    newsroom.reader("leo@reader.example")
    newsroom.live("2026-03-12T08:00")
    (mail,) = (mail for mail in newsroom.mails() if mail["To"] == "ana@reader.example")
    link = mail["List-Unsubscribe"].split(">")[0].lstrip("<")
    assert link.startswith("http://127.0.0.1:8025/unsubscribe/")
    link = link.replace("http://127.0.0.1:8025", site_url)
    assert get(link)[0] == 200
    assert newsroom.store.subscribers.find("ana@reader.example").state is SubscriberState.ACTIVE
    assert post(link) == 200
    left = newsroom.store.subscribers.find("ana@reader.example")
    assert (left.state, left.left_at) == (SubscriberState.UNSUBSCRIBED, newsroom.clock())
    newsroom.live("2026-03-14T12:00")
    assert len(newsroom.papers("ana@reader.example")) == 1
    assert len(newsroom.papers("leo@reader.example")) == 3


def test_what_a_reader_chooses_on_their_page_makes_their_next_paper(newsroom, site_url):
    newsroom.reader("ana@reader.example")
    newsroom.live("2026-03-12T08:00")
    mail = newsroom.mails()[-1]
    (link,) = (line for line in mail.get_body(("plain",)).get_content().split() if "/preferences/" in line)
    assert f'href="{link}"' in mail.get_body(("html",)).get_content()
    link = link.replace("http://127.0.0.1:8025", site_url)
    assert get(link)[0] == 200
    typed = ("timezone", "muted_words", "muted_sources", "followed_words", "followed_sources", "paused_until")
    form = dict.fromkeys(typed, "") | {"send_at": "09:00", "days": "daily", "max_stories": "1"}
    assert post(link, urllib.parse.urlencode(form).encode()) == 200
    newsroom.live("2026-03-13T12:00")
    first, second = newsroom.headlines("ana@reader.example")
    assert len(first) > len(second) == 1
    last = newsroom.mails()[-1]
    assert last["Date"].datetime.hour == 9


def test_who_leaves_between_planning_and_sending_gets_nothing(newsroom, site_url):
    person = newsroom.reader("ana@reader.example")
    newsroom.news()
    edition = editions.freeze(newsroom.app, newsroom.cut().number)
    dispatch.plan_now(newsroom.app, edition)
    assert newsroom.app.links is not None
    post(newsroom.app.links.unsubscribe_url(person.id).replace("http://127.0.0.1:8025", site_url))
    assert newsroom.drain().accepted == 0
    assert newsroom.mails() == []


def test_links_signed_with_an_older_key_still_open(newsroom):
    person = newsroom.reader("ana@reader.example")
    assert newsroom.app.links is not None
    link = newsroom.app.links.unsubscribe_url(person.id)
    newsroom.chosen(secret_key=("f" * 64, *newsroom.app.settings.secret_key))
    with in_thread(front(newsroom.app), "127.0.0.1", 0) as url:
        assert post(link.replace("http://127.0.0.1:8025", url)) == 200
    assert newsroom.store.subscribers.find("ana@reader.example").state is SubscriberState.UNSUBSCRIBED


def test_pages_without_a_key_are_refused_in_a_sentence(newsroom):
    newsroom.chosen(secret_key=())
    with pytest.raises(SettingsError, match="DIGEST_SECRET_KEY is missing"):
        front(newsroom.app)


def test_a_reader_or_an_edition_that_is_not_there_opens_no_studio(newsroom):
    newsroom.news()
    for asked in (Asked(reader="nobody@reader.example"), Asked(edition="7")):
        with pytest.raises(NotFound):
            studio_of(newsroom.app, asked)


def test_the_page_of_a_frozen_edition_keeps_its_looks(newsroom):
    newsroom.news()
    number = newsroom.cut().number
    editions.freeze(newsroom.app, number)
    with in_thread(front(newsroom.app), "127.0.0.1", 0) as url:
        before = get(f"{url}/editions/{number}")
    newsroom.chosen(title="Another Name", accent="#000000")
    newsroom.app = replace(newsroom.app)
    with in_thread(front(newsroom.app), "127.0.0.1", 0) as url:
        assert get(f"{url}/editions/{number}") == before
