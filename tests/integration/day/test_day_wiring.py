"""How the application is put together from its settings."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from digest import daily
from digest.app import open_app
from digest.channels.outbox import OutboxChannel
from digest.channels.relay import parse_smtp_urls
from digest.channels.smtp import SmtpChannel
from digest.errors import NotFound, SettingsError, UsageError
from digest.model.feed import Feed
from digest.model.subscriber import Subscriber
from digest.newsroom import dispatch, editions
from digest.settings.read import demo_settings
from digest.shipped import shipped

RELAY = parse_smtp_urls("smtp://127.0.0.1:1")


def test_mail_goes_to_the_outbox_until_a_relay_is_set(newsroom):
    assert isinstance(newsroom.app.channel, OutboxChannel)
    newsroom.chosen(smtp_url=RELAY)
    assert isinstance(newsroom.app.channel, SmtpChannel)


def test_by_smtp_nothing_is_sent_to_readers_while_the_least_is_missing(newsroom, caplog):
    newsroom.chosen(smtp_url=RELAY, sender="paper@harbour.example", public_url="")
    with pytest.raises(SettingsError) as caught:
        dispatch.check_sendable(newsroom.app)
    named = " ".join(caught.value.faults)
    assert len(caught.value.faults) == 3
    assert all(name in named for name in ("DIGEST_PUBLIC_URL", "DIGEST_FROM", "DIGEST_POSTAL_ADDRESS"))
    newsroom.reader("ana@reader.example")
    newsroom.news()
    newsroom.at("2026-03-12T07:00")
    newsroom.beat()
    assert "DIGEST_POSTAL_ADDRESS" in caplog.text
    assert newsroom.store.history.next_due() is None


@pytest.mark.parametrize(
    "enough",
    [
        {"public_url": "https://news.harbour.example"},
        {"public_url": "", "unsubscribe_address": "leave@harbour.example"},
    ],
)
def test_a_way_to_leave_a_name_and_an_address_are_enough(newsroom, enough):
    newsroom.chosen(smtp_url=RELAY, postal_address="1 Quay Street, Port Sallow", **enough)
    dispatch.check_sendable(newsroom.app)


def test_the_outbox_asks_for_nothing(newsroom):
    newsroom.chosen(sender="paper@harbour.example", public_url="", postal_address="")
    dispatch.check_sendable(newsroom.app)


def test_without_a_key_or_an_address_mails_have_no_links(newsroom):
    newsroom.chosen(secret_key=(), public_url="")
    newsroom.reader("ana@reader.example")
    newsroom.news()
    newsroom.send(newsroom.cut().number)
    (mail,) = newsroom.mails()
    assert newsroom.app.links is None
    assert mail["List-Unsubscribe"] is None
    assert "/unsubscribe/" not in mail.as_string()


def test_the_sections_are_those_of_the_feeds_in_their_order(newsroom):
    newsroom.store.feeds.add(
        [
            Feed(url=f"https://{number}.harbour.example/", section=name)
            for number, name in enumerate(("Science", "", "Harbour", "Science"))
        ]
    )
    assert newsroom.app.policy.sections == ("Science", "Harbour")


@pytest.mark.parametrize(
    "sender", ["paper@harbour.example", "The Gazette <paper@harbour.example>", '"A, B @ C" <paper@harbour.example>']
)
def test_message_ids_end_with_the_senders_domain(newsroom, sender):
    newsroom.chosen(sender=sender)
    assert newsroom.app.domain == "harbour.example"
    newsroom.news()
    paper = editions.opened(newsroom.app, editions.find(newsroom.app, None))
    mail = editions.mail_for(newsroom.app, paper, Subscriber(address="ana@reader.example"))
    assert mail.message_id.endswith("@harbour.example")
    assert mail.envelope_from == "paper@harbour.example"


def test_an_edition_that_is_not_there_is_not_found(newsroom):
    with pytest.raises(NotFound):
        editions.find(newsroom.app, 9)
    with pytest.raises(NotFound):
        editions.freeze(newsroom.app, 9)


def test_weights_that_make_no_sense_are_refused(newsroom):
    with pytest.raises(UsageError, match="colour"):
        editions.choose(newsroom.app, daily.Trial(weights="colour=1"))


def test_a_process_beside_cuts_the_same_edition(newsroom):
    newsroom.news(6)
    here = editions.choose(newsroom.app).edition
    with newsroom.app.beside() as app:
        there = asyncio.run(editions.cut(app))
    assert replace(there, number=0, state=here.state) == here


def test_an_app_is_opened_as_the_settings_say_with_templates_of_ones_own(tmp_path):
    own = tmp_path / "own" / "mail"
    own.mkdir(parents=True)
    settings = replace(demo_settings(tmp_path), templates=tmp_path / "own")
    with open_app(settings, seeds=shipped("seeds") / "feeds") as app:
        assert app.clock().tzinfo is not None
        assert app.store.feeds.all() == ()
        assert app.clock() <= app.clock()
    assert (tmp_path / "digest.db").is_file()


def test_what_travels_with_the_package_is_found():
    assert (shipped("templates") / "mail").is_dir()
    assert (shipped("seeds") / "feeds").is_dir()
    assert isinstance(shipped("seeds"), Path)
