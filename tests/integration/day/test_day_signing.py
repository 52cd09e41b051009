"""Whatever goes out is signed: papers, tests and alerts, also those that had to be made without a template."""

import asyncio

import dkim
import pytest

from digest.channels.dkim import Algorithm
from digest.channels.dkim_keys import new_key, read_key, record_of
from digest.errors import SettingsError
from digest.newsroom import alert, dispatch, editions


@pytest.fixture
def signing(newsroom, tmp_path):
    """A newspaper with a key and an operator."""
    path = tmp_path / "spring.pem"
    path.write_bytes(new_key(Algorithm.RSA))
    path.chmod(0o600)
    newsroom.chosen(dkim_key=(path,), operator="desk@harbour.example")
    newsroom.record = record_of(read_key(path, "spring").key, "harbour.example").value.encode()
    return newsroom


def sent(newsroom):
    """What is in the outbox, as it was written."""
    return [path.read_bytes() for path in (newsroom.app.settings.outbox / "new").iterdir()]


def test_papers_tests_and_alerts_are_signed(signing):
    signing.reader("ana@reader.example")
    signing.news(4)
    edition = editions.freeze(signing.app, signing.cut().number)
    dispatch.plan_now(signing.app, edition)
    asyncio.run(dispatch.drain(signing.app, asyncio.Event(), lambda _report: None))
    asyncio.run(dispatch.send_test(signing.app, editions.opened(signing.app, edition), "eva@reader.example"))
    asyncio.run(alert.tell(signing.app, alert.of_stopped(signing.app, "the relay is away")))
    mails = sent(signing)
    assert len(mails) == 3
    assert all(dkim.verify(mail, dnsfunc=lambda _name, timeout=5: signing.record) for mail in mails)


def test_an_alert_in_plain_text_is_signed(signing, tmp_path):
    signing.chosen(public_url="https://harbour.example", logo=tmp_path / "none.png")
    asyncio.run(alert.tell(signing.app, alert.of_stopped(signing.app, "the relay is away")))
    (mail,) = sent(signing)
    assert b"text/plain" in mail
    assert dkim.verify(mail, dnsfunc=lambda _name, timeout=5: signing.record)


def test_a_key_that_cannot_sign_stops_a_send_and_an_alert_is_only_logged(signing, tmp_path, caplog):
    signing.chosen(dkim_key=(tmp_path / "none.pem",))
    with pytest.raises(SettingsError, match=r"none\.pem cannot be read"):
        dispatch.check_sendable(signing.app)
    asyncio.run(alert.tell(signing.app, alert.of_stopped(signing.app, "the relay is away")))
    assert "the operator could not be told" in caplog.text
