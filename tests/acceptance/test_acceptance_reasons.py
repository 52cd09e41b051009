"""Why a story is in the paper or not: `digest select --explain`, `digest why STORY`, and what an operator orders."""

import pytest

READER = "Ana <ana@letterbox.example>"
ADDRESS = "ana@letterbox.example"


@pytest.fixture
def chosen(desk, morning):
    """What would be selected this morning, with some settings."""

    def choose(*words, **settings):
        return desk.digest("select", "--json", "--all", "--explain", "--now", morning, *words, **settings).json

    return choose


def headline_of(report, story):
    (found,) = (each for each in report["stories"] if each["id"] == story)
    return found


def test_explained_every_story_is_picked_or_left_out_by_a_rule(chosen, desk, morning):
    report = chosen()
    out = [each["story"] for each in report["left_out"]]
    assert sorted([*report["top"], *out]) == sorted(each["id"] for each in report["stories"])
    assert all(each["rule"] and each["because"] for each in report["left_out"])
    text = desk.digest("select", "--explain", "--now", morning).out
    assert "Left out:" in text
    assert report["left_out"][0]["because"] in text
    assert f"story {report['top'][0]}" in text


def test_explained_each_text_of_a_story_has_what_joins_it_to_the_others(chosen, desk, morning):
    report = chosen()
    top = report["top"][0]
    joined = report["evidence"][top]
    members = headline_of(report, top)["items"]
    assert [each["item"] for each in joined] == [item for item in members if item in {each["item"] for each in joined}]
    assert all(each["joined"] for each in joined)
    text = desk.digest("select", "--explain", "--now", morning).out
    assert f"joined by: {', '.join(joined[0]['joined'])}" in text
    assert len(joined) == len(members) or "the same text as " in text
    (found,) = desk.digest("why", top, "--json", "--now", morning).json
    assert found["evidence"] == joined
    assert f"joined by: {', '.join(joined[0]['joined'])}" in desk.digest("why", top, "--now", morning).out
    alone = [each["id"] for each in report["stories"] if len(each["items"]) == 1]
    assert alone
    assert not any(report["evidence"][story] for story in alone)


def test_a_story_is_pinned_or_dropped_for_a_try(chosen, desk, morning):
    before = chosen()
    first, weak = before["top"][0], before["left_out"][-1]["story"]
    after = chosen("--pin", weak, "--drop", first)
    assert after["top"][0] == weak
    assert first not in after["top"]
    assert {"dropped"} == {each["rule"] for each in after["left_out"] if each["story"] == first}
    unknown = desk.digest("select", "--pin", "nosuchstory", "--now", morning, code=2)
    assert "nosuchstory" in unknown.sentence


def test_blocked_words_and_sources_and_pinned_ones_come_from_the_settings(chosen):
    before = chosen()
    blocked = chosen(BLOCKED_WORDS="barrier")
    rules = {each["story"]: each["rule"] for each in blocked["left_out"]}
    assert "blocked" in rules.values()
    assert not any(rules.get(story) == "blocked" for story in blocked["top"])
    without = chosen(BLOCKED_SOURCES="The Harbour Herald")
    assert sum(len(each["items"]) for each in without["stories"]) < sum(
        len(each["items"]) for each in before["stories"]
    )
    last = before["left_out"][-1]["headline"]
    pinned = chosen(PINNED_WORDS=last.replace(",", " "))
    assert headline_of(pinned, pinned["top"][0])["id"] == before["left_out"][-1]["story"]
    assert len(chosen(MAX_MINUTES="1")["top"]) < len(before["top"])


def test_why_tells_of_a_story_by_its_id_an_item_or_its_words(chosen, desk, morning):
    report = chosen()
    top, out = report["top"][0], report["left_out"]
    (found,) = desk.digest("why", top, "--json", "--now", morning).json
    assert (found["place"], found["left_out"]) == (1, None)
    assert found["items"] == headline_of(report, top)["items"]
    item = headline_of(report, out[0]["story"])["items"][-1]
    (missed,) = desk.digest("why", item, "--json", "--now", morning).json
    assert missed["place"] is None
    assert missed["left_out"]["rule"] == out[0]["rule"]
    said = desk.digest("why", out[0]["headline"], "--now", morning).out
    assert f"not in the paper: {out[0]['because']}" in said


