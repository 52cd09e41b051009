"""Every check of a mail finds the fault it is for, and nothing in a good one."""

from dataclasses import replace

import pytest

from digest.checks.every import COUNT, OF_MAIL, errors_first, mail_findings
from digest.checks.found import error, warning
from digest.checks.page import Page
from digest.model.finding import Level
from digest.rendering.tokens import Tokens

ERROR, WARNING = Level.ERROR, Level.WARNING

LEAD_IMAGE = 'src="https://gazette.example/images/a.jpg"'
BLOCK = "<style>\n:root{color-scheme:light dark}"
LEAVE = (
    "List-Unsubscribe: <https://gazette.example/unsubscribe/abc>, <mailto:leave@gazette.example?subject=leave%204.1>\n"
)
STAND_IN = Tokens("0123456789ab" * 2)("address")

HTML_FAULTS = [
    ("<!DOCTYPE html>", "<!doctype html>", "doctype", ERROR, "does not begin"),
    ("<!DOCTYPE html>", "\n<!DOCTYPE html>", "doctype", ERROR, "does not begin"),
    ("</h1>", "", "markup", ERROR, "<h1> of line 26 is not closed"),
    ("</h1>", "</h1></div>", "markup", ERROR, "</div> in line 26 closes nothing"),
    (' lang="en"', "", "language", ERROR, "no lang"),
    (' lang="en"', ' lang="de"', "language", WARNING, "lang=de, and the edition is in en"),
    (' dir="ltr"', "", "language", ERROR, "no dir"),
    ("<h1 ", "<h1>Twice</h1><h1 ", "headings", ERROR, "2 h1"),
    ("<p class", "<h2>More</h2><p class", "headings", ERROR, "h2 for 2 stories"),
    ("<table role=\"presentation\"><tr>", "<table><tr>", "tables", ERROR, "2 of 3 tables"),
    (' alt="Photo: Courier"', "", "pictures", ERROR, "no alt"),
    (' width="552"', ' width="100%"', "pictures", ERROR, "no width"),
    (' height="310"', "", "pictures", ERROR, "no height"),
    (LEAD_IMAGE, 'src="http://elsewhere.example/a.jpg"', "https", ERROR, "does not come over https"),
    (LEAD_IMAGE, 'src="data:image/png;base64,AAAA"', "data", ERROR, "<img> has a data: address"),
    ('style="color:#35332c', 'style="background:url(data:image/gif;base64,AA);color:#35332c', "data", ERROR, "style"),
    ("</h1>", "</h1><script>1</script>", "forbidden", ERROR, "<script>"),
    ("</h1>", "</h1><iframe></iframe>", "forbidden", ERROR, "<iframe>"),
    ("</h1>", "</h1><form></form>", "forbidden", ERROR, "<form>"),
    ("<title>", '<meta http-equiv="Refresh" content="1"><title>', "forbidden", ERROR, "meta refresh"),
    ("<h1 ", '<h1 onclick="go()" ', "handlers", ERROR, "<h1> has an onclick"),
    ("<title>", '<link rel="stylesheet" href="https://a.example/a.css"><title>', "outside", ERROR, "style sheet"),
    (BLOCK, "<style>\n@import url(https://a.example/a.css);", "outside", ERROR, "imports"),
    ("color:#35332c", "background:url(http://a.example/a.png);color:#35332c", "outside", ERROR, "not https"),
    ("Two ferries", STAND_IN, "template", ERROR, "1 places"),
    ("Two ferries", Tokens("0123456789ab" * 2).mark("lead/0"), "template", ERROR, "1 places"),
    ('class="great', 'class="{{ row.kind }} great', "template", ERROR, "a mark of a template"),
    ("https://courier.example/1", "ftp://courier.example/1", "links", ERROR, "no web address"),
    ("https://courier.example/1", "javascript:go()", "links", ERROR, "no web address"),
    ("https://courier.example/1", "https://[courier", "links", ERROR, "no web address"),
    ("<br>", '<a class="ink" href="#top">Up</a>', "anchors", WARNING, "links to #top"),
    ("<br>", '<a class="ink" href="">Up</a>', "anchors", WARNING, "links to nothing"),
    ("<br>", '<a class="ink">Up</a>', "anchors", WARNING, "a link to nowhere"),
    ("https://courier.example/2", "https://courier.example/1", "repeated link", WARNING, "link to one page"),
    ("color:#35332c;font-size:16px", "color:#aaa;font-size:16px", "contrast", ERROR, "light scheme"),
    ("color:#35332c;font-size:16px", "color:#888;font-size:16px", "contrast", WARNING, "light scheme"),
    (".ink{color:#f3f1ea!important}\n}", ".ink{color:#333!important}\n}", "contrast", ERROR, "dark scheme"),
    (".ink{color:#f3f1ea!important}\n}", ".ink{color:#f3f1ea}\n}", "contrast", ERROR, "dark scheme"),
    ("[data-ogsc] .ink{color:#f3f1ea!important}", "", "contrast", ERROR, "Outlook's dark scheme"),
    ("color:#35332c;font-size:16px", "color:tuna;font-size:16px", "colours", WARNING, "tuna"),
    ("font-size:14px", "font-size:12px", "text size", WARNING, "12 pixels small in light"),
    (".great{font-size:26px!important}", ".great{font-size:9px!important}", "text size", WARNING, "telephone"),
    ("</title>", "</title><style>p{margin:0}</style>", "style blocks", WARNING, "4 style blocks"),
    (BLOCK, "<style>/*" + "x" * 8000 + "*/", "style blocks", WARNING, "over 8,000"),
    (BLOCK, "<style>/*" + "x" * 16000 + "*/", "style blocks", ERROR, "Gmail drops it"),
    ("480px){", "480px){@media screen{p{margin:0}}", "style rules", ERROR, "inside"),
    (BLOCK, BLOCK + "\n.a:frob{color:#000}", "style rules", WARNING, "selects nothing"),
    (BLOCK, BLOCK + "\n}", "style rules", WARNING, "line 3"),
    ("Two ferries", "x" * 90_001, "size", WARNING, "over 90,000"),
    ("Two ferries", "x" * 102_001, "size", ERROR, "Gmail cuts it"),
    ("https://gazette.example/unsubscribe/abc", "https://gazette.example/", "unsubscribe", ERROR, "no link to leave"),
    ("1 Quay Street", "", "postal address", WARNING, "not in the html"),
    ("The ferry runs again after a week", "The ferry is back", "text headlines", ERROR, "is not in the text"),
]  # fmt: skip

