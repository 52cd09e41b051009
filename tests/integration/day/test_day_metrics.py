"""/metrics of the real application, scraped over HTTP and read by Prometheus's own parser."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from digest.web.front import front
from digest.web.server import in_thread

TOKEN = "t0ken-of-the-harbour"


def ask(url: str, **headers: str):
    request = urllib.request.Request(f"{url}/metrics", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as fault:
        with fault:
            return fault.code, fault.headers, fault.read().decode()


@pytest.fixture
def watched_url(newsroom) -> Iterator[str]:
    """The address of the pages, with a token for /metrics, of a newspaper that has sent an edition."""
    newsroom.reader("ana@reader.example")
    newsroom.reader("bo@reader.example")
    newsroom.news(6)
    newsroom.send(newsroom.cut().number)
    newsroom.chosen(metrics_token=TOKEN)
    with in_thread(front(newsroom.app), "127.0.0.1", 0) as url:
        yield url


def samples(families):
    return {(each.name, *sorted(each.labels.items())): each.value for family in families for each in family.samples}


def test_a_scrape_is_what_happened(watched_url, newsroom):
    status, headers, text = ask(watched_url, Authorization=f"Bearer {TOKEN}")
    assert (status, headers.get_content_type()) == (200, "text/plain")
    found = samples(read_text(text))
    assert found["digest_deliveries", ("edition", "1"), ("state", "accepted")] == 2
    assert sum(value for name, value in found.items() if name[0] == "digest_relay_deliveries") == 2
    assert found["digest_subscribers", ("state", "active")] == 2
    assert found["digest_accepted_last_5_minutes",] == 2
    assert found["digest_queue_due",] == found["digest_unconfirmed",] == 0
    assert found["digest_last_edition_timestamp_seconds",] == newsroom.store.editions.get(1).cut_at.timestamp()
    assert "@" not in text
    assert "reader.example" not in text


def test_every_metric_says_what_it_is(watched_url):
    _, _, text = ask(watched_url, Authorization=f"bearer {TOKEN}")
    families = list(read_text(text))
    assert len(families) >= 18
    assert all(family.documentation and family.name.startswith("digest") for family in families)
    assert not any(name.startswith(("python_", "process_")) for name, *_ in samples(families))


def test_openmetrics_where_it_is_asked_for(watched_url):
    asked = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/openmetrics-text; version=1.0.0"}
    _, headers, text = ask(watched_url, **asked)
    assert headers.get_content_type() == "application/openmetrics-text"
    assert samples(read_openmetrics(text))["digest_subscribers", ("state", "active")] == 2


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer t\u00f6ken"]
)
def test_without_the_token_there_are_no_numbers(watched_url, shown):
    headers = {"Authorization": shown.encode("latin-1").decode("latin-1")} if shown else {}
    status, answered, text = ask(watched_url, **headers)
    assert (status, text) == (401, "the token is missing or wrong\n")
    assert answered["WWW-Authenticate"] == 'Bearer realm="metrics"'


def test_the_token_in_the_address_opens_nothing(watched_url):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{watched_url}/metrics?token={TOKEN}", timeout=10)
    assert caught.value.code == 401
    caught.value.close()


def test_without_a_token_in_the_settings_there_is_no_such_page(newsroom):
    with in_thread(front(newsroom.app), "127.0.0.1", 0) as url:
        assert ask(url, Authorization=f"Bearer {TOKEN}")[0] == 404


def test_another_process_is_answered_the_same(watched_url, newsroom):
    newsroom.reader("cy@reader.example")
    with in_thread(front(newsroom.app), "127.0.0.1", 0) as other:
        texts = [ask(url, Authorization=f"Bearer {TOKEN}")[2] for url in (watched_url, other)]
    assert texts[0] == texts[1]
    assert samples(read_text(texts[0]))["digest_subscribers", ("state", "active")] == 3
