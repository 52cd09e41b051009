"""A good mail of two stories, written by hand, so that every fault in it is one that a test has planted."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from digest.checks.page import Sent
from digest.checks.paper import Paper
from digest.model.edition import BenchStory, Edition, Form, LineUp, Pick
from digest.model.feed import Item
from digest.model.message import Letterhead
from digest.model.story import Score, Story

NOW = datetime(2026, 3, 12, 6, 30, tzinfo=UTC)

HTML = """<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<title>The Harbour Gazette</title>
<!--[if mso]><style>table{border-collapse:collapse}</style><![endif]-->
<style>
:root{color-scheme:light dark}
.link:hover{text-decoration:underline!important}
@media (max-width:480px){.great{font-size:26px!important}}
</style>
<style>
@media (prefers-color-scheme:dark){
.paper{background-color:#18181a!important}
.ink{color:#f3f1ea!important}
}
</style>
<style>
[data-ogsb] .paper{background-color:#18181a!important}
[data-ogsc] .ink{color:#f3f1ea!important}
</style>
</head>
<body class="paper" bgcolor="#fffefb">
<div style="display:none;font-size:1px">Two ferries &#847; &zwnj;</div>
<table role="presentation" class="paper" width="100%" style="background-color:#fffefb"><tr><td>
<h1 class="ink" style="color:#16150f">The Harbour Gazette</h1>
<table role="presentation"><tr><td>
<img class="ink" style="color:#16150f" src="https://gazette.example/images/a.jpg"
 width="552" height="310" alt="Photo: Courier">
<h2 class="great ink" style="color:#16150f;font-size:30px"><a class="link ink"
 style="color:#16150f" href="https://courier.example/1">The ferry runs again after a week</a></h2>
<p class="ink" style="color:#35332c;font-size:16px">After a week of storms the ferry runs.</p>
<p class="ink" style="font-size:16px"><a class="ink"
 style="color:#16150f" href="https://post.example/9">What the crew says</a></p>
</td></tr></table>
<table role="presentation"><tr><td>
<h2 class="ink" style="color:#16150f;font-size:20px"><a class="link ink"
 style="color:#16150f" href="https://courier.example/2">A library
 opens &lt;b&gt;on Quay Street&lt;/b&gt; {{ today }}</a></h2>
<p class="ink" style="color:#35332c;font-size:16px">It has room for 40,000 books.</p>
</td></tr></table>
<p class="ink" style="color:#35332c;font-size:14px"><a class="ink"
 style="color:#16150f" href="https://gazette.example/unsubscribe/abc">Unsubscribe</a>
<br>The Harbour Gazette, 1 Quay Street, Port Sallow</p>
</td></tr></table>
</body>
</html>
"""

TEXT = """THE HARBOUR GAZETTE

The ferry runs again after
a week
After a week of storms the ferry runs.
https://courier.example/1

    What the crew says
    https://post.example/9

A library opens <b>on Quay Street</b> {{ today }}
It has room for 40,000 books.
https://courier.example/2

Unsubscribe:
https://gazette.example/unsubscribe/abc

The Harbour Gazette, 1 Quay Street,
Port Sallow
"""

HEAD = """From: The Harbour Gazette <paper@gazette.example>
Subject: =?utf-8?q?The_ferry_runs_again_=C2=B7_A_library?=
To: Ana <ana@reader.example>
Date: Thu, 12 Mar 2026 06:30:00 +0000
Message-ID: <4.1.abc@gazette.example>
List-Unsubscribe: <https://gazette.example/unsubscribe/abc>, <mailto:leave@gazette.example?subject=leave%204.1>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
List-Id: <harbour-gazette.gazette.example>
Feedback-ID: 4:daily:edition:harbour-gazette
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_b"
"""


def told(number: int, title: str, **more: object) -> BenchStory:
    """A story with everything that is shown of it."""
    item = Item(id=f"s{number}", title=title, url=f"https://courier.example/{number}", published=NOW, seen=NOW)
    summary = str(more.pop("summary", "After a week of storms the ferry runs."))
    story = Story(id=item.id, items=(replace(item, **more),), texts=((item.id,),), summary=summary)  # type: ignore[arg-type]
    beside = (replace(item, id=f"r{number}", url="https://post.example/9"),) if number == 1 else ()
    return BenchStory(story=story, score=Score(total=1.0, terms=(), why=""), related=beside)


@pytest.fixture
def edition():
    bench = (
        told(1, "The ferry runs again after a week"),
        told(2, "A library opens <b>on Quay Street</b> {{ today }}"),
        told(3, "Herring are late this year, the fishers say"),
    )
    picks = (Pick(index=0, form=Form.LEAD), Pick(index=1, form=Form.COMPACT))
    return Edition(
        number=4, date=date(2026, 3, 12), cut_at=NOW, title="The Harbour Gazette", bench=bench,
        lineup=LineUp(picks=picks), worn=("Snow closes the northern road",),
    )  # fmt: skip


@pytest.fixture
def bench_story():
    """The maker of stories."""
    return told


@pytest.fixture
def paper(edition):
    return Paper(edition=edition, lineup=edition.lineup)


@pytest.fixture
def letterhead():
    return Letterhead(
        title="The Harbour Gazette",
        sender="The Harbour Gazette <paper@gazette.example>",
        unsubscribe_address="leave@gazette.example",
        postal_address="1 Quay Street\nPort Sallow",
        public_url="https://gazette.example",
    )


@pytest.fixture
def mailed(edition, letterhead):
    """Makes the good mail, with other text in place of some of it in each part."""

    def make(*, html=(), text=(), head=(), **changes):
        parts = {"html": HTML, "text": TEXT, "head": HEAD}
        for name, planted in (("html", html), ("text", text), ("head", head)):
            for old, new in [planted] if planted and isinstance(planted[0], str) else planted:
                assert old in parts[name], f"{old!r} is not in the {name}"
                parts[name] = parts[name].replace(old, new)
        headers = tuple(tuple(line.split(": ", 1)) for line in parts["head"].splitlines())
        wire = "\r\n".join((*parts["head"].splitlines(), "", "the parts", "")).encode()
        sent = Sent(
            html=parts["html"],
            text=parts["text"],
            headers=headers,
            html_octets=len(parts["html"].encode()),
            wire=wire,
            edition=edition,
            lineup=edition.lineup,
            letterhead=letterhead,
        )
        return replace(sent, **changes)

    return make