TEXT_FAULTS = [
    ("runs again after\na week", "is back", "text headlines", ERROR, "is not in the text"),
    ("https://courier.example/1", "See https://courier.example/1", "text links", ERROR, "courier.example/1"),
    ("    https://post.example/9", "", "text links", ERROR, "post.example/9"),
    ("After a week", "<p>After a week", "text markup", ERROR, "<p>"),
    ("After a week", "After a week &amp; more", "text markup", ERROR, "&amp;"),
    ("It has", "x" * 79 + "\nIt has", "text lines", WARNING, "79 columns"),
    ("https://gazette.example/unsubscribe/abc", "", "unsubscribe", ERROR, "no line"),
    ("Port Sallow", "", "postal address", WARNING, "not in the text"),
]

HEAD_FAULTS = [
    ("Date: Thu, 12 Mar 2026 06:30:00 +0000\n", "", "headers", ERROR, "Date is there 0 times"),
    ("To: Ana", "To: Ben <ben@reader.example>\nTo: Ana", "headers", ERROR, "To is there 2 times"),
    ("<paper@gazette.example>", "<paper@gazette.example>, b@gazette.example", "sender", ERROR, "holds 2"),
    ("<paper@gazette.example>", "<paper>", "sender", ERROR, "From must hold one address"),
    ("The Harbour Gazette <paper@gazette.example>", "paper@gazette.example", "sender", WARNING, "no name"),
    ("Thu, 12 Mar 2026 06:30:00 +0000", "this morning", "date", ERROR, "no date"),
    ("<4.1.abc@gazette.example>", "4.1.abc", "message id", ERROR, "must be <name@domain>"),
    ("<4.1.abc@gazette.example>", "<4.1.abc@relay.example>", "message id", WARNING, "relay.example"),
    ("=?utf-8?q?The_ferry_runs_again_=C2=B7_A_library?=", " ", "subject", ERROR, "empty"),
    ("=?utf-8?q?The_ferry_runs_again_=C2=B7_A_library?=", "x" * 78, "subject", WARNING, "78 characters"),
    ("List-Id: <harbour-gazette.gazette.example>\n", "", "list headers", ERROR, "List-Id is there 0 times"),
    ("<harbour-gazette.gazette.example>", "harbour gazette", "list headers", WARNING, "List-Id says"),
    ("4:daily:edition:harbour-gazette", "1:2:3:4:ana", "list headers", WARNING, "Feedback-ID says"),
    (LEAVE,
     "", "unsubscribe", ERROR, "there is no List-Unsubscribe"),
    ("List-Unsubscribe-Post: List-Unsubscribe=One-Click\n", "", "unsubscribe", ERROR, "List-Unsubscribe-Post"),
    ("<https://gazette.example/unsubscribe/abc>, ", "", "unsubscribe", ERROR, "does not begin with https"),
    ("<https://gazette.example/unsubscribe/abc>", "=?utf-8?q?<https?=", "encoding", ERROR, "no program can read it"),
    ("=?utf-8?q?The", "=?utf-8?q?" + "x" * 60 + "The", "encoding", ERROR, "an encoded word"),
    ("List-Id: ", f"X-Long: {'x' * 1000}\nList-Id: ", "lines", ERROR, "1008 octets"),
    ("=?utf-8?q?The_ferry_runs_again_=C2=B7_A_library?=", "The ferry · a library", "lines", ERROR, "outside ASCII"),
]  # fmt: skip


