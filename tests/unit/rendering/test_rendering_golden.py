"""Golden files: the mail of some fixed days, letter for letter. DIGEST_GOLDEN=write writes them anew."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from digest.model.edition import BenchStory, Correction, Edition, Form, Hand, Image, LineUp, Pick
from digest.model.message import Letterhead, Mail, Reader
from digest.model.story import KeyPoint
from digest.rendering.assemble import assemble, preview
from digest.rendering.blocks import render
from digest.rendering.environment import Templates

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "mail"

HOSTILE = (
    "<script>alert(1)</script> & {{ 7 * 7 }} \"quotes\" 'and' more",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3,
    "جسر الميناء يغلق تسعة أشهر بعد اكتشاف تشققات",
    "東京の港湾橋、ひび割れ発見で九か月間の通行止めへ。技術者が火曜夜の点検で発見した",
    "🚢🌊👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 " * 6,
    "A \u202eoverridden\u202c line\r\nBcc: everybody@example.org",
)

ARABIC = "هبط العمود الشمالي 4 سنتيمترات منذ الربيع."


def check(name: str, mail: Mail) -> None:
    shown = preview(mail)
    for kind, text in (("html", shown.html), ("txt", shown.text)):
        path = GOLDEN / f"{name}.{kind}"
        if os.environ.get("DIGEST_GOLDEN") == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        assert text == path.read_text("utf-8"), f"{path} differs; look at it, then write it with DIGEST_GOLDEN=write"


def test_an_ordinary_day(edition: Edition, mailed: Callable[..., Mail]) -> None:
    check("ordinary", mailed(edition))


def test_an_ordinary_day_in_german(edition: Edition, mailed: Callable[..., Mail]) -> None:
    check("german", mailed(replace(edition, language="de")))


def test_one_story_and_nothing_set(
    editions: Callable[..., Edition], stories: Callable[..., BenchStory], templates: Templates, reader: Reader
) -> None:
    day = editions(stories(0))
    bare = replace(reader, unsubscribe_url="", edition_url="", name="")
    check("one-story", assemble(render(day, Letterhead(), templates), day, day.lineup, bare))


def test_a_day_without_news(editions: Callable[..., Edition], mailed: Callable[..., Mail]) -> None:
    check("quiet", mailed(editions()))


def test_a_day_with_everything_the_frame_can_hold(
    editions: Callable[..., Edition], stories: Callable[..., BenchStory], letterhead: Letterhead,
    templates: Templates, reader: Reader,
) -> None:  # fmt: skip
    said = Correction(
        edition=40, at=reader.composed_at - timedelta(days=1), text="The bridge has two pylons, not three."
    )
    hand = Hand(note="Good morning.\n\nTomorrow there is no paper: we are moving house.")
    bench = [stories(n, related=n % 3) for n in range(8)]
    picks = (Pick(index=n, form=Form.LEAD if n < 2 else Form.COMPACT, bare=n > 4) for n in (0, 4, 2, 7, 5))
    day = editions(*bench, hand=hand, corrections=(said,), lineup=LineUp(picks=tuple(picks)))
    logo = Image(fingerprint="1090" * 8, width=1200, height=200)
    grand = replace(letterhead, logo=logo, footer="Made by volunteers since 1988.")
    wishes = replace(reader, preferences_url="https://morning.westhaven.example/preferences/Imx1Y2t5Ig")
    check("everything", assemble(render(day, grand, templates), day, day.lineup, wishes))


def test_a_hostile_day_as_a_test(
    editions: Callable[..., Edition], stories: Callable[..., BenchStory], mailed: Callable[..., Mail]
) -> None:
    picture = Image(fingerprint="0e" * 16, width=300, height=900)
    day = editions(*(stories(n, title=title, image=picture, related=n % 4) for n, title in enumerate(HOSTILE)))
    check("hostile", mailed(day, marker="[Test]"))


def test_a_day_written_from_right_to_left(
    editions: Callable[..., Edition], stories: Callable[..., BenchStory], letterhead: Letterhead, reader: Reader,
    templates_folder: Path, tmp_path: Path,
) -> None:  # fmt: skip
    (tmp_path / "words").mkdir()
    english = (templates_folder / "words/en.toml").read_text()
    every = ", ".join(f'{form} = "{{count}} ×"' for form in ("zero", "one", "two", "few", "many", "other"))
    lines = [f"{line.split(' = ')[0]} = {{ {every} }}" if "{ one" in line else line for line in english.splitlines()]
    (tmp_path / "words/ar.toml").write_text("\n".join(lines))
    first, second = stories(0, title=HOSTILE[2], related=2), replace(stories(1), news=ARABIC)
    points = tuple(KeyPoint(text=ARABIC, item=item.id) for item in first.story.items[2:4])
    first = replace(first, story=replace(first.story, points=points))
    picks = (Pick(index=0, form=Form.LEAD), Pick(index=1, form=Form.UPDATE))
    day = editions(first, second, language="ar", lineup=LineUp(picks=picks))
    templates = Templates([tmp_path, templates_folder])
    check("right-to-left", assemble(render(day, letterhead, templates), day, day.lineup, reader))
