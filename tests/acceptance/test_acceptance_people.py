"""The people, by hand: how who is pending becomes active, who stays gone, and what a dry run leaves alone."""

ADDRESS = "ana@example.org"
LIST = f"email\n{ADDRESS}\n"


def state(desk):
    return desk.digest("subscribers", "show", ADDRESS).json["state"]


def test_who_is_pending_becomes_active_by_an_import_that_says_how_they_agreed(desk):
    desk.write("list.csv", LIST)
    desk.digest("subscribers", "import", "list.csv")
    assert state(desk) == "pending"
    assert "0 would be imported, 1 known" in desk.digest("subscribers", "import", "list.csv", "--dry-run").err
    desk.digest("subscribers", "import", "list.csv", "--consent", "asked me")
    shown = desk.digest("subscribers", "show", ADDRESS).json
    assert (shown["state"], shown["consent"]["text"]) == ("active", "asked me")


def test_who_is_pending_becomes_active_by_hand(desk):
    desk.digest("subscribers", "add", ADDRESS)
    assert "known already" in desk.digest("subscribers", "add", ADDRESS, code=1).sentence
    desk.digest("subscribers", "add", ADDRESS, "--consent", "asked me")
    assert state(desk) == "active"


def test_who_left_is_brought_back_by_neither(desk):
    desk.write("list.csv", LIST)
    desk.digest("subscribers", "add", ADDRESS, "--consent", "asked me")
    desk.digest("subscribers", "remove", ADDRESS)
    desk.digest("subscribers", "import", "list.csv", "--consent", "asked me")
    assert "has unsubscribed" in desk.digest("subscribers", "add", ADDRESS, "--consent", "again", code=1).sentence
    assert state(desk) == "unsubscribed"


def test_a_dry_run_removes_and_erases_nobody(desk):
    desk.digest("subscribers", "add", ADDRESS, "--consent", "asked me")
    desk.digest("subscribers", "remove", ADDRESS, "--dry-run")
    desk.digest("subscribers", "forget", ADDRESS, "--dry-run")
    assert state(desk) == "active"


def test_what_a_reader_follows_brings_its_stories_into_their_own_paper_and_no_others(mailing, morning):
    stories = mailing.digest("why", "e", "--edition", "1", "--json", "--now", morning).json
    wanted = next(each for each in stories if each["left_out"] and each["left_out"]["rule"] == "cut")
    phrase = wanted["headline"].replace('"', "")
    rows = (f'{ADDRESS},"""{phrase}""; ferry",The Moon Post', "bo@example.org,,")
    mailing.people(*rows, header="email,followed_words,followed_sources")
    shown = mailing.digest("subscribers", "show", ADDRESS).json["preferences"]
    assert (shown["followed_words"], shown["followed_sources"]) == ([phrase, "ferry"], ["The Moon Post"])
    assert phrase in mailing.digest("subscribers", "export").out

    asked = ("why", wanted["story"], "--edition", "1", "--now", morning)
    (ana,) = mailing.digest(*asked, "--json", "--subscriber", ADDRESS).json
    (bo,) = mailing.digest(*asked, "--json", "--subscriber", "bo@example.org").json
    (nobody,) = mailing.digest(*asked, "--json").json
    assert (ana["place"] is not None, ana["follows"]) == (True, [phrase])
    assert (bo["place"], bo["follows"], nobody["place"], nobody["follows"]) == (None, [], None, [])
    assert ana["score"] == bo["score"]
    assert f"who follows {phrase}" in mailing.digest(*asked, "--subscriber", ADDRESS).out

    def preview(*reader):
        mailing.digest("preview", *reader, "--out", "out", "--now", morning)
        return " ".join((mailing.folder / "out" / "edition.txt").read_text(encoding="utf-8").split())

    assert wanted["headline"] in preview("--subscriber", ADDRESS)
    assert wanted["headline"] not in preview()
    mailing.digest("send", "--yes", "--now", morning)
    assert mailing.digest(*asked, "--json", "--subscriber", ADDRESS).json == [ana]


def wishes(desk):
    return desk.digest("subscribers", "show", ADDRESS).json["preferences"]


