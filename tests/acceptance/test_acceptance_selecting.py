"""`digest select`: the contract that scripts depend on."""

import json

import pytest

NEWEST = "2026-05-04T08:00:00Z"
LINES = (
    {
        "id": "ferry-1",
        "title": "Night ferry to Skarholm runs aground in fog",
        "summary": "The night ferry Maren ran aground in thick fog off Skarholm with 212 people aboard; all were "
        "brought ashore in lifeboats before dawn, the coastguard said.",
        "url": "https://northern-post.example/ferry-aground",
        "publisher": "Northern Post",
        "published": "2026-05-04T05:10:00Z",
    },
    {
        "id": "ferry-2",
        "title": "Ferry Maren aground off Skarholm in fog, all 212 safe",
        "summary": "All 212 people aboard the night ferry Maren are safe after it ran aground in fog off Skarholm, the "
        "coastguard said on Monday. Lifeboats brought them ashore.",
        "url": "https://skerry-times.example/maren",
        "publisher": "Skerry Times",
        "published": 1777874400000,
    },
    {
        "id": "ferry-3",
        "title": "Skarholm ferry: coastguard asks why the Maren ran aground",
        "summary": "Investigators boarded the night ferry Maren off Skarholm on Monday to find out why she ran aground "
        "in fog with 212 people aboard.",
        "url": "https://coast-wire.example/maren-inquiry",
        "publisher": "Coast Wire",
        "published": NEWEST,
    },
    {
        "id": "bees",
        "title": "City roofs to carry two hundred beehives",
        "summary": "The council of Tellwick will put two hundred beehives on municipal roofs this summer and give the "
        "honey to school kitchens.",
        "url": "https://tellwick-eye.example/bees",
        "publisher": "Tellwick Eye",
        "published": "2026-05-04T04:00:00+02:00",
    },
    {"id": "bare", "title": "Chess club finds a lost trophy behind the boiler"},
    {
        "id": "old",
        "title": "Museum of clocks reopens after a ten-year repair",
        "summary": "The museum of clocks in Averil has opened its doors again.",
        "publisher": "Averil Review",
        "published": "2026-04-20T09:00:00Z",
    },
)


@pytest.fixture
def items(empty_desk):
    """A desk without settings or database, and the lines on file."""
    empty_desk.write("items.jsonl", "\n".join(json.dumps(line) for line in LINES) + "\n\n")
    return empty_desk


def story_of(report, item_id):
    (found,) = (story for story in report["stories"] if item_id in story["items"])
    return found


def test_select_from_a_file_keeps_its_contract(items):
    report = items.digest("select", "--from", "items.jsonl", "--json", "--all").json
    assert set(report) == {"stories", "top", "related"}
    members = [item for story in report["stories"] for item in story["items"]]
    assert sorted(members) == sorted(line["id"] for line in LINES)
    by_id = {story["id"]: story for story in report["stories"]}
    assert len(by_id) == len(report["stories"])
    for story in report["stories"]:
        assert set(story) == {"id", "items", "lead", "score", "terms", "boost", "why", "summary"}
        assert story["lead"] in story["items"]
        assert isinstance(story["score"], float)
        assert all(isinstance(value, float) for value in story["terms"].values())
        assert isinstance(story["why"], str)
    assert set(report["related"]) <= set(by_id)
    for near in report["related"].values():
        assert set(near) <= set(members)
    assert set(report["top"]) <= set(by_id)
    assert len(set(report["top"])) == len(report["top"])


def test_the_covered_story_is_on_top_and_what_is_too_old_is_not(items):
    report = items.digest("select", "--from", "items.jsonl", "--json", "--all").json
    ferry = story_of(report, "ferry-1")
    assert set(ferry["items"]) == {"ferry-1", "ferry-2", "ferry-3"}
    assert report["top"][0] == ferry["id"]
    assert set(report["related"][ferry["id"]]) < set(ferry["items"])
    assert story_of(report, "old")["id"] not in report["top"]
    scores = {story["id"]: story["score"] for story in report["stories"]}
    assert [scores[story] for story in report["top"]] == sorted((scores[s] for s in report["top"]), reverse=True)


def test_weights_replace_the_ranking_for_one_run_and_a_term_not_named_counts_nothing(items):
    weighed = ("select", "--from", "items.jsonl", "--json", "--all", "--weights")
    by_age = items.digest(*weighed, "recency=1").json
    by_coverage = items.digest(*weighed, "coverage=1").json
    assert story_of(by_age, "bare")["score"] == 0
    assert story_of(by_coverage, "bare")["score"] > 0
    assert by_coverage["top"][0] == story_of(by_coverage, "ferry-1")["id"]


def test_now_moves_the_window(items):
    report = items.digest("select", "--from", "items.jsonl", "--json", "--all", "--now", "2026-04-20T12:00Z").json
    assert story_of(report, "old")["id"] in report["top"]


def test_all_are_every_story_on_a_terminal_too(items):
    table = items.digest("select", "--from", "items.jsonl", "--all")
    assert [line for line in LINES if line["title"] in table.out] == [LINES[0], *LINES[3:]]
    assert "  – Museum of clocks reopens" in table.out
    assert table.err.startswith("3 stories of 4, from 6 items of 6 sources")
    items.write("one.jsonl", json.dumps(LINES[0]))
    assert items.digest("select", "--from", "one.jsonl").err.startswith("1 story of 1, from 1 item of 1 source\n")


def test_without_all_only_the_chosen_stories_are_printed(items):
    report = items.digest("select", "--from", "items.jsonl", "--json").json
    assert {story["id"] for story in report["stories"]} == set(report["top"])
    assert sorted(path.name for path in items.folder.iterdir()) == ["items.jsonl"]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("{not json", "line 2"),
        ('{"id": "x"}', "line 2"),
        ('{"id": "x", "title": "y", "published": "yesterday"}', "line 2"),
        ('{"id": "good", "title": "the same again"}', "twice"),
    ],
)
def test_a_bad_line_is_named(empty_desk, line, place):
    empty_desk.write("items.jsonl", f'{{"id": "good", "title": "A good line"}}\n{line}\n')
    done = empty_desk.digest("select", "--from", "items.jsonl", "--json", "--all", code=2)
    assert place in done.sentence
    assert "items.jsonl" in done.sentence
    assert done.out == ""


def test_a_file_that_is_not_there_and_weights_that_are_none_are_usage_errors(items):
    missing = items.digest("select", "--from", "nowhere.jsonl", code=2)
    assert "nowhere.jsonl cannot be read" in missing.sentence
    wrong = items.digest("select", "--from", "items.jsonl", "--weights", "fame=1", code=2)
    assert "fame" in wrong.sentence
    none = items.digest("select", "--from", "items.jsonl", "--weights", "", code=2)
    assert "no term" in none.sentence


def test_an_empty_file_selects_nothing(empty_desk):
    empty_desk.write("items.jsonl", "")
    report = empty_desk.digest("select", "--from", "items.jsonl", "--json", "--all").json
    assert report == {"stories": [], "top": [], "related": {}}


def test_select_on_live_data_explains_itself_and_writes_nothing(desk, morning):
    done = desk.digest("select", "--explain", "--now", morning)
    assert "coverage " in done.out
    report = desk.digest("select", "--json", "--all", "--now", morning).json
    members = [item for story in report["stories"] for item in story["items"]]
    assert len(members) == len(set(members)) > 30
    assert len(report["top"]) == 12
    assert desk.digest("edition", "list", "--json", "--now", morning).json == []
