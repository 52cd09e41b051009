"""Why there is no paper: a failed fetch, thin sources and a quiet day, told to the operator and to no reader."""

FEED = b"""<rss version="2.0"><channel><title>Skerry Times</title><link>http://x.example/</link>
<item><title>Night ferry to Skarholm is late</title><link>http://x.example/1</link><guid>1</guid>
<pubDate>Thu, 12 Mar 2026 05:00:00 GMT</pubDate></item></channel></rss>"""


def made(desk, newsstand, *paths):
    desk.settings["ALLOW_HOSTS"] = newsstand.place
    desk.digest("init")
    desk.digest("feeds", "add", *(newsstand.url(path) for path in paths))
    return desk


def test_a_failed_fetch_is_said_by_status_and_select(empty_desk, newsstand, morning):
    newsstand.lay("/quiet/broken", b"", status=500)
    desk = made(empty_desk, newsstand, "/quiet/broken")
    assert "a failed fetch" not in desk.digest("status", "--now", morning).out
    desk.digest("fetch", "--now", morning, code=3)
    said = "a failed fetch: 1 of 1 feed could not be read"
    assert said in desk.digest("status", "--now", morning).out
    assert said in desk.digest("select", "--now", morning).err
    assert desk.digest("status", "--json", "--now", morning).json["sources"]["failing"] == 1


def test_sources_that_can_be_read_and_say_next_to_nothing_are_thin(empty_desk, newsstand, morning):
    newsstand.lay("/quiet/thin", FEED, "application/xml")
    desk = made(empty_desk, newsstand, "/quiet/thin")
    desk.digest("fetch", "--now", morning)
    said = desk.digest("select", "--now", morning, MIN_STORIES="3").err
    assert "thin sources: 1 item of 1 publisher in three days; 1 new story, and at least 3 are wanted" in said
    assert "a failed fetch" not in desk.digest("status", "--now", morning).out


def test_well_stocked_sources_with_too_little_news_make_a_quiet_day(desk, morning):
    assert "\na quiet day: " in desk.digest("select", "--now", morning, MIN_STORIES="40").err
    desk.digest("run", "--once", "--no-web", "--now", morning, MIN_STORIES="40", EDIT_AT="05:30")
    (edition,) = desk.digest("status", "--json", "--now", morning).json["editions"]
    assert edition["quiet"].startswith("a quiet day: ")
    desk.digest("preview", "--edition", "1", "--out", "look", "--now", morning)
    for name in ("edition.html", "edition.txt"):
        text = (desk.folder / "look" / name).read_text(encoding="utf-8")
        assert "quiet day" not in text
        assert "DIGEST_MIN_STORIES" not in text


def test_of_a_file_no_settings_are_spoken_of(empty_desk):
    empty_desk.write("items.jsonl", '{"id": "a", "title": "Ferry strike ends", "published": "2026-03-01T00:00Z"}\n')
    done = empty_desk.digest("select", "--from", "items.jsonl", "--now", "2026-03-12T00:00Z")
    assert done.err.splitlines()[-1] == "thin sources: 1 item of 1 publisher; 0 new stories"
