"""What gives way where a mail would be too large, and in which order."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from digest.model.edition import Form, Pick
from digest.selection.rules import Rules
from digest.selection.size import Loss, fits, fitted, losses, taken

LEAD, COMPACT, UPDATE = Form


def picks(*forms: Form) -> tuple[Pick, ...]:
    return tuple(Pick(index=index, form=form) for index, form in enumerate(forms))


def bare(*shown: Pick) -> tuple[Pick, ...]:
    return tuple(replace(pick, bare=True) for pick in shown)


def room(limit: int) -> Rules:
    return Rules(frame=100, lengths=((50, 20, 30, 10),) * 4, limit=limit)


FOUR = picks(LEAD, LEAD, UPDATE, COMPACT)


def test_related_items_go_first_then_fullness_then_stories_each_from_the_end() -> None:
    assert fitted(FOUR, room(290)) == FOUR
    assert fitted(FOUR, room(289)) == (*FOUR[:3], *bare(FOUR[3]))
    assert fitted(FOUR, room(270)) == (*FOUR[:2], *bare(*FOUR[2:]))
    assert fitted(FOUR, room(250)) == bare(*FOUR)
    short = picks(LEAD, COMPACT, UPDATE, COMPACT)
    assert fitted(FOUR, room(249)) == bare(*short)
    assert fitted(FOUR, room(190)) == bare(*picks(COMPACT, COMPACT, UPDATE, COMPACT))
    assert fitted(FOUR, room(189)) == bare(*picks(COMPACT, COMPACT, UPDATE))
    assert fitted(FOUR, room(120)) == bare(*picks(COMPACT))
    assert fitted(FOUR, room(119)) == ()


def test_without_lengths_size_does_not_count() -> None:
    assert fitted(FOUR, Rules(limit=0)) == FOUR


def test_a_story_that_no_mail_has_room_for_takes_nobodys_place() -> None:
    rules = replace(room(300), lengths=((999, 250, 30, 10), *room(0).lengths[1:]))
    assert not fits(FOUR[0], rules)
    assert fitted(FOUR, rules) == FOUR[1:]
    update = replace(room(300), lengths=((50, 20, 250, 10),) * 4)
    assert fitted(FOUR, update) == (FOUR[0], FOUR[1], FOUR[3])


def test_a_story_without_related_items_is_never_called_bare() -> None:
    rules = replace(room(209), lengths=((50, 20, 30, 0), (50, 20, 30, 10)))
    assert fitted(picks(LEAD, LEAD), rules) == (FOUR[0], *bare(FOUR[1]))


def test_what_gave_way_is_told() -> None:
    assert list(losses(FOUR[0], FOUR[0])) == []
    assert list(losses(FOUR[0], *bare(FOUR[0]))) == [Loss.RELATED]
    assert list(losses(FOUR[0], *bare(*picks(COMPACT)))) == [Loss.FULL, Loss.RELATED]
    assert list(losses(FOUR[2], FOUR[2])) == []


def without(shown: tuple[Pick, ...], rules: Rules, limit: int) -> bool:
    return rules.frame + sum(taken(pick, rules) for pick in shown) <= limit


lengths = st.integers(1, 60).flatmap(
    lambda compact: st.tuples(
        st.integers(compact, 120), st.just(compact), st.integers(1, 90), st.sampled_from((0, 5, 40))
    )
)


@given(
    told=st.lists(st.tuples(lengths, st.sampled_from(Form)), max_size=14),
    frame=st.integers(0, 100),
    limit=st.integers(0, 900),
)
def test_a_mail_is_never_too_large_and_what_gives_way_gives_way_in_order(
    told: list[tuple[tuple[int, int, int, int], Form]], frame: int, limit: int
) -> None:
    rules = Rules(frame=frame, lengths=tuple(each for each, _ in told), limit=limit)
    wanted = picks(*(form for _, form in told))
    shown = fitted(wanted, rules)
    assert not shown or without(shown, rules, limit)
    if not told or without(wanted, rules, limit):
        assert shown == wanted
        return
    able = tuple(pick for pick in wanted if fits(pick, rules))
    kept, gone = able[: len(shown)], able[len(shown) :]
    assert [pick.index for pick in shown] == [pick.index for pick in kept]
    lost = [set(losses(one, other)) for one, other in zip(kept, shown, strict=True)]
    beside = [Loss.RELATED in each for each, pick in zip(lost, kept, strict=True) if rules.lengths[pick.index][3]]
    full = [Loss.FULL in each for each, pick in zip(lost, kept, strict=True) if pick.form is LEAD]
    assert beside == sorted(beside)
    assert full == sorted(full)
    assert all(beside) or not (any(full) or gone)
    assert all(full) or not gone
    assert not any(one.bare and not rules.lengths[one.index][3] for one in shown)


@given(
    told=st.lists(st.tuples(lengths, st.sampled_from(Form)), min_size=1, max_size=8),
    limit=st.integers(0, 600),
)
def test_nothing_gives_way_without_need(told: list[tuple[tuple[int, int, int, int], Form]], limit: int) -> None:
    rules = Rules(lengths=tuple(each for each, _ in told), limit=limit)
    able = tuple(pick for pick in picks(*(form for _, form in told)) if fits(pick, rules))
    shown = fitted(able, rules)
    if len(shown) < len(able):
        back = (*shown, _least(able[len(shown)], rules))
    else:
        places = [place for place, pick in enumerate(shown) if pick != able[place]]
        if not places:
            return
        briefer = [place for place in places if Loss.FULL in losses(able[place], shown[place])]
        first = min(briefer or places)
        again = replace(shown[first], form=able[first].form, bare=bool(briefer) and shown[first].bare)
        back = (*shown[:first], again, *shown[first + 1 :])
    assert not without(back, rules, limit)


def _least(pick: Pick, rules: Rules) -> Pick:
    form = COMPACT if pick.form is LEAD else pick.form
    return replace(pick, form=form, bare=bool(rules.lengths[pick.index][3]))
