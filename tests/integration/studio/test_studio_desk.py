"""The editor's desk: each act is a form, is recorded, and can be undone; what is refused is said beside it."""

import json
import re

import pytest

from digest.model.edit import Act
from digest.model.edition import EditionState
from digest.newsroom import hand


@pytest.fixture
def desk(held_room):
    """Somebody who works on a held edition."""
    return held_room.enter()


def edition(room):
    return room.app.store.editions.get(1)


def headlines(room):
    now = edition(room)
    return [now.bench[pick.index].story.lead.title for pick in now.lineup.picks]


def story(room, place):
    """The id of the story at a place of the paper."""
    now = edition(room)
    return now.bench[now.lineup.picks[place - 1].index].story.id


def test_editing_begins_with_a_cut_that_is_held(room):
    visitor = room.enter()
    assert "Not cut yet" in visitor.get().words
    page = visitor.done("/desk", act="start", number=0, back="")
    assert edition(room).state is EditionState.HELD
    assert "Approve" in page.words
    assert "Undo" in page.words


def test_a_story_moves_up_and_down_and_to_any_place(held_room, desk):
    before = headlines(held_room)
    page = desk.done("/desk", act="down", number=1, story=story(held_room, 1), place=1, back="")
    assert headlines(held_room)[:2] == [before[1], before[0]]
    assert f"Moved “{before[0]}” to place 2." in page.words
    desk.done("/desk", act="up", number=1, story=story(held_room, 2), place=2, back="")
    assert headlines(held_room) == before
    desk.done("/desk", act="move", number=1, story=story(held_room, 5), place=3, back="")
    assert headlines(held_room)[2] == before[4]


def test_a_story_is_pinned_dropped_and_brought_back(held_room, desk):
    before = headlines(held_room)
    desk.done("/desk", act="pin", number=1, story=story(held_room, 4), back="")
    assert headlines(held_room)[0] == before[3]
    dropped = story(held_room, 2)
    page = desk.done("/desk", act="drop", number=1, story=dropped, back="")
    assert before[0] not in headlines(held_room)
    assert "Bring back, pinned" in page.words
    desk.done("/desk", act="pin", number=1, story=dropped, back="")
    assert before[0] in headlines(held_room)


def test_a_story_of_the_bench_is_put_in(held_room, desk):
    page = desk.get().text
    waiting = re.search(r'id="bench".*?name="story" value="([^"]*)"', page, re.DOTALL)[1]
    desk.done("/desk", act="pin", number=1, story=waiting, back="")
    assert story(held_room, 1) == waiting


def test_words_are_written_anew(held_room, desk):
    one = story(held_room, 1)
    told = edition(held_room).bench[edition(held_room).lineup.picks[0].index].story
    page = desk.done(
        "/desk", act="words", number=1, story=one, title="The barrier holds", summary=told.summary, back=""
    )
    assert headlines(held_room)[0] == "The barrier holds"
    assert [entry.edit.act for entry in hand.record(held_room.app, 1) if entry.edit] == [Act.RETITLE]
    assert "The barrier holds" in desk.get("/mail.html").text
    assert "Retitled" in page.words
    desk.done("/desk", act="words", number=1, story=one, title="The barrier holds", summary="At last.", back="")
    assert "At last." in desk.get("/mail.html").text
    again = desk.post("/desk", act="words", number=1, story=one, title="The barrier holds", summary="At last.", back="")
    assert again.status == 400
    assert "Nothing was written anew" in again.words


def test_a_note_stands_on_top(held_room, desk):
    desk.done("/desk", act="note", number=1, text="We are back.\r\n\r\nSo are you.", back="")
    assert edition(held_room).hand.note.startswith("We are back.")
    assert "So are you." in desk.get("/mail.html").text


def test_what_the_checks_find_is_shown_beside_the_mail_and_the_story(held_room, desk):
    first, second = story(held_room, 1), story(held_room, 2)
    title = edition(held_room).bench[edition(held_room).lineup.picks[0].index].story.lead.title
    desk.done("/desk", act="words", number=1, story=second, title=title, summary="The same again.", back="")
    page = desk.get("/?panel=checks")
    assert "Error" in page.words
    assert re.search(
        r'<a id="panel-2" href="/\?panel=checks#desk" aria-current="page">Checks <span class="count error">', page.text
    )
    assert f'href="/?#story-{second}"' in page.text or f'href="/?#story-{first}"' in page.text
    assert "mark-error" in desk.get().text


def test_everything_is_recorded_and_the_newest_change_is_taken_back(held_room, desk):
    before = headlines(held_room)
    desk.done("/desk", act="drop", number=1, story=story(held_room, 1), back="")
    desk.done("/desk", act="note", number=1, text="We are back.", back="")
    assert "Undo takes back: wrote a note" in desk.get().words
    desk.done("/desk", act="undo", number=1, back="")
    assert not edition(held_room).hand.note
    page = desk.done("/desk", act="undo", number=1, back="panel=record")
    assert headlines(held_room) == before
    assert f"Dropped “{before[0]}” (undone)" in page.words
    assert hand.editor() in page.words
    nothing = desk.post("/desk", act="undo", number=1, back="")
    assert nothing.status == 409