def planted(mailed, part, old, new):
    return mail_findings(mailed(**{part: (old, new)}))


CASES = [
    *(("html", *fault) for fault in HTML_FAULTS),
    *(("text", *fault) for fault in TEXT_FAULTS),
    *(("head", *fault) for fault in HEAD_FAULTS),
]


def test_a_good_mail_has_no_fault(mailed):
    assert mail_findings(mailed()) == ()


@pytest.mark.parametrize(("part", "old", "new", "check", "level", "message"), CASES)
def test_a_planted_fault_is_found(mailed, part, old, new, check, level, message):
    found = planted(mailed, part, old, new)
    assert [one for one in found if (one.check, one.level) == (check, level) and message in one.message], found


def test_every_check_of_a_mail_can_fail(mailed):
    pages = [Page(mailed(**{part: (old, new)})) for part, old, new, *_ in CASES]
    pages += [Page(replace(mailed(), wire=b"a\nb")), Page(replace(mailed(), html=""))]
    silent = [check.__name__ for check in OF_MAIL if not any(True for page in pages for _ in check(page))]
    assert silent == []
    assert all(check.__doc__ for check in OF_MAIL)
    assert len(OF_MAIL) < COUNT


@pytest.mark.parametrize("html", ["", " ", "\x00", "<", "<!-- -->", "no page at all"])
def test_what_is_no_page_is_a_fault_and_no_crash(mailed, html):
    assert "doctype" in {one.check for one in mail_findings(mailed(html=((HTML_OF(mailed), html),)))}


def HTML_OF(mailed):  # noqa: N802
    return mailed().html


def test_the_story_of_a_fault_is_named_where_it_has_one(mailed):
    of_second = planted(mailed, "html", "https://courier.example/2", "ftp://courier.example/2")
    assert {one.story for one in of_second if one.check == "links"} == {"s2"}
    of_picture = planted(mailed, "html", ' alt="Photo: Courier"', "")
    assert [one.story for one in of_picture] == ["s1"]
    of_related = planted(mailed, "text", "    https://post.example/9", "")
    assert [one.story for one in of_related] == ["s1"]
    of_nobody = planted(mailed, "html", "font-size:14px", "font-size:12px")
    assert [one.story for one in of_nobody] == [""]


def test_what_stands_between_two_stories_is_of_the_upper_one(mailed):
    between = planted(mailed, "html", "</table>\n<table", '</table>\n<p style="font-size:9px">x</p>\n<table')
    assert {one.story for one in between if one.check == "text size"} == {"s1"}


