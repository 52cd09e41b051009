"""What is kept of an edition between readers: the same answers, for that edition alone, and not without bound."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from digest.model.delivery import Told
from digest.model.edition import Edition, Form, LineUp, Pick
from digest.selection import masks
from digest.selection.greedy import chooser_of
from digest.selection.lineup import Rules, Wish, lineups
from digest.selection.masks import ANSWERS, Same, masks_of

Make = Callable[..., Edition]
TITLES = ["War of the roses", "Warm days", "Roses and thorns"]
THREE = [(f"p{n}", "", 1 - n / 10) for n in range(3)]


def test_an_edition_is_prepared_once(edition: Make) -> None:
    told = edition(THREE)
    assert masks_of(told) is masks_of(told)
    assert chooser_of(told, Rules()) is chooser_of(told, Rules())
    assert chooser_of(told, Rules()) is not chooser_of(told, Rules(leads=1))


def test_an_edition_that_is_changed_is_another(edition: Make) -> None:
    told = edition(THREE, titles=TITLES)
    changed = replace(told, hand=replace(told.hand, dropped=("s0",)))
    assert masks_of(changed) is not masks_of(told)
    assert [pick.index for pick in lineups(changed, (Wish(),), Rules())[0].picks] == [1, 2]
    assert [pick.index for pick in lineups(told, (Wish(),), Rules())[0].picks] == [0, 1, 2]


def test_the_key_is_the_very_object(edition: Make) -> None:
    told = edition(THREE)
    assert Same(told) == Same(told)
    assert hash(Same(told)) == hash(Same(told))
    assert Same(told) != Same(replace(told))
    assert Same(told) != told


def test_answers_are_forgotten_before_they_are_too_many(edition: Make) -> None:
    own = masks_of(edition(THREE, titles=TITLES))
    for number in range(ANSWERS + 5):
        own.of_word(f"word{number}")
        own.of_told((Told(edition=number + 1, lineup=LineUp(picks=(Pick(index=0, form=Form.LEAD),)).encode()),))
    assert len(own.shown.found) <= ANSWERS
    assert len(own.told) <= ANSWERS
    assert own.of_word("roses") == 0b101


@given(st.lists(st.sampled_from(["roses", "war", "warm days", "thorns", "x"]), max_size=12))
def test_what_was_asked_before_changes_no_answer(asked: list[str]) -> None:
    spoken = masks.Spoken(tuple(masks.said(title) for title in TITLES))
    for word in asked:
        assert spoken.says(word) == masks.Spoken(spoken.texts).says(word)