def test_what_is_named_is_changed_and_everything_else_stays(desk, newsstand):
    desk.digest("feeds", "set", newsstand.stock[0], "--section", "World")
    desk.digest("subscribers", "add", ADDRESS, "--hour", "6:30", "--mute", "golf", "--max-stories", "5")
    before = wishes(desk)
    assert desk.digest("subscribers", "set", ADDRESS, "--days", "weekdays", "--sections", "World,Sea").err == (
        "hint: no feed is in a section Sea yet\nchanged\n"
    )
    assert wishes(desk) == before | {"days": 0b0011111, "sections": ["World", "Sea"]}
    desk.digest(
        "subscribers", "set", ADDRESS, "--hour", "default", "--mute", "default", "--timezone", "asia/tokyo",
        "--follow", 'ferry, "tide, high"', "--follow", "quay", "--follow-source", "Bay News", "--mute-source", "Herald",
        "--pause-until", "2026-03-14", "--stories", "9", "--now", "2026-03-12",
    )  # fmt: skip
    assert wishes(desk) == {
        "timezone": "Asia/Tokyo",
        "send_at": None,
        "days": 0b0011111,
        "sections": ["World", "Sea"],
        "muted_words": [],
        "muted_sources": ["Herald"],
        "followed_words": ["ferry", "tide, high", "quay"],
        "followed_sources": ["Bay News"],
        "max_stories": 9,
        "paused_until": "2026-03-13T15:00:00+00:00",
    }
    assert "Asia/Tokyo" in desk.digest("subscribers", "list").out


def test_everything_is_put_back_to_the_newsletters(desk):
    desk.digest("subscribers", "add", ADDRESS, "--hour", "6:30", "--mute", "golf", "--days", "fri")
    desk.digest("subscribers", "set", ADDRESS, "--reset", "--days", "sat")
    assert {name: value for name, value in wishes(desk).items() if value} == {"days": 0b0100000}


def test_a_wish_that_makes_no_sense_is_one_sentence_and_changes_nothing(desk):
    desk.digest("subscribers", "add", ADDRESS, "--hour", "6:30")
    before = wishes(desk)
    for words, sentence in (
        (("--hour", "25:00"), "“25:00” is no time of day"),
        (("--days", "someday"), "“someday” names no days"),
        (("--timezone", "Europe/Berln"), "“Europe/Berln” is no time zone"),
        (("--stories", "97"), "“97” is no number of stories"),
        (("--mute", "x" * 201), "the muted word is longer than 200 characters"),
        (("--follow", ",".join(map(str, range(101)))), "there are more than 100 values"),
        (("--mute-source", '"Herald'), "is no list of values"),
        (("--pause-until", "2026-03-12", "--now", "2026-03-12"), "a pause ends in the future"),
        (("--pause-until", "soon"), "“soon” is no time"),
        (("--hour", ""), "--hour is empty"),
        (("--follow", "ferry", "--mute", " "), "--mute is empty"),
        ((), "nothing was named to be changed"),
    ):
        done = desk.digest("subscribers", "set", ADDRESS, "--days", "mon", *words, code=2) if words else None
        done = done or desk.digest("subscribers", "set", ADDRESS, code=2)
        assert sentence in done.sentence
        assert done.out == ""
    assert wishes(desk) == before


def test_only_a_reader_who_is_there_can_be_changed(desk):
    assert "no subscriber" in desk.digest("subscribers", "set", ADDRESS, "--reset", code=1).sentence
    assert "no e-mail address" in desk.digest("subscribers", "set", "ana", "--reset", code=2).sentence
    desk.digest("subscribers", "add", ADDRESS, "--consent", "asked me")
    desk.digest("subscribers", "remove", ADDRESS)
    assert "has unsubscribed" in desk.digest("subscribers", "set", ADDRESS, "--hour", "7", code=1).sentence
    assert wishes(desk)["send_at"] is None


def test_who_follows_is_added_by_hand_too(desk):
    desk.digest("subscribers", "add", ADDRESS, "--follow", "ferry", "--follow", "tide", "--follow-source", "Bay News")
    wishes = desk.digest("subscribers", "show", ADDRESS).json["preferences"]
    assert (wishes["followed_words"], wishes["followed_sources"]) == (["ferry", "tide"], ["Bay News"])