def test_an_address_of_the_frame_that_the_text_lacks_is_a_warning(mailed):
    home = '<br><a class="ink" href="https://home.example/">Home</a>'
    (found,) = planted(mailed, "html", "<br>", home)
    assert (found.check, found.level, found.story) == ("text links", WARNING, "")


def test_text_that_looks_like_a_mark_or_markup_is_no_fault(mailed):
    shown = mailed()
    assert "{{ today }}" in shown.text
    assert "<b>" in shown.text
    assert mail_findings(shown) == ()


def test_a_headline_that_holds_a_stand_in_is_its_own(mailed, edition, bench_story):
    sent = mailed(
        html=("The ferry runs again after a week", STAND_IN), text=("The ferry runs again after\na week", STAND_IN)
    )
    assert {one.check for one in mail_findings(sent)} == {"template"}
    own = replace(edition, bench=(bench_story(1, STAND_IN), *edition.bench[1:]))
    assert mail_findings(replace(sent, edition=own)) == ()


def test_headlines_in_another_order_are_told(mailed):
    text = mailed().text
    first, second = text.index("The ferry"), text.index("A library")
    sent = replace(mailed(), text=text[:first] + text[second:] + "\n" + text[first:second])
    (found,) = (one for one in mail_findings(sent) if one.check == "text headlines")
    assert "at its place" in found.message
    assert found.story == "s2"


def test_in_an_outbox_what_only_readers_need_is_a_warning(mailed, letterhead):
    found = mail_findings(mailed(head=(LEAVE, ""), outward=False))
    assert {(one.check, one.level) for one in found} == {("unsubscribe", WARNING)}


def test_without_a_public_address_a_mailbox_is_way_enough(mailed, letterhead):
    alone = replace(letterhead, public_url="")
    mailbox = "mailto:leave@gazette.example?subject=leave%204.1"
    link = ("https://gazette.example/unsubscribe/abc", mailbox)
    head = (
        ("<https://gazette.example/unsubscribe/abc>, ", ""),
        ("List-Unsubscribe-Post: List-Unsubscribe=One-Click\n", ""),
    )
    assert mail_findings(mailed(html=link, text=link, head=head, letterhead=alone)) == ()
    url_only = (f", <{mailbox}>", "")
    assert [one.message for one in mail_findings(mailed(head=url_only, letterhead=alone))] == [
        "List-Unsubscribe names no mailbox",
    ]


def test_an_address_of_ones_own_without_tls_is_a_warning(mailed, letterhead):
    plain = ("https://gazette.example", "http://gazette.example")
    own = replace(letterhead, public_url="http://gazette.example")
    found = mail_findings(mailed(html=plain, text=plain, head=plain, letterhead=own))
    assert {one.level for one in found} == {WARNING}
    assert sorted(one.check for one in found) == ["https", "https", "unsubscribe"]


def test_nothing_set_for_the_post_is_a_warning(mailed, letterhead):
    (found,) = mail_findings(mailed(letterhead=replace(letterhead, postal_address="")))
    assert (found.check, found.level) == ("postal address", WARNING)
    assert "DIGEST_POSTAL_ADDRESS" in found.hint


def test_a_header_that_cannot_be_decoded_is_read_as_it_is(mailed):
    found = planted(mailed, "head", "=?utf-8?q?The_ferry_runs_again_=C2=B7_A_library?=", "=?nothing?q?=C2?=")
    assert found == ()


def test_a_reader_with_letters_of_their_own_in_the_address_is_no_fault(mailed):
    assert planted(mailed, "head", "<ana@reader.example>", "<änna@reader.example>") == ()


def test_lines_end_with_crlf(mailed):
    (found,) = mail_findings(mailed(wire=b"From: a\nTo: b"))
    assert "CRLF" in found.message


def test_many_broken_tags_are_counted(mailed):
    found = [one for one in planted(mailed, "html", "</body>", "</b>" * 12 + "</body>") if one.check == "markup"]
    assert len(found) == 6
    assert found[-1].message == "7 more tags have no partner"


def test_errors_come_first():
    soft, hard = warning("a", "soft"), error("b", "hard")
    assert errors_first([soft, hard, soft]) == (hard, soft, soft)
