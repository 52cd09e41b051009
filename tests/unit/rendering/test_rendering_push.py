"""Notifications: the news in the title, more of it in the body, and never too large to carry."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import TemplateError
from digest.model.edition import Edition
from digest.model.message import Letterhead, Push
from digest.rendering.environment import Templates
from digest.rendering.push import OCTETS, payload, push
from digest.rendering.text import graphemes, strong
from digest.samples import names, sample

URL = "https://morning.westhaven.example/editions/41"


def pushed(edition: Edition, templates: Templates) -> Push:
    return push(edition, edition.lineup, Letterhead(title=edition.title), templates, url=URL)


def test_the_news_is_in_the_title_and_more_of_it_in_the_body(edition: Edition, templates: Templates) -> None:
    assert pushed(edition, templates) == Push(
        title="Harbour bridge to close for nine months after…",
        body="Parliament in Talland passes water law by a single vote · A battery made of iron and salt has run a "
        "village for a year…",
        url=URL,
        tag="edition-41",
        language="en",
        direction="ltr",
    )


def test_a_single_story_is_told_and_a_quiet_day_is_dated(templates: Templates) -> None:
    alone = pushed(sample("one-story"), templates)
    assert alone.title == "Lighthouse on Sallow Point is lit again after a…"
    assert alone.body.startswith("Two retired keepers rebuilt the lens")
    quiet = pushed(sample("empty"), templates)
    assert (quiet.title, quiet.body) == ("The Halmere Morning", "Monday, 18 May 2026")


def test_directions_are_those_of_the_title(templates: Templates) -> None:
    arabic = pushed(sample("right-to-left"), templates)
    assert (arabic.language, arabic.direction) == ("ar", "rtl")
    hebrew = replace(sample("right-to-left"), language="en", bench=sample("right-to-left").bench[1:2])
    hebrew = replace(hebrew, lineup=replace(hebrew.lineup, picks=(replace(hebrew.lineup.picks[0], index=0),)))
    assert pushed(hebrew, templates).direction == "rtl"
    assert strong("– 12 “") == ""


@pytest.mark.parametrize("name", names())
def test_every_sample_fits(name: str, templates: Templates) -> None:
    made = pushed(sample(name), templates)
    assert 0 < len(list(graphemes(made.title))) <= 50
    assert len(list(graphemes(made.body))) <= 120
    assert "\n" not in made.title + made.body
    assert "\u202e" not in made.title + made.body
    read = json.loads(payload(made))
    assert read == {
        "title": made.title, "body": made.body, "url": URL, "tag": "edition-0", "lang": made.language,
        "dir": made.direction,
    }  # fmt: skip
    assert len(payload(made)) < OCTETS


def test_markup_is_text(templates: Templates) -> None:
    assert pushed(sample("markup"), templates).title.startswith("<script>alert(1)</script> & {{ 7*7 }}")


def test_no_emoji_is_cut_in_two(templates: Templates) -> None:
    families = "👩‍👩‍👧‍👦" * 40
    day = sample("one-story")
    story = replace(day.bench[0].story, items=(replace(day.bench[0].story.lead, title=families),), summary=families)
    made = pushed(replace(day, bench=(replace(day.bench[0], story=story),)), templates)
    assert set(graphemes(made.title)) == {"👩‍👩‍👧‍👦", "…"}
    assert set(graphemes(made.body)) == {"👩‍👩‍👧‍👦", "…"}


@given(title=st.text(min_size=1), summary=st.text())
def test_whatever_the_feed_says_it_can_be_carried(title: str, summary: str, templates: Templates) -> None:
    day = sample("one-story")
    lead = replace(day.bench[0].story.lead, title=title * 20, source="Somebody")
    story = replace(day.bench[0].story, items=(lead,), summary=summary * 20)
    made = pushed(replace(day, bench=(replace(day.bench[0], story=story),)), templates)
    assert made.title
    assert len(payload(made)) < OCTETS


def test_a_template_without_a_title_and_an_endless_address_are_faults(tmp_path: Path, templates: Templates) -> None:
    (tmp_path / "push").mkdir()
    (tmp_path / "push/digest.txt").write_text("\nbody")
    (tmp_path / "words").symlink_to(Path(__file__).resolve().parents[3] / "templates/words")
    with pytest.raises(TemplateError, match="gives no title"):
        pushed(sample("empty"), Templates([tmp_path]))
    with pytest.raises(TemplateError, match="more than 3000 octets"):
        push(sample("empty"), sample("empty").lineup, Letterhead(), templates, url="https://a.example/" + "x" * 3000)