def test_why_of_nothing_is_a_usage_error(desk, morning):
    assert "nothing to ask about" in desk.digest("why", " ", "--now", morning, code=2).sentence


def test_why_tells_of_what_never_had_a_seat(chosen, desk):
    later = "2026-03-14T12:00Z"
    old = next(each for each in chosen("--now", later)["left_out"] if each["rule"] == "old")
    (found,) = desk.digest("why", old["story"], "--json", "--now", later).json
    assert (found["bench"], found["left_out"]["because"]) == (None, "no item of the last 24 hours")
    assert "no item of the last 24 hours" in desk.digest("why", old["story"], "--now", later).out


def test_why_tells_of_one_readers_paper_before_and_after_it_was_sent(mailing, morning):
    mailing.people(f"{ADDRESS},Ana,Europe/Lisbon,06:30")
    (first,) = mailing.digest("why", "barrier", "--json", "--now", morning).json[:1]
    asked = ("why", first["story"], "--json", "--subscriber", ADDRESS, "--now", morning)
    (before,) = mailing.digest(*asked).json
    mailing.digest("send", "--yes", "--now", morning)
    (after,) = mailing.digest(*asked, "--edition", "1").json
    assert after == before
    assert after["place"] is not None
    unknown = mailing.digest("why", first["story"], "--subscriber", "nobody@letterbox.example", code=1)
    assert "nobody@letterbox.example" in unknown.sentence


def test_at_a_time_that_is_past_nothing_is_known_of_what_came_later(chosen, desk, morning):
    before = chosen()
    done = desk.digest("run", "--once", "--no-web", "--now", "2026-03-12T06:30Z", EDIT_AT="06:00")
    assert "edition 1 is cut" in done.err
    assert "told" in {each["rule"] for each in chosen("--now", "2026-03-12T06:40Z")["left_out"]}
    assert chosen() == before
    assert chosen("--now", "2026-03-12T05:29Z")["stories"] == []


def heavy(desk, templates_folder, *, story, related):
    """Templates of one's own that take so many octets more for a story and for its related items."""
    for name, octets in (("_story.html", story), ("_related.html", related)):
        shipped = (templates_folder / "mail" / name).read_text("utf-8")
        desk.write(f"mine/mail/{name}", shipped.replace("</td></tr>", f"<p>{'x ' * (octets // 2)}</p></td></tr>", 1))
    return "mine"


def test_why_tells_what_the_mail_had_no_room_for(mailing, morning, templates_folder):
    mailing.people(f"{ADDRESS},Ana,Europe/Lisbon,06:30")
    for who in ((), ("--subscriber", ADDRESS)):
        asked = ("why", "e", *who, "--edition", "1", "--now", morning)
        plain = mailing.digest(*asked, "--json").json
        assert not any(each["gave_way"] for each in plain)
        mine = heavy(mailing, templates_folder, story=0, related=20_000)
        bare = [each for each in mailing.digest(*asked, "--json", TEMPLATES=mine).json if each["gave_way"]]
        assert {tuple(each["gave_way"]) for each in bare} == {("related",)}
        assert "without its related items: the mail has no room" in mailing.digest(*asked, TEMPLATES=mine).out
        mine = heavy(mailing, templates_folder, story=9_000, related=0)
        cut = mailing.digest(*asked, "--json", TEMPLATES=mine).json
        assert {"size"} == {
            now["left_out"]["rule"] for now, was in zip(cut, plain, strict=True) if was["place"] and not now["place"]
        }
        assert any("full" in each["gave_way"] for each in cut)
        said = mailing.digest(*asked, TEMPLATES=mine).out
        assert "not in the paper: the mail has no room for it" in said
        assert "in brief, not in full: the mail has no room for more" in said
