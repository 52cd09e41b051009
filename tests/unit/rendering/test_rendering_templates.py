"""Templates: whose wins, what they may not do, and how they say what is wrong."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.rendering.environment import Templates, direction, plural_category


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "words").mkdir()
    return tmp_path


def test_the_operators_folder_comes_first(folder: Path, templates_folder: Path) -> None:
    (folder / "hello.html").write_text("mine")
    other = folder / "other"
    other.mkdir()
    (other / "hello.html").write_text("shipped")
    assert Templates([folder, other]).render("hello.html") == "mine"
    assert Templates([other, folder]).render("hello.html") == "shipped"


def test_html_escapes_and_text_does_not_and_both_lose_control_characters(folder: Path) -> None:
    for name in ("page.html", "page.txt"):
        (folder / name).write_text("{{ title }}|{{ url | safe_url }}")
    values = {"title": "<b>\x00 {{ 1 }} &", "url": "javascript:x"}
    assert Templates([folder]).render("page.html", **values) == "&lt;b&gt; {{ 1 }} &amp;|"
    assert Templates([folder]).render("page.txt", **values) == "<b> {{ 1 }} &|"


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("a\n{% if %}\n", 2, "Expected an expression"),
        ("a\nb\n{{ missing }}", 3, "'missing' is undefined"),
        ("a\n{{ given.missing }}", 2, "has no attribute 'missing'"),
        ("{{ given + 1 }}", 1, "can only concatenate str"),
        ("\n\n\n{{ 1 // 0 }}", 4, "zero"),
        ("{{ given | nofilter }}", 1, "No filter named 'nofilter'"),
        ("{% include 'inner.html' %}", 2, "'inside' is undefined"),
        ("a\n{{ words('nothing') }}", 2, "has no text 'nothing'"),
    ],
)
def test_an_error_names_file_line_and_reason(source: str, line: int, reason: str, folder: Path) -> None:
    (folder / "page.html").write_text(source)
    (folder / "inner.html").write_text("\n{{ inside }}")
    (folder / "words/en.toml").write_text('a = "b"')
    templates = Templates([folder])
    with pytest.raises(TemplateError) as fault:
        templates.render("page.html", given="x", words=templates.words("en"))
    file = "inner.html" if "inner" in source else "page.html"
    assert f"{file}, line {line}: " in fault.value.message
    assert reason in fault.value.message
    assert fault.value.hint


def test_a_template_that_is_not_there_is_named(folder: Path) -> None:
    (folder / "page.html").write_text("{% include 'gone.html' %}")
    with pytest.raises(TemplateError, match=r"There is no template gone\.html in "):
        Templates([folder]).render("page.html")


def test_words_of_all_languages_have_the_same_names(templates: Templates, templates_folder: Path) -> None:
    names = {
        path.stem: {line.split(" = ")[0] for line in path.read_text().splitlines() if " = " in line}
        for path in (templates_folder / "words").glob("*.toml")
    }
    assert set(names) == {"ar", "de", "en", "ja"} == set(templates.languages())
    assert [language for language in names if names[language] != names["en"]] == []


def test_words_count_in_the_language(templates: Templates) -> None:
    german = templates.words("de-AT")
    assert german.language == "de-AT"
    assert german.plural("stories", 1) == "1 Meldung"
    assert german.plural("stories", 0) == "0 Meldungen"
    assert german.date(date(2026, 5, 14), "long_date") == "Donnerstag, 14. Mai 2026"
    assert german.ago(timedelta(hours=2)) == "vor 2 Stunden"
    assert german.ago(timedelta(hours=-2)) == "vor 1 Minute"
    assert templates.words("en")("photo", source="{x} & y") == "Photo: {x} & y"


def test_missing_and_broken_words_are_template_errors(folder: Path) -> None:
    (folder / "words/en.toml").write_text('good = "{count"\nstories = { one = "1" }\n')
    (folder / "words/de.toml").write_text("broken =")
    words = Templates([folder]).words("en")
    with pytest.raises(TemplateError, match=r"en\.toml has no text 'nothing'"):
        words("nothing")
    with pytest.raises(TemplateError, match=r"en\.toml: the text '\{count'"):
        words("good")
    with pytest.raises(TemplateError, match=r"needs a table 'stories' with one, other"):
        words.plural("stories", 2)
    with pytest.raises(TemplateError, match=r"de\.toml cannot be read"):
        Templates([folder]).words("de")
    with pytest.raises(TemplateError, match="no words for the language 'fr'"):
        Templates([folder]).words("fr")


def test_languages_know_their_direction_and_plurals() -> None:
    assert direction("ar") == direction("he-IL") == "rtl"
    assert direction("en") == direction("nonsense") == "ltr"
    assert plural_category("en", 1) == "one"
    assert plural_category("ar", 3) == "few"
