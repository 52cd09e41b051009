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
