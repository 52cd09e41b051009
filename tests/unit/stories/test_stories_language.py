"""The guess at a language."""

from datetime import UTC, datetime

import pytest

from digest.model.feed import Item
from digest.stories.language import guess, languages

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The mayor of the island said that the bridge will open after the summer", "en"),
        ("Der Bürgermeister der Insel sagt, dass die Brücke nach dem Sommer eröffnet wird und nicht früher", "de"),
        ("Le maire de l'île a dit que le pont sera ouvert après les travaux dans la baie", "fr"),
        ("El alcalde de la isla dijo que el puente se abrirá después de las obras en los muelles", "es"),
        ("Мэр острова сказал, что мост откроют осенью", "ru"),
        ("Мер острова сказав, що міст відкриють восени", "uk"),
        ("島の市長は、橋が秋に開通すると述べた", "ja"),
        ("岛上的市长说大桥将在秋天开放", "zh"),
        ("Ο δήμαρχος του νησιού μίλησε για τη γέφυρα", "el"),
        ("Quillport Ferry Orla Venn", ""),
        ("", ""),
        ("42", ""),
    ],
)
def test_a_text_tells_its_language_or_does_not(text: str, language: str) -> None:
    assert guess(text) == language


def test_a_headline_of_names_takes_the_language_its_publisher_writes_in() -> None:
    long = "Der Hafen von Quillport wird nach dem Sturm nicht vor dem Winter und nur für Fähren geöffnet"
    items = [
        Item(id="a", title=long, publisher="Hafenblatt", seen=NOW),
        Item(id="b", title="Orla Venn", publisher="Hafenblatt", seen=NOW),
        Item(id="c", title="Quillport Regatta", publisher="Elsewhere", language="en-GB", seen=NOW),
    ]
    assert languages(items) == ("de", "de", "en")


def test_a_day_that_tells_nothing_has_no_language() -> None:
    assert languages([Item(id="a", title="Quillport", seen=NOW)]) == ("",)
