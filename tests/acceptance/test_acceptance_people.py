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


def test_who_follows_is_added_by_hand_too(desk):
    desk.digest("subscribers", "add", ADDRESS, "--follow", "ferry", "--follow", "tide", "--follow-source", "Bay News")
    wishes = desk.digest("subscribers", "show", ADDRESS).json["preferences"]
    assert (wishes["followed_words"], wishes["followed_sources"]) == (["ferry", "tide"], ["Bay News"])
