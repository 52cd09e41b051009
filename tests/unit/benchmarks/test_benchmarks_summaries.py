"""The benchmark of summaries: every way is judged, and the oracle is never beaten."""

import gzip
import json

import pytest

from tests.benchmarks.summaries import METHODS, first_lead, judged, main, medoid_lead, texts_of

STORY = {
    "set": "several",
    "articles": [
        {"title": "Bees on roofs", "lead": "City roofs carry two hundred hives for the kitchens of schools."},
        {"title": "Ferry aground", "lead": "The night ferry Maren ran aground in fog off Skarholm on Sunday."},
        {"title": "Ferry Maren aground", "lead": "In fog off Skarholm the ferry Maren ran aground; nobody was hurt."},
    ],
    "reference": ["The ferry Maren ran aground in fog off Skarholm."],
}
ARTICLE = {
    "set": "one",
    "title": "Ferry aground",
    "article": "By Orla Venn. " + "The ferry Maren ran aground in fog. It sailed at night. " * 30,
    "reference": ["The ferry Maren ran aground in fog."],
}


def test_the_lead_of_the_middle_is_found():
    texts = texts_of(STORY)
    assert first_lead(texts, "").summary == STORY["articles"][0]["lead"]
    assert "Maren" in medoid_lead(texts, "").summary


def test_no_way_beats_the_oracle():
    marks = {name: judged([STORY], method)["rouge-1"] for name, method in METHODS.items()}
    assert marks["first lead"] < marks["digest"] <= marks["best lead (oracle)"] == max(marks.values())


def test_it_prints_every_set_and_way(tmp_path, capsys):
    path = tmp_path / "some.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.write(f"{json.dumps(STORY)}\n{json.dumps(ARTICLE)}\n")
    main([str(path)])
    told = capsys.readouterr().out
    assert "several: 1 stories of several texts" in told
    assert "one: 1 articles" in told
    assert all(name in told for name in METHODS)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SystemExit, match=r"none\.jsonl\.gz"):
        main([str(tmp_path / "none.jsonl.gz")])
