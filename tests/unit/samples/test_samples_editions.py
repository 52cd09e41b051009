"""The sample editions: complete, in every form, and with faults that say where they are."""

import io
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image as Pillow

from digest.errors import NotFound, SampleError
from digest.model.edition import Form
from digest.model.story import Reason
from digest.samples import folder, names, picture, read_sample, sample

DAY = 'title = "Morning"\ndate = 2026-05-14\n'
STORY = '[[story]]\nheadline = "Ferry sails"\nsource = "Herald"\nothers = ["Mail"]\n'


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_the_samples_are_those_that_a_mail_must_hold() -> None:
    assert names()[0] == "ordinary"
    wanted = {"ordinary", "one-story", "thirty-stories", "empty", "right-to-left", "cjk", "emoji", "markup"}
    assert set(names()) == wanted | {"no-images", "long-words"}


@pytest.mark.parametrize("name", names())
def test_every_story_of_a_sample_is_in_its_line_up(name: str) -> None:
    edition = sample(name)
    assert sorted(pick.index for pick in edition.lineup.picks) == list(range(len(edition.bench)))
    assert len({entry.story.id for entry in edition.bench}) == len(edition.bench)
    assert edition.number == 0
    assert bool(edition.quiet) is (not edition.bench)
    for entry in edition.bench:
        assert {item.id for item in entry.story.items} >= {
            entry.story.told_by,
            *(p.item for p in entry.story.points),
        } - {""}


def test_an_ordinary_day_has_everything() -> None:
    edition = sample("ordinary")
    forms = [pick.form for pick in edition.lineup.picks]
    assert (forms.count(Form.LEAD), forms.count(Form.UPDATE), len(forms)) == (3, 1, 12)
    assert edition.cut_at == datetime(2026, 5, 14, 5, 30, tzinfo=UTC)
    assert edition.hand.note
    assert edition.corrections[0].edition == 40
    first = edition.bench[0]
    assert first.story.publishers[:2] == ("Harbour Herald", "Ledger & Quay")
    assert first.story.lead.published == edition.cut_at - timedelta(minutes=190)
    assert first.score.reasons == (Reason(kind="coverage", count=7, texts=5), Reason(kind="velocity", count=4))
    assert len(first.story.points) == len(first.related) == 3
    assert edition.considered[2] == 12


def test_the_long_day_is_long_and_the_hostile_text_too() -> None:
    assert len(sample("thirty-stories").bench) == 30
    titles = [entry.story.lead.title for entry in sample("markup").bench]
    assert max(map(len, titles)) == 5000
    assert any("\r\n" in title for title in titles)


def test_the_pictures_are_there_as_large_as_they_say() -> None:
    images = {entry.image for name in names() for entry in sample(name).bench if entry.image}
    assert len(images) == len(list(folder().glob("*.jpg")))
    for image in images:
        content = picture(image.fingerprint)
        assert content is not None
        assert sha256(content).hexdigest() == image.fingerprint
        with Pillow.open(io.BytesIO(content)) as drawn:
            assert drawn.size == (image.width, image.height)
    assert picture("0" * 64) is None


def test_a_sample_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(NotFound, match="there is no sample 'nothing'") as fault:
        sample("nothing")
    assert "one-story" in fault.value.hint


def test_a_small_file_makes_a_small_edition(tmp_path: Path) -> None:
    edition = read_sample(write(tmp_path / "small.toml", DAY + STORY))
    assert edition.date == date(2026, 5, 14)
    (entry,) = edition.bench
    assert [item.source for item in entry.story.items] == ["Herald", "Mail"]
    assert entry.story.lead.published is None
    assert entry.story.id == "small-0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "small.toml cannot be read"),
        ('title = "x"', "small.toml: date is missing"),
        (DAY.replace("05-14", "05-14T10:00:00"), "small.toml: date must be a date without a time"),
        (DAY.replace('"Morning"', "7"), "small.toml: title must be a text"),
        (DAY + 'colour = "red"', "small.toml: colour is not known; known are corrections, date, language, note"),
        (DAY + "story = 1", "small.toml: story must be a list of tables"),
        (DAY + "story = [1]", "small.toml: story must be a list of tables"),
        (DAY + STORY + "age = -1", "small.toml, story 1: age must be a whole number from 0"),
        (DAY + STORY + "age = true", "small.toml, story 1: age must be a whole number from 0"),
        (DAY + STORY + STORY + "section = []", "small.toml, story 2: section must be a text"),
        (DAY + STORY.replace('"Mail"', "2"), "small.toml, story 1: others must be a list of texts"),
        (DAY + STORY + 'told_by = "Post"', "story 1: told_by names 'Post', which is neither"),
        (DAY + STORY + 'points = [{ text = "a", source = "Post" }]', "story 1, points 1: source names 'Post'"),
        (DAY + STORY + 'why = [{ kind = "luck" }]', "story 1, why 1: kind must be one of coverage, velocity"),
        (DAY + STORY + "image = 3", "story 1: image must be a table"),
        (DAY + STORY + 'image = { name = "moon", width = 1, height = 1 }', "story 1, image: name names .*moon"),
        (DAY + STORY + 'related = [{ headline = "x", source = "y", sorce = "z" }]', "related 1: sorce is not known"),
        (DAY + 'corrections = [{ edition = "7", text = "x" }]', "corrections 1: edition must be a whole number"),
    ],
)  # fmt: skip
def test_a_fault_names_the_file_and_the_key(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SampleError, match=message):
        read_sample(write(tmp_path / "small.toml", text))
