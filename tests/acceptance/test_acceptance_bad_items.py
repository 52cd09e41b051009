"""`digest select --from` on days that are odd, huge or broken: a sensible selection, or one clear sentence."""

import json
import random

import pytest

AT = "2026-05-04T08:00:00Z"
LETTERS = (
    "abcdefg",
    "αβγδεζη",
    "абвгдеж",
    "אבגדהוז",
    "ابتثجحخ",
    "あいうえおかき",
    "漢字世界新聞日",
    "한글나라말사람",
    "กขคงจฉช",
    "अइउएकखग",
)
"""Ten scripts, each as one language of a day."""


def lines(*records):
    return "".join(f"{json.dumps(record)}\n" for record in records)


def words(chance, count, letters="abcdefghijklmnop"):
    return " ".join("".join(chance.choices(letters, k=chance.randint(3, 8))) for _ in range(count))


def item(number, **more):
    return {"id": f"i{number}", "title": f"Story number {number}", "published": AT, **more}


@pytest.fixture
def chance():
    return random.Random(3)


@pytest.fixture
def selected(empty_desk):
    """Selects from records; every item must be in one story, and a terminal must get its lines too."""

    def select(*records):
        empty_desk.write("items.jsonl", lines(*records))
        report = empty_desk.digest("select", "--from", "items.jsonl", "--json", "--all").json
        told = [one for story in report["stories"] for one in story["items"]]
        assert len(told) == len(set(told)) == len(records)
        assert len(set(report["top"])) == len(report["top"]) <= 12
        explained = empty_desk.digest("select", "--from", "items.jsonl", "--explain").out
        assert all(line.isprintable() for line in explained.splitlines())
        assert max(map(len, explained.splitlines()), default=0) < 600
        return report

    return select


def test_one_item_is_a_story(selected):
    assert selected(item(1))["top"] == ["i1"]


def test_five_hundred_identical_items_are_one_story(selected):
    same = {"title": "Night ferry runs aground in fog off Skarholm", "summary": "All 212 people aboard are safe."}
    report = selected(*(item(number, publisher=f"p{number}", **same) for number in range(500)))
    assert len(report["stories"]) == 1
    assert report["related"] == {report["top"][0]: []}


def test_titles_alone_without_dates_are_enough(selected, chance):
    report = selected(*({"id": f"i{number}", "title": words(chance, 8)} for number in range(60)))
    assert len(report["top"]) == 12


def test_dates_in_the_future_count_as_now(empty_desk, chance):
    future = [item(number, title=words(chance, 8), published=f"{2027 + number}-01-01T00:00Z") for number in range(20)]
    empty_desk.write("items.jsonl", lines(*future))
    report = empty_desk.digest("select", "--from", "items.jsonl", "--json", "--all", "--now", AT).json
    assert len(report["top"]) == 12
    assert {story["terms"]["recency"] for story in report["stories"]} == {1.0}


def test_dates_at_the_ends_of_time_break_nothing(selected):
    first, last = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"
    report = selected(item(1, title="The first bridge", published=first), item(2, title="Last ferry", published=last))
    assert report["top"] == ["i2"]


def test_one_publisher_with_thousands_of_items_is_one_voice(selected, chance):
    report = selected(*(item(number, title=words(chance, 9), publisher="loud") for number in range(2_000)))
    assert len(report["top"]) == 12
    assert len({story["terms"]["coverage"] for story in report["stories"]}) == 1


def test_forty_languages_in_a_day_are_kept_apart(selected, chance):
    day = [
        item(number, title=words(chance, 8, LETTERS[number % 10]), summary=words(chance, 20, LETTERS[number % 10]))
        for number in range(200)
    ]
    script = {one["id"]: int(one["id"][1:]) % 10 for one in day}
    for story in selected(*day)["stories"]:
        assert len({script[one] for one in story["items"]}) == 1


def test_endless_titles_are_read_by_their_beginning(selected, chance):
    report = selected(*(item(number, title=words(chance, 120_000)) for number in range(4)), item(9, title="x" * 10**6))
    assert len(report["top"]) == 5


def test_nul_and_half_characters_are_no_trouble(selected):
    titles = ("Bridge \0 opens \x1b[31m", "Half \ud83d a face", "", " ", "\u202e\u200b")
    report = selected(
        *(item(number, title=title, url="http://x\0/", publisher="\0") for number, title in enumerate(titles))
    )
    assert report["top"]


@pytest.mark.parametrize("content", [b"\0\0\0\n", b'{"id": "a", "title": "\xed\xa0\x80"}\n', b"\xff\xfe{\0}\0"])
def test_what_is_no_text_is_refused_in_a_sentence(empty_desk, content):
    (empty_desk.folder / "items.jsonl").write_bytes(content)
    done = empty_desk.digest("select", "--from", "items.jsonl", code=2)
    assert "items.jsonl" in done.sentence


@pytest.mark.parametrize("weights", ["coverage=nan", "recency=-1", "coverage=inf", "coverage=1e999", "coverage=0"])
def test_weights_that_are_none_are_refused_in_a_sentence_wherever_they_stand(empty_desk, weights):
    empty_desk.write("items.jsonl", lines(item(1)))
    done = empty_desk.digest("select", "--from", "items.jsonl", "--weights", weights, code=2)
    assert "weight" in done.sentence
    settings = empty_desk.digest("select", "--from", "items.jsonl", code=2, WEIGHTS=weights)
    assert "DIGEST_WEIGHTS" in settings.err
