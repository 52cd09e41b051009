"""Letters: one mail for one person, of two equal parts, with the headers of its kind and nobody's markup."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.model.message import Letterhead, Mail, Reader
from digest.rendering.assemble import preview
from digest.rendering.environment import Templates
from digest.rendering.letters import Kind, letter
from digest.rendering.text import columns
from digest.samples import letter_samples

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "letters"
LANGUAGES = ("en", "de", "ar", "ja")
KINDS = [kind.value for kind in Kind]
HOSTILE = "</p><script>alert(1)</script>{{ 7*7 }}{% raw %}\r\nBcc: all@halmere.example\u202e"

VALUES: dict[Kind, dict[str, object]] = {
    Kind.CONFIRM: {"confirm_url": "https://morning.westhaven.example/confirm/abc", "hours": 48},
    Kind.WELCOME: {"send_at": 450, "days": 0b1111111, "edition_url": ""},
    Kind.SUSPENDED: {"evidence": "550 no such user", "return_url": "", "contact": "editors@westhaven.example"},
    Kind.ALERT: {"headline": "Edition 41 is held back", "lines": ("The disk is full.",), "command": ""},
}


@pytest.fixture
def written(letterhead: Letterhead, templates: Templates, reader: Reader) -> Callable[..., Mail]:
    """A letter with the plainest values of its kind, some of which may be others."""

    def write(kind: Kind, *, to: Reader = reader, paper: Letterhead = letterhead, **values: object) -> Mail:
        return letter(kind, paper, templates, to, **{**VALUES[kind], **values})

    return write


def spoken(html: str) -> list[str]:
    """What the paragraphs, headings and buttons of a page say."""
    shown = re.sub(r"<!--.*?-->", "", html.partition("<body")[2], flags=re.DOTALL)
    said = re.findall(r"<(h1|h2|p|a)\b[^>]*>(.*?)</\1>", shown, re.DOTALL)
    texts = (unescape(re.sub(r"<br>|<[^>]+>", " ", text)) for _, text in said)
    return [" ".join(text.split()) for text in texts]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_is_written_as_it_always_was(
    kind: str, language: str, letterhead: Letterhead, templates: Templates
) -> None:
    shown = preview(letter_samples(replace(letterhead, language=language), templates)[kind])
    for ending, text in (("html", shown.html), ("txt", shown.text)):
        path = GOLDEN / f"{kind}-{language}.{ending}"
        if os.environ.get("DIGEST_GOLDEN") == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        assert text == path.read_text("utf-8"), f"{path} differs; look at it, then write it with DIGEST_GOLDEN=write"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_text_says_what_the_page_says(
    kind: str, language: str, letterhead: Letterhead, templates: Templates
) -> None:
    shown = preview(letter_samples(replace(letterhead, language=language), templates)[kind])
    text = re.sub(r"\s+", "", shown.text).lower()
    only_html = ("If the button", "Wenn der Knopf", "إن لم يعمل", "ボタンが")
    said = [part for part in spoken(shown.html) if not part.startswith(only_html)]
    assert [part for part in said if re.sub(r"\s+", "", part).lower() not in text] == []
    assert {
        link for link in re.findall(r'href="([^"]+)"', shown.html) if f"\n{unescape(link)}\n" not in shown.text
    } == set()
    assert max(columns(line) for line in shown.text.split("\n") if not line.startswith("https:")) <= 76


def test_the_headers_of_a_confirmation_are_exact(written: Callable[..., Mail]) -> None:
    mail = written(Kind.CONFIRM)
    headers = dict(preview(mail).headers)
    boundary = headers.pop("Content-Type")
    assert headers == {
        "From": "The Westhaven Morning <morning@westhaven.example>",
        "Reply-To": "Editors <editors@westhaven.example>",
        "Subject": "Please confirm: The Westhaven Morning",
        "To": "ada@example.org",
        "Date": "Thu, 14 May 2026 05:00:00 +0000",
        "Message-ID": "<41.7f3a9c@westhaven.example>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }
    assert boundary.startswith("multipart/alternative; boundary=")
    assert mail.envelope_from == "bounces@westhaven.example"
    assert mail.envelope_to == "ada@example.org"


@pytest.mark.parametrize("kind", list(Kind))
def test_a_letter_is_what_the_standard_library_takes_it_for(kind: Kind, written: Callable[..., Mail]) -> None:
    content = written(kind).content
    message = message_from_bytes(content, policy=policy.default)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert "Precedence" not in message
    assert ("List-Unsubscribe" in message) is (kind is Kind.WELCOME)
    assert content == written(kind).content


def test_a_confirmation_names_nobody_who_may_not_have_asked(written: Callable[..., Mail], reader: Reader) -> None:
    stranger = replace(reader, name="Win a ferry at https://evil.example")
    assert b"evil" not in written(Kind.CONFIRM, to=stranger).content
    assert "Welcome, Win a ferry" in preview(written(Kind.WELCOME, to=stranger)).text


def test_the_button_is_a_padded_link_and_a_shape_for_word(written: Callable[..., Mail]) -> None:
    html = preview(written(Kind.CONFIRM)).html
    link = "https://morning.westhaven.example/confirm/abc"
    assert f'<!--[if mso]><v:roundrect href="{link}"' in html
    assert re.search(rf'<a class="go" href="{link}" style="[^"]*padding:11px 28px', html)
    assert html.count(link) == 4


def test_a_welcome_says_when_the_paper_comes_and_how_to_change_or_leave(
    written: Callable[..., Mail], reader: Reader
) -> None:
    change = replace(reader, preferences_url="https://morning.westhaven.example/wishes/abc")
    text = preview(written(Kind.WELCOME, to=change, days=0b1000101, edition_url="https://a.example/41")).text
    assert "You get it at 07:30 (Europe/Berlin), Monday, Wednesday, and Sunday." in " ".join(text.split())
    assert "\nhttps://morning.westhaven.example/wishes/abc\n" in text
    assert "\nhttps://a.example/41\n" in text
    assert f"\n{reader.unsubscribe_url}\n" in text
    plain = preview(written(Kind.WELCOME, to=replace(reader, name="")))
    assert ">Welcome</h2>" in plain.html
    assert "every day." in plain.text
    assert "Read the newest edition" not in plain.text + plain.html
    assert "Change what you receive" not in plain.text + plain.html


def test_a_suspension_says_how_to_come_back(written: Callable[..., Mail]) -> None:
    assert "write to editors@westhaven.example." in preview(written(Kind.SUSPENDED)).text
    back = preview(written(Kind.SUSPENDED, return_url="https://a.example/subscribe"))
    assert "Send it to me again:\nhttps://a.example/subscribe\n" in back.text
    assert "write to" not in back.text


def test_an_alert_without_a_command_asks_for_none(written: Callable[..., Mail]) -> None:
    assert "Type this" not in preview(written(Kind.ALERT)).text
    assert "\n    digest check\n" in preview(written(Kind.ALERT, command="digest check")).text
    assert dict(preview(written(Kind.ALERT)).headers)["Subject"] == "The Westhaven Morning: Edition 41 is held back"


@pytest.mark.parametrize("kind", list(Kind))
def test_whatever_is_typed_is_text(
    kind: Kind, written: Callable[..., Mail], letterhead: Letterhead, reader: Reader
) -> None:
    values = {
        key: HOSTILE for key, value in VALUES[kind].items() if isinstance(value, str) and not key.endswith("_url")
    }
    person = replace(reader, name=HOSTILE, address='"<script>"@example.org')
    paper = replace(letterhead, title=HOSTILE, postal_address=HOSTILE, reply_to="")
    mail = written(kind, to=person, paper=paper, **values, **({"lines": (HOSTILE,)} if kind is Kind.ALERT else {}))
    shown = preview(mail)
    assert "<script>" not in shown.html
    assert "&lt;script&gt;" in shown.html
    assert "{{ 7*7 }}" in shown.html
    assert "\u202e" not in shown.html + shown.text
    assert [name for name, _ in shown.headers].count("Bcc") == 0
    assert not message_from_bytes(mail.content, policy=policy.default).defects


def test_a_value_that_is_missing_is_named(letterhead: Letterhead, templates: Templates, reader: Reader) -> None:
    with pytest.raises(TemplateError, match="'confirm_url' is undefined"):
        letter(Kind.CONFIRM, letterhead, templates, reader, hours=48)


def test_without_an_address_for_bounces_they_go_to_the_sender(
    written: Callable[..., Mail], letterhead: Letterhead
) -> None:
    bare = replace(letterhead, bounce_address="", public_url="", unsubscribe_address="", postal_address="")
    assert written(Kind.ALERT, paper=bare).envelope_from == "morning@westhaven.example"


@pytest.mark.parametrize(
    ("language", "days", "words"),
    [
        ("en", 0b1111111, "every day"),
        ("en", 0b0011111, "Monday to Friday"),
        ("en", 0b1100000, "Saturday and Sunday"),
        ("de", 0b0000100, "Mittwoch"),
        ("de", 0b0010101, "Montag, Mittwoch und Freitag"),
        ("ja", 0b0000111, "月曜日から水曜日まで"),
    ],
)
def test_days_are_said_as_people_do(language: str, days: int, words: str, templates: Templates) -> None:
    assert templates.words(language).days(days) == words
