"""A model that places texts, from the settings to the edition."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from digest import daily
from digest.newsroom import editions
from tests.contract.models import Server, serving

WORDS_ALONE = "stories are told apart by words alone"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def asked(server: Server) -> list[str]:
    return [text for request in server.asked for text in request["input"]]


def test_without_a_model_nobody_is_asked(newsroom, caplog):
    newsroom.news()
    assert newsroom.app.model is None
    newsroom.cut()
    assert caplog.text == ""


def test_an_edition_is_cut_with_every_text_placed(newsroom, server, caplog):
    newsroom.chosen(vectors=server.url, vectors_model="words", vectors_key="a-secret")
    headlines = newsroom.news(5)
    edition = newsroom.cut()
    assert len(edition.bench) == 5
    assert len(asked(server)) == 5
    assert all(any(text.startswith(f"{headline}. ") for text in asked(server)) for headline in headlines)
    assert server.asked[0]["key"] == "Bearer a-secret"
    assert caplog.text == ""


def test_it_is_cut_in_another_process_too(newsroom, server, caplog):
    newsroom.chosen(vectors=server.url, vectors_model="words")
    newsroom.news()
    with newsroom.app.beside() as newsroom.app:
        assert len(newsroom.cut().bench) == 4
    assert asked(server)
    assert caplog.text == ""


@pytest.mark.parametrize("model", ["broken", "locked", "ragged", "page"])
def test_while_the_model_is_down_the_paper_comes_out_and_the_log_says_so(newsroom, server, caplog, model):
    newsroom.news()
    expected = editions.choose(newsroom.app).edition
    newsroom.chosen(vectors=server.url, vectors_model=model)
    newsroom.at("2026-03-12T06:30")
    newsroom.beat()
    (edition,) = newsroom.store.editions.since(newsroom.clock() - daily.NOVELTY)
    assert [told.story.id for told in edition.bench] == [told.story.id for told in expected.bench]
    assert WORDS_ALONE in caplog.text
    assert model in caplog.text


def test_a_folder_without_a_model_is_no_end_of_the_paper(newsroom, tmp_path, caplog):
    newsroom.chosen(vectors=tmp_path)
    newsroom.news()
    assert len(editions.choose(newsroom.app).edition.bench) == 4
    assert str(tmp_path) in caplog.text


def test_a_text_is_asked_about_once(newsroom, server):
    newsroom.chosen(vectors=server.url, vectors_model="words")
    newsroom.news(3)
    editions.choose(newsroom.app)
    newsroom.cut()
    assert len(asked(server)) == 6  # looking writes nothing
    newsroom.news(2)
    editions.choose(newsroom.app)
    newsroom.cut()
    assert len(asked(server)) == 6 + 2 + 2
    newsroom.chosen(vectors_model="packed")
    newsroom.cut()
    assert len(asked(server)) == 10 + 5


def test_what_was_considered_is_placed_too(newsroom, server):
    newsroom.news(5)
    edition = newsroom.cut()
    newsroom.chosen(vectors=server.url, vectors_model="words")
    assert len(editions.considered(newsroom.app, edition).stories) == 5
    assert len(asked(server)) == 5


def test_what_is_placed_is_what_the_items_say(newsroom, server):
    newsroom.chosen(vectors=server.url, vectors_model="words")
    newsroom.news(3)
    items = newsroom.store.items.recent(newsroom.clock() - daily.MEMORY)
    embed = newsroom.app.placed(items, keep=False)
    assert embed is not None
    found = np.asarray(embed([f"{each.title}. {each.summary}" for each in items]))
    assert found.shape[0] == 3
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("model", ["words", "locked"])
def test_the_selector_alone_asks_the_model_of_the_settings(tmp_path, server, model):
    lines = [json.dumps({"id": str(number), "title": f"Ferry number {number} sails"}) for number in range(3)]
    (tmp_path / "items.jsonl").write_text("\n".join(lines), encoding="utf-8")
    others = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    done = subprocess.run(
        [Path(sys.executable).with_name("digest"), "select", "--from", "items.jsonl", "--json", "--all"],
        cwd=tmp_path,
        env=others | {"DIGEST_VECTORS": server.url, "DIGEST_VECTORS_MODEL": model},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    members = [member for story in json.loads(done.stdout)["stories"] for member in story["items"]]
    assert sorted(members) == ["0", "1", "2"]
    assert sorted(asked(server)) == [f"Ferry number {number} sails" for number in range(3)]
    assert (WORDS_ALONE in done.stderr) == (model == "locked")
    assert "DIGEST_VECTORS_KEY" in done.stderr or model == "words"