def test_an_edition_is_approved_and_held_again(held_room, desk):
    assert "approved" in desk.done("/desk", act="approve", number=1, back="").words
    assert edition(held_room).state is EditionState.APPROVED
    desk.done("/desk", act="hold", number=1, back="")
    assert edition(held_room).state is EditionState.HELD


def test_what_is_refused_is_said_beside_its_form_and_stays_typed(held_room, desk):
    one = story(held_room, 1)
    long = "x" * 300
    page = desk.post("/desk", act="words", number=1, story=one, title=long, summary="kept as typed", back="panel=paper")
    assert page.status == 400
    assert "at most 240 are shown" in page.words
    assert "kept as typed" in page.text
    endless = desk.post("/desk", act="note", number=1, text="เรือ" * 1000, back="panel=paper")
    assert endless.status == 400
    assert "at most 1000 are shown" in endless.words
    assert re.search(rf'<details id="words-{one}" open>', page.text)
    for fields, status, said in (
        ({"act": "up", "story": one, "place": 1}, 400, "no place 0"),
        ({"act": "move", "story": one, "place": "top"}, 400, "'top' is no place"),
        ({"act": "pin", "story": "nowhere"}, 404, "no story nowhere"),
        ({"act": "add", "url": "http://127.0.0.1:1/x"}, 503, "127.0.0.1"),
        ({"act": "dance"}, 400, "nothing the desk can do"),
        ({"act": "correct", "text": "It was not so."}, 409, "dition 1"),
        ({"act": "hold", "number": 7}, 404, "edition 7"),
        ({"act": "pin", "story": one, "number": "9" * 30}, 404, "edition 0"),
    ):
        answer = desk.post("/desk", **{"number": 1, "back": "", **fields})
        assert answer.status == status, (fields, answer.words)
        assert said in answer.words
    assert hand.record(held_room.app, 1)[1:] == ()


def test_a_story_is_added_by_its_address(held_room, desk, newsstand):
    held_room.allow(newsstand.place)
    page = desk.done("/desk", act="add", number=1, url=newsstand.story, back="")
    assert headlines(held_room)[0] == "A whale swims up the Wend"
    assert "Added “A whale swims up the Wend”." in page.words


def test_a_frozen_edition_is_changed_no_more_but_corrected(held_room, desk):
    desk.done("/desk", act="approve", number=1, back="")
    desk.done("/send", number=1, count=6, back="panel=send")
    held_room.wait(lambda: "has gone out" in desk.get().words)
    page = desk.get()
    assert "Save the words" not in page.words
    assert desk.post("/desk", act="pin", number=1, story=story(held_room, 3), back="").status == 409
    page = desk.done("/desk", act="correct", number=1, text="The gate is 40 m wide, not 400.", back="")
    assert "The gate is 40 m wide, not 400." in page.words
    assert "The gate is 40 m wide, not 400." in desk.get("/web.html").text


def test_an_act_is_about_the_edition_that_was_shown(held_room, desk):
    held_room.cut()
    desk.done("/desk", act="note", number=1, text="For the first.", back="edition=today")
    assert edition(held_room).hand.note == "For the first."
    assert not held_room.app.store.editions.get(2).hand.note


def test_it_leads_back_to_the_view_it_came_from(desk, held_room):
    one = story(held_room, 2)
    answer = desk.post("/desk", act="pin", number=1, story=one, back="edition=1&view=text&width=320&panel=paper")
    assert answer.status == 303
    assert re.fullmatch(
        rf"/\?edition=1&view=text&width=320&said=[0-9a-f]+#story-{re.escape(one)}", answer.headers["Location"]
    )


@pytest.mark.parametrize("path", ["/desk", "/test", "/send"])
def test_no_get_changes_anything(desk, path):
    assert desk.get(path).status == 405


@pytest.mark.shared
def test_hostile_texts_come_back_as_text(held_room, desk, shared_data):
    items = json.loads((shared_data / "hostile" / "xss_more.json").read_text("utf-8"))["items"]
    plain = set(re.findall(r"<(\w+)", desk.get().text)) | {"blockquote", "div", "progress"}
    for item in items[::40]:
        answer = desk.post("/desk", act="note", number=1, text=item["value"], back=item["value"])
        page = answer if answer.status != 303 else desk.get(answer.headers["Location"])
        assert set(re.findall(r"<(\w+)", page.text)) <= plain


def test_who_works_is_who_was_said(room):
    room.by = "ines"
    visitor = room.enter()
    visitor.done("/desk", act="start", number=0, back="")
    assert {entry.by for entry in hand.record(room.app, 1)} == {"ines"}
