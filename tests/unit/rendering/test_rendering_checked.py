"""The shipped templates pass every check of a mail, whatever the day brings."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from digest import samples
from digest.checks.every import mail_findings
from digest.checks.page import Sent
from digest.model.edition import BenchStory, Edition, Form, Image, LineUp, Pick
from digest.model.finding import Finding
from digest.model.message import Letterhead, Mail
from digest.rendering.assemble import preview
from digest.rendering.text import columns

HOSTILE = (
    "<script>alert(1)</script> & {{ 7 * 7 }} {% if %} <b unclosed \"quotes\"",
    "&amp; &#60;img src=x onerror=alert(1)&#62; </td></tr></table>",
    "A \u202eoverridden\u202c line\r\nBcc: everybody@example.org",
    "🚢🌊👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 " * 6,
    "東京の港湾橋、ひび割れ発見で九か月間の通行止めへ。技術者が火曜夜の点検で発見した",
    "dg0123456789abcdef01234567v00042",
)  # fmt: skip


@pytest.fixture(scope="session")
def findings(letterhead: Letterhead, mailed: Callable[..., Mail]) -> Callable[..., tuple[Finding, ...]]:
    """What the checks find in an edition's mail to the reader."""

    def found(edition: Edition) -> tuple[Finding, ...]:
        mail = mailed(edition)
        parts = preview(mail)
        sent = Sent(
            html=parts.html,
            text=parts.text,
            headers=parts.headers,
            html_octets=parts.html_octets,
            wire=mail.content,
            edition=edition,
            lineup=edition.lineup,
            letterhead=letterhead,
            columns=columns,
        )
        return mail_findings(sent)

    return found


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_ordinary_day_is_without_fault(
    edition: Edition, findings: Callable[..., tuple[Finding, ...]], language: str
) -> None:
    assert findings(replace(edition, language=language)) == ()


def test_a_day_without_news_is(editions: Callable[..., Edition], findings: Callable[..., tuple[Finding, ...]]) -> None:
    assert findings(editions(quiet="a quiet day")) == ()


def test_hostile_texts_are_nobodys_fault(
    editions: Callable[..., Edition], stories: Callable[..., BenchStory], findings: Callable[..., tuple[Finding, ...]]
) -> None:
    picture = Image(fingerprint="0e" * 16, width=300, height=900)
    day = editions(*(stories(n, title=title, image=picture, related=n % 4) for n, title in enumerate(HOSTILE)))
    assert findings(day) == ()


@pytest.mark.parametrize("name", samples.names())
def test_a_day_that_seldom_comes_is(findings: Callable[..., tuple[Finding, ...]], name: str) -> None:
    assert findings(samples.sample(name)) == ()


@pytest.mark.shared
def test_known_attacks_keep_no_paper_back(
    shared_data: Path,
    editions: Callable[..., Edition],
    stories: Callable[..., BenchStory],
    findings: Callable[..., tuple[Finding, ...]],
) -> None:
    kept = json.loads((shared_data / "hostile" / "xss_more.json").read_text("utf-8"))["items"]
    attacks = [str(item["value"] if isinstance(item, dict) else item) for item in kept]
    for start in range(0, len(attacks), 20):
        bench = []
        for number, attack in enumerate(attacks[start : start + 20]):
            entry = stories(number, title=attack, source=attack, url=attack, related=1)
            related = (replace(entry.related[0], title=attack, url=attack, language=attack),)
            story = replace(entry.story, id=f"s{number}", summary=attack, language=attack)
            bench.append(replace(entry, story=story, score=replace(entry.score, why=attack), related=related))
        picks = tuple(Pick(index=index, form=Form.COMPACT) for index in range(len(bench)))
        assert findings(editions(*bench, lineup=LineUp(picks=picks))) == ()
