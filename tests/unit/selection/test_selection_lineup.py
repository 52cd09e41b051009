"""Who gets which stories."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model.delivery import Told
from digest.model.edition import Echo, Edition, Form, LineUp, Pick
from digest.selection.lineup import Rules, Wish, lineups

Make = Callable[..., Edition]
RULES = Rules(max_stories=5)


def indices(lineup: LineUp) -> list[int]:
    return [pick.index for pick in lineup.picks]


def of(edition: Edition, wish: Wish = Wish(), rules: Rules = RULES) -> list[int]:  # noqa: B008 - a frozen value
    return indices(lineups(edition, (wish,), rules)[0])


@pytest.fixture
def varied(edition: Make) -> Edition:
    sections = ("World", "Sport", "Arts")
    return edition([(f"p{n}", sections[n % 3], 1 - n / 100) for n in range(24)], sections=("Arts", "Sport", "World"))


def test_the_best_lead_and_the_rest_follow_by_section(varied: Edition) -> None:
    (lineup,) = lineups(varied, (Wish(),), Rules(max_stories=9))
    assert [pick.form for pick in lineup.picks] == [Form.LEAD] * 3 + [Form.COMPACT] * 6
    assert lineup.picks[0].index == 0
    assert [varied.bench[pick.index].section for pick in lineup.picks[3:]] == sorted(
        varied.bench[pick.index].section for pick in lineup.picks[3:]
    )


def test_a_reader_gets_their_sections_in_their_order(varied: Edition) -> None:
    chosen = of(varied, Wish(sections=("World", "Arts")), Rules(max_stories=8))
    sections = [varied.bench[index].section for index in chosen]
    assert set(sections) == {"World", "Arts"}
    assert sections[3:] == sorted(sections[3:], reverse=True)
    assert of(varied, Wish(sections=("Chess",))) == []


def test_muted_words_hide_stories_at_word_borders_whatever_the_case(edition: Make) -> None:
    told = edition(
        [(f"p{n}", "", 1 - n / 10) for n in range(4)],
        titles=["War of the ROSES ends", "Warm days ahead", "The Straße reopens", "橋が開通"],
    )
    assert of(told, Wish(muted_words=("war",))) == [1, 2, 3]
    assert of(told, Wish(muted_words=("of the roses",))) == [1, 2, 3]
    assert of(told, Wish(muted_words=("STRASSE",))) == [0, 1, 3]
    assert of(told, Wish(muted_words=("開通", ""))) == [0, 1, 2]


def test_a_muted_source_takes_the_stories_it_leads(edition: Make) -> None:
    told = edition([("Bay News", "", 1.0), ("Isle Post", "", 0.9)])
    assert of(told, Wish(muted_sources=("bay news ",))) == [1]


def test_what_a_reader_was_told_is_not_told_again(edition: Make) -> None:
    told = edition([("p", "", 1.0), ("q", "", 0.9)], echoes=[(Echo(edition=6, index=2),), ()])
    got = LineUp(picks=(Pick(index=2, form=Form.LEAD),)).encode()
    assert of(told, Wish(told=(Told(edition=6, lineup=got),))) == [1]


def test_one_event_is_told_once(edition: Make) -> None:
    told = edition([(f"p{n}", "", 1 - n / 10) for n in range(4)], alike=[(0, 1), (1, 2)])
    assert of(told) == [0, 2, 3]


def test_no_publisher_and_no_section_takes_over(edition: Make) -> None:
    loud = [("loud", "World", 1 - n / 1000) for n in range(20)]
    quiet = [(f"p{n}", ("Sport", "Arts", "Home")[n % 3], 0.3) for n in range(20)]
    chosen = of(edition([*loud, *quiet]), rules=Rules(max_stories=10))
    publishers = Counter("loud" if index < 20 else index for index in chosen)
    assert len(chosen) == 10
    assert publishers["loud"] <= 3


def test_caps_give_way_before_a_paper_stays_empty(edition: Make) -> None:
    one_feed = edition([("only", "World", 1 - n / 100) for n in range(20)])
    assert len(of(one_feed, rules=Rules(max_stories=12))) == 12


def test_a_reader_chooses_how_many(varied: Edition) -> None:
    assert [len(of(varied, Wish(max_stories=count))) for count in (0, 1, 4, 99)] == [0, 1, 4, 24]


def test_a_mail_stays_within_its_size(varied: Edition) -> None:
    rules = Rules(max_stories=12, frame=1000, lengths=((400, 100, 100),) * 24, limit=2600)
    assert len(of(varied, rules=rules)) == 7
    assert of(varied, rules=Rules(frame=1000, lengths=((400, 100, 100),) * 24, limit=1100)) == []


def test_an_empty_bench_gives_empty_line_ups(edition: Make) -> None:
    assert lineups(edition([]), (Wish(), Wish(max_stories=3)), RULES) == (LineUp(), LineUp())
    assert lineups(edition([("p", "", 1.0)]), (), RULES) == ()


def test_everybody_gets_what_they_would_get_alone(varied: Edition) -> None:
    wishes = [
        Wish(max_stories=count, sections=sections, muted_words=("3",) * (count % 2))
        for count in range(1, 9)
        for sections in ((), ("Arts",), ("World", "Sport"))
    ] * 2
    together = lineups(varied, wishes, RULES)
    assert [indices(one) for one in together] == [of(varied, wish) for wish in wishes]


stories = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(("", "World", "Sport")), st.floats(0, 2)), max_size=30
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=stories,
    pairs=st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=12),
    count=st.integers(0, 14),
    sections=st.sampled_from(((), ("World",), ("Sport", "World"))),
)
def test_never_too_many_never_twice_never_one_event_twice(
    edition: Make,
    told: list[tuple[str, str, float]],
    pairs: list[tuple[int, int]],
    count: int,
    sections: tuple[str, ...],
) -> None:
    alike = [pair for pair in pairs if max(pair) < len(told) and pair[0] != pair[1]]
    paper = edition(sorted(told, key=lambda one: -one[2]), alike=alike)
    (lineup,) = lineups(paper, (Wish(sections=sections, max_stories=count),), RULES)
    chosen = indices(lineup)
    assert len(chosen) == len(set(chosen)) <= count
    assert not any(left in chosen and right in chosen for left, right in alike)
    assert all(not sections or paper.bench[index].section in sections for index in chosen)
    assert LineUp.decode(lineup.encode()) == lineup
