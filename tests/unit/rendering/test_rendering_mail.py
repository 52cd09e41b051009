"""A reader's mail: what a mail program finds in it, whatever the news contained."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model.edition import BenchStory, Correction, Edition, Form, LineUp, Pick
from digest.model.message import Block, Letterhead, Mail, Reader, Rendering
from digest.rendering.assemble import assemble, preview, web_page
from digest.rendering.blocks import render, sizes
from digest.rendering.environment import Templates
from digest.rendering.mime import quoted
from digest.rendering.press import plain, press
from digest.rendering.text import columns

NOON = datetime(2026, 5, 16, 12, 0, tzinfo=UTC)


def opened(mail: Mail) -> EmailMessage:
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def header_lines(mail: Mail) -> list[str]:
    head = mail.content.partition(b"\r\n\r\n")[0].decode("ascii")
    return head.replace("\r\n ", "\n ").split("\r\n")


def test_the_mail_is_what_the_standard_library_takes_it_for(
    rendering: Rendering, edition: Edition, reader: Reader
) -> None:
    mail = assemble(rendering, edition, edition.lineup, reader)
    message = opened(mail)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert {part.get_content_charset() for part in message.iter_parts()} == {"utf-8"}
    assert {part["Content-Transfer-Encoding"] for part in message.iter_parts()} == {"quoted-printable"}
    assert not message.defects
    html, text = preview(mail).html, preview(mail).text
    assert html.startswith("<!DOCTYPE html>")
    assert html.endswith("</html>\n")
    for entry in edition.bench:
        assert entry.story.lead.url.replace("&", "&amp;") in html
        assert f"\n{entry.story.lead.url}\n" in text
    assert html.count("<h1") == 1
    assert html.count("<h2") == len(edition.bench)


def test_headers_are_exact(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    mail = assemble(rendering, edition, edition.lineup, reader)
    assert header_lines(mail) == [
        "From: The Westhaven Morning <morning@westhaven.example>",
        "Reply-To: Editors <editors@westhaven.example>",
        "Subject: Harbour bridge to close for nine months after cracks are found in\n two pylons",
        "To: Ada Fenwick <ada@example.org>",
        "Date: Thu, 14 May 2026 05:00:00 +0000",
        "Message-ID: <41.7f3a9c@westhaven.example>",
        (
            "List-Unsubscribe: <https://morning.westhaven.example/leave/Imx1Y2t5Ig.aBcD-_3f9>,\n "
            "<mailto:leave@westhaven.example?subject=unsubscribe%2041.7f3a9c@westhaven.example>"
        ),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "List-Id: <the-westhaven.westhaven.example>",
        "Feedback-ID: 41:daily:edition:the-westhaven",
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative;\n boundary="=_{rendering.fingerprint[:40]}"',
    ]
    assert mail.envelope_from == "bounces@westhaven.example"
    assert mail.envelope_to == "ada@example.org"


def test_every_line_keeps_its_limit(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    mail = assemble(rendering, edition, edition.lineup, reader)
    head, _, body = mail.content.partition(b"\r\n\r\n")
    assert max(len(line) for line in head.split(b"\r\n")) <= 998
    assert max(len(line) for line in body.split(b"\r\n")) <= 76
    assert b"\n" not in mail.content.replace(b"\r\n", b"")
    assert b"\r" not in mail.content.replace(b"\r\n", b"")
    assert mail.content.isascii()


def test_the_same_arguments_make_the_same_bytes(
    rendering: Rendering, edition: Edition, letterhead: Letterhead, templates: Templates, reader: Reader
) -> None:
    again = render(edition, letterhead, templates)
    assert assemble(again, edition, edition.lineup, reader) == assemble(rendering, edition, edition.lineup, reader)


def test_a_long_unsubscribe_link_is_folded_only_after_the_comma(
    rendering: Rendering, edition: Edition, reader: Reader
) -> None:
    link = "https://morning.westhaven.example/leave/" + "Ab0-_" * 80
    mail = assemble(rendering, edition, edition.lineup, replace(reader, unsubscribe_url=link))
    line = next(line for line in header_lines(mail) if line.startswith("List-Unsubscribe:"))
    assert line.split(",\n ")[0] == f"List-Unsubscribe: <{link}>"
    assert link in preview(mail).html


def test_without_an_https_link_there_is_no_one_click_header(
    rendering: Rendering, edition: Edition, reader: Reader
) -> None:
    mail = assemble(rendering, edition, edition.lineup, replace(reader, unsubscribe_url=""))
    names = {line.partition(":")[0] for line in header_lines(mail)}
    assert "List-Unsubscribe" in names
    assert "List-Unsubscribe-Post" not in names
    assert "mailto:leave@westhaven.example?subject=unsubscribe" in preview(mail).html


def test_a_test_mail_says_so_and_its_links_do_nothing(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    mail = assemble(rendering, edition, edition.lineup, replace(reader, marker="Test"))
    shown = preview(mail)
    assert opened(mail)["Subject"].startswith("[Test] Harbour bridge")
    assert "List-Unsubscribe" not in dict(shown.headers)
    assert "[Test]</b> This is a test." in shown.html
    assert shown.text.startswith("[Test] This is a test.")
    assert reader.unsubscribe_url not in shown.html + shown.text
    assert reader.edition_url not in shown.html + shown.text
    assert re.search('href="#"[^>]*>Unsubscribe', shown.html)


@pytest.mark.parametrize(
    ("zone", "shown"), [("UTC", "01:30"), ("Europe/Berlin", "03:30"), ("America/New_York", "Wed 21:30")]
)
def test_times_are_the_readers_own(
    zone: str, shown: str, rendering: Rendering, edition: Edition, reader: Reader
) -> None:
    mail = preview(assemble(rendering, edition, edition.lineup, replace(reader, timezone=zone)))
    if zone == "America/New_York":
        shown = "21:30"  # the edition was cut just after midnight there, so this was yesterday evening
        assert "Wed 21:30, 3 hours ago" in mail.text
    assert f"{shown}, 3 hours ago" in mail.text
    assert f"{shown},\u00a03\u00a0hours\u00a0ago" in mail.html
    assert zone in mail.text


def test_an_unknown_time_zone_is_utc_and_says_so(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    mail = preview(assemble(rendering, edition, edition.lineup, replace(reader, timezone="Mars/Olympus")))
    assert "Times are those of UTC" in mail.text


def test_counts_are_those_of_the_readers_line_up(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    one = LineUp(picks=(Pick(index=5, form=Form.COMPACT),))
    assert "\n1 story · 1 source · 1 minute to read\n" in preview(assemble(rendering, edition, one, reader)).text
    all_of_it = preview(assemble(rendering, edition, edition.lineup, reader)).text
    assert "\n12 stories · 15 sources · 8 minutes to read\n" in all_of_it


def test_the_text_part_tells_the_same_stories_in_the_same_order(
    rendering: Rendering, edition: Edition, reader: Reader
) -> None:
    mail = preview(assemble(rendering, edition, edition.lineup, reader))
    flat = " ".join(mail.text.split())
    places = [flat.index(entry.story.lead.title) for entry in edition.bench]
    assert places == sorted(places)
    assert all(columns(line) <= 74 for line in mail.text.split("\n") if "://" not in line)
    assert all(" " not in line.strip() for line in mail.text.split("\n") if "://" in line)
    for item in edition.bench[0].related:
        assert f"\n    {item.url}\n" in mail.text
    assert f"\n{reader.unsubscribe_url}\n" in mail.text
    assert "<" not in mail.text


def test_the_web_page_has_nothing_of_a_reader(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    page = web_page(rendering, edition, edition.lineup, timezone="Europe/Berlin")
    assert page.startswith("<!DOCTYPE html>")
    assert "Unsubscribe" not in page
    assert "You receive" not in page
    assert "03:30" in page
    mail = preview(assemble(rendering, edition, edition.lineup, reader)).html
    assert set(page.splitlines()) <= set(mail.splitlines())


def test_the_subject_names_the_readers_own_top_stories(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    picks = (Pick(index=8, form=Form.LEAD), Pick(index=5, form=Form.LEAD))
    mail = opened(assemble(rendering, edition, LineUp(picks=picks), reader))
    assert mail["Subject"] == "Ferry strike called off an hour before midnight · Goalkeeper, 41, signs for…"
    assert len(mail["Subject"]) < 78


@pytest.mark.parametrize(("language", "said"), [("en", "Nothing new today."), ("de", "Heute gibt es nichts Neues.")])
def test_a_day_without_stories_is_still_a_sound_mail_that_says_so(
    language: str, said: str, editions: Callable[..., Edition], mailed: Callable[..., Mail]
) -> None:
    mail = mailed(editions(language=language))
    shown = preview(mail)
    assert opened(mail)["Subject"].startswith("The Westhaven Morning")
    assert f"\n\n{said}\n\n" in shown.text
    assert f">{said}</td>" in shown.html
    assert f">{said}&#847;" in shown.html.replace("\u034f", "&#847;")
    assert shown.html.count("<h1") == 1
    assert "<h2" not in shown.html
    assert ("0 Meldungen\n" if language == "de" else "0 stories\n") in shown.text
    assert "http" in shown.text.partition(said)[2]


def test_the_way_to_ones_wishes_stands_beside_the_way_out(
    rendering: Rendering, edition: Edition, reader: Reader
) -> None:
    link = "https://morning.westhaven.example/preferences/Imx1Y2t5Ig"
    shown = preview(assemble(rendering, edition, edition.lineup, replace(reader, preferences_url=link)))
    assert f"\nChange what you receive:\n{link}\n\nUnsubscribe with one click:\n" in shown.text
    assert f'href="{link}"' in shown.html
    tested = preview(assemble(rendering, edition, edition.lineup, replace(reader, preferences_url=link, marker="Test")))
    assert link not in tested.html + tested.text
    assert re.search('href="#"[^>]*>Change what you receive', tested.html)
    assert "Change what you receive" not in tested.text
    assert "Change what" not in preview(assemble(rendering, edition, edition.lineup, reader)).html


def test_corrections_made_later_stand_on_top_of_the_web_page(rendering: Rendering, edition: Edition) -> None:
    later = edition.cut_at + timedelta(days=2)
    made = [Correction(edition=41, at=later, text=f"The {n}th pylon\nis <b>sound</b>.") for n in (1, 2)]
    page = web_page(rendering, edition, edition.lineup, corrections=made)
    assert page.count("Correction, 16 May 2026") == 2
    assert page.index("</h1>") < page.index("The 1th pylon is &lt;b&gt;sound") < page.index("The 2th pylon")
    assert page.index("The 2th pylon") < page.index("In this paper")
    assert "Correction" not in web_page(rendering, edition, edition.lineup)


def as_before(rendering: Rendering) -> Rendering:
    """The blocks as they were cut before related items, rules and contents had blocks of their own."""
    old = ("head", "marker", "browser", "masthead", "top", "more", "footer", "reason", "unsubscribe", "footer_browser")

    def cut(blocks: Mapping[str, Block]) -> dict[str, Block]:
        kept = {}
        for name, block in blocks.items():
            kind, _, index = name.partition("/")
            beside = blocks.get(f"related/{index}")
            if kind in {"lead", "compact", "update"} and beside:
                values = (*block.values, *beside.values)
                joint = block.pieces[-1] + beside.pieces[0]
                pieces = (*block.pieces[:-1], joint, *beside.pieces[1:])
                kept[name] = replace(block, pieces=pieces, values=values, length=block.length + beside.length)
            elif kind in {"lead", "compact", "update", "section", "word", *old, "end"} and name != "word/quiet":
                kept[name] = block
        return kept

    return replace(rendering, fingerprint="f" * 64, html=cut(rendering.html), text=cut(rendering.text))


def test_an_edition_frozen_before_there_were_such_blocks_makes_the_mails_it_made(
    rendering: Rendering, edition: Edition, reader: Reader
) -> None:
    before = as_before(rendering)
    names = [
        "head", "browser", "masthead",
        "top", "section/Region", "lead/0", "section/World", "lead/1", "section/Science", "lead/2",
        "more", "section/Business", "compact/3", "section/Region", "update/8", "compact/4",
        "footer", "reason", "unsubscribe", "footer_browser", "end",
    ]  # fmt: skip
    leads = (Pick(index=n, form=Form.LEAD) for n in range(3))
    picks = (
        *leads,
        Pick(index=3, form=Form.COMPACT),
        Pick(index=8, form=Form.UPDATE),
        Pick(index=4, form=Form.COMPACT),
    )
    shop = press(before, edition)
    lineup = LineUp(picks=picks)
    values = {
        "preheader": shop.top(lineup, "")[1], "counts": shop.counts(lineup), "zone": "Europe/Berlin",
        "address": reader.address, "unsubscribe_url": reader.unsubscribe_url, "edition_url": reader.edition_url,
    }  # fmt: skip
    encoded = {name: quoted(value) for name, value in values.items()}
    offset = timedelta(hours=2)
    kept = {"html": before.html, "text": before.text}
    want = {
        part: plain(shop.fill(part, [name for name in names if name in kept[part]], encoded, offset)) for part in kept
    }
    shown = preview(assemble(before, edition, lineup, replace(reader, preferences_url="https://x.example/p")))
    assert (shown.html, shown.text) == (want["html"], want["text"])
    assert shown.html.count("What the inspectors saw") == 4
    assert "Correction" not in web_page(
        before, edition, lineup, corrections=(Correction(edition=41, at=NOON, text="x"),)
    )
    frame, lengths = sizes(before)
    assert lengths[0][3] == 0
    assert frame > 0


HOSTILE = (
    "Nice title\r\nBcc: everybody@example.org",
    "{{ 7 * 7 }} {% raw %} {# not a comment #}",
    '<script>alert("1")</script><img src=x onerror=alert(1)>',
    "dg0123456789abcdef01234567v00001 <!--dg0123456789abcdef01234567m00001-->",
    "\u202egnitirw desrever\u202c",
    "جسر الميناء يغلق تسعة أشهر",
    "🚢🌊👩‍👩‍👧‍👦" * 30,
    "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 12,
    "=?utf-8?q?hidden?=",
    "\x00\x1b[31m\x9b\ufffe\ud800 red",
    "]]> --> </style></title></td></table>",
    "",
    "   ",
)
ANYTHING = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=300))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(titles=st.lists(ANYTHING, min_size=1, max_size=4), summary=ANYTHING, name=ANYTHING)
def test_hostile_text_stays_text(
    titles: list[str], summary: str, name: str,
    editions: Callable[..., Edition], stories: Callable[..., BenchStory], mailed: Callable[..., Mail],
) -> None:  # fmt: skip
    bench = []
    for number, title in enumerate(titles):
        entry = stories(number, title=title, source=name, related=1)
        story = replace(entry.story, summary=summary)
        bench.append(replace(entry, story=story, section=name))
    day = editions(*bench)
    mail = mailed(day, name=name)
    message, shown = opened(mail), preview(mail)

    assert set(message.keys()) == {
        "From", "Reply-To", "Subject", "To", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
        "List-Id", "Feedback-ID", "Precedence", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert len(message["Subject"]) < 78
    head, _, body = mail.content.partition(b"\r\n\r\n")
    assert all(len(line) <= 78 or line.startswith((b"List-", b" <mailto:")) for line in head.split(b"\r\n"))
    assert max(len(line) for line in body.split(b"\r\n")) <= 76
    assert shown.html.count("<h2") == len(titles)
    assert not re.search(r"<(script|img)", shown.html)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", shown.html + shown.text)
    assert shown.html.endswith("</html>\n")
    assert "[cut/" not in shown.html


def test_a_date_is_the_one_of_composition(rendering: Rendering, edition: Edition, reader: Reader) -> None:
    later = replace(reader, composed_at=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert "Date: Sat, 02 Jan 2027 03:04:05 +0000" in header_lines(assemble(rendering, edition, edition.lineup, later))
