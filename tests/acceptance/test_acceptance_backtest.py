"""`digest backtest`: how good the selection was, and what other weights would have changed."""

import json

import pytest

ROWS = tuple(
    {
        "id": f"{batch}-{story}-{number}",
        "title": f"{words} {told}",
        "publisher": f"paper{number}.example",
        "published": f"2026-05-{day:02}T0{number}:00:00Z",
        "batch": batch,
        "story": story,
    }
    for day, batch in ((4, "monday"), (5, "tuesday"))
    for story, words, size in (
        ("ferry", "Night ferry Maren runs aground off Skarholm in", 3),
        ("bees", "City roofs of Tellwick carry two hundred beehives for", 2),
        ("chess", "Chess club finds a lost trophy behind the", 1),
    )
    for number, told in enumerate(("fog", "darkness", "storm")[:size], start=1)
)


@pytest.fixture
def labelled(empty_desk):
    """A desk without a database, and two labelled days on file."""
    empty_desk.write("days.jsonl", "".join(f"{json.dumps(row)}\n" for row in ROWS))
    return empty_desk


def test_stored_days_are_cut_again_and_nothing_is_written(cut_desk, morning):
    before = cut_desk.digest("edition", "list", "--json", "--now", morning).json
    found = cut_desk.digest("backtest", "--json", "--now", morning).json
    assert cut_desk.digest("edition", "list", "--json", "--now", morning).json == before
    ((name, figures),) = found["lines"].items()
    assert name == "2026-03-12 no. 1"
    assert figures["stories"] == len(before[0]["stories"])
    assert (figures["duplicates"], figures["repeats"]) == (0, 0)
    assert figures["seconds"] > 0
    assert figures["MB"] > 1
    assert figures["publishers"] > 3
    assert (found["mean"]["stories"], found["missing"]) == (figures["stories"], {})


def test_other_weights_are_compared_story_by_story(cut_desk, morning):
    done = cut_desk.digest("backtest", "--weights", "recency=1", "--now", morning)
    assert done.out.startswith("weights: recency=1\n")
    assert "weights: coverage=0.6" in done.out
    found = cut_desk.digest("backtest", "--weights", "recency=1", "--json", "--now", morning).json
    (day,) = found["changes"]
    came = [change for change in day["changes"] if change["turn"] == "in"]
    went = [change for change in day["changes"] if change["turn"] == "out"]
    assert came
    assert len(came) == len(went)
    assert all(change["title"] in done.out for change in day["changes"])
    same = cut_desk.digest("backtest", "--against", "recency=1", "--weights", "recency=2", "--now", morning)
    assert "the same paper" in same.out


def test_a_day_of_which_items_are_gone_is_judged_by_what_is_left_and_says_so(cut_desk, morning):
    feed = cut_desk.digest("feeds", "list", "--json", "--now", morning).json[0]
    cut_desk.digest("feeds", "remove", feed["url"])
    done = cut_desk.digest("backtest", "--json", "--now", morning, code=3)
    assert "items are kept" in done.err
    assert done.json["missing"]["2026-03-12 no. 1"] > 0


def test_where_nothing_was_cut_there_is_nothing_to_judge(desk, morning):
    done = desk.digest("backtest", "--now", morning, code=1)
    assert done.sentence == "error: no edition was cut in the last 7 days"
    assert "--from" in done.err
    assert done.out == ""


def test_what_is_cut_later_is_none_of_the_last_days(cut_desk):
    assert cut_desk.digest("backtest", "--now", "2026-03-11", code=1).sentence.startswith("error: no edition was cut")


def test_labelled_days_are_judged_without_a_database(labelled):
    found = labelled.digest("backtest", "--from", "days.jsonl", "--json").json
    figures = found["lines"]["days"]
    assert (figures["days"], figures["items"], figures["b3 f1"], figures["ndcg@8"]) == (2, 12, 1, 1)
    assert (figures["repeats"], figures["dup f1"]) == (0, None)
    assert sorted(path.name for path in labelled.folder.iterdir()) == ["days.jsonl"]
    table = labelled.digest("backtest", "--from", "days.jsonl").out
    assert "ndcg@8" in table
    assert "dup f1" not in table


def test_what_cannot_be_judged_is_a_usage_error(labelled):
    labelled.write("plain.jsonl", '{"id": "a", "title": "x"}\n')
    assert "no item with a known story" in labelled.digest("backtest", "--from", "plain.jsonl", code=2).sentence
    twice = labelled.digest("backtest", "--from", "days.jsonl", "--from", "./days.jsonl", code=2)
    assert "one name" in twice.sentence
    assert "fame" in labelled.digest("backtest", "--from", "days.jsonl", "--weights", "fame=1", code=2).sentence
    assert "colour" in labelled.digest("backtest", "--from", "days.jsonl", "--against", "colour=1", code=2).sentence
    assert "no term" in labelled.digest("backtest", "--from", "days.jsonl", "--weights", "", code=2).sentence
