"""One inlining for all blocks of a shape makes what inlining each would have made."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model.edition import BenchStory, Edition
from digest.model.message import Letterhead
from digest.rendering.blocks import HTML, Specimen
from digest.rendering.environment import Templates
from digest.rendering.inline import inline
from digest.rendering.moulds import inlined
from digest.rendering.tokens import Tokens

SAID = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        (
            "", " ", "a & b", "&amp; &lt;p&gt; &nbsp;&#39;", "<p class=\"x\">it's</p>", '"quoted" href="x"',
            "\xa0nb\xa0", "tab\tand\nline", "]]> --> <!--", "id=\"s1\" src='y'", "\u200fعربي", "👩‍👩‍👧‍👦",
            "\\1 \\g<0> \0",
        )
    ),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.tuples(SAID, SAID, SAID), min_size=1, max_size=5))
def test_blocks_of_one_shape_are_what_the_whole_page_inlined_makes_of_them(
    said: list[tuple[str, str, str]], stories: Callable[..., BenchStory], editions: Callable[..., Edition],
    letterhead: Letterhead, templates: Templates,
) -> None:  # fmt: skip
    bench = []
    for number, (title, summary, source) in enumerate(said):
        entry = stories(number, title=title, source=source, url=f"https://x.example/?a=1&b={number}&c='\"", related=2)
        bench.append(replace(entry, story=replace(entry.story, summary=summary)))
    day = editions(*bench)
    specimen = Specimen(day, letterhead, templates)
    page = specimen.page(rows=specimen.rows, parts=specimen.parts)
    whole = specimen.tokens.cut(inline(page), template=HTML)
    by_shape = inlined(specimen.tokens.cut(page, template=HTML), lambda some: {name: whole[name] for name in some})
    assert by_shape == whole


def handed(blocks: Mapping[str, str]) -> list[str]:
    """The names of the blocks that an inliner is handed."""
    names = list[str]()

    def note(some: Mapping[str, str]) -> Mapping[str, str]:
        names.extend(some)
        return some

    assert inlined(blocks, note) == blocks
    return names


def test_only_the_first_of_a_shape_is_handed_to_the_inliner() -> None:
    blocks = {
        "head": '<p class="a">one</p>',
        "lead/0": '<p class="a">one</p>',
        "lead/1": '<p class="a">&lt;two&gt;</p>',
        "lead/2": '<p class="b">three</p>',
        "lead/3": '<p class="a"></p>',
        "lead/4": '<p class="a">four</p><!--[if mso]><p>x</p><![endif]-->',
        "lead/5": '<a href="https://x.example/" id="s5">x</a>',
        "lead/6": '<a href="https://y.example/?a&amp;b=&quot;" id="s6">y</a>',
        "lead/7": '<a href="https://y.example/" id="">y</a>',
        "rule": '<p class="a">one</p>',
    }
    assert handed(blocks) == ["head", "lead/0", "lead/2", "lead/3", "lead/4", "lead/5", "lead/7", "rule"]


def paper(css: str, story: str) -> tuple[dict[str, str], Callable[[Mapping[str, str]], dict[str, str]], list[int]]:
    """Four stories of one shape under a sheet of one's own, an inliner of blocks, and how many it was handed."""
    tokens, handed_over = Tokens("5eed" * 16), list[int]()
    blocks = {"head": f"<!DOCTYPE html>\n<html><head><style>{css}</style></head><body><table>"}
    blocks |= {f"lead/{number}": story.replace("N", str(number)) for number in range(4)}

    def inliner(some: Mapping[str, str]) -> dict[str, str]:
        handed_over.append(len(some))
        return tokens.cut(inline(tokens.join(some)), template=HTML)

    return {**blocks, "end": "</table></body></html>"}, inliner, handed_over


STORY = '<tr class="a"><td><a href="https://x.example/N" id="sN">Story N</a></td><td>&nbsp;</td></tr>\n'


@pytest.mark.parametrize(
    "css",
    [
        "tr:first-child{color:red}", "tr+tr{color:red}", "#s2{color:red}", "a[href$='3']{color:red}",
        "table tr{color:red}", ".a{color:red}/* x */\n.b,#s1{color:red}", "@media screen{.a{color:red}}",
    ],
)  # fmt: skip
def test_where_a_rule_may_tell_two_stories_apart_the_inliner_is_handed_all(css: str) -> None:
    blocks, inliner, handed_over = paper(css, STORY)
    assert inlined(blocks, inliner) == inliner(blocks)
    assert handed_over == [6, 6]


@pytest.mark.parametrize(
    "css", ["*{margin:0}td,a.b{color:red}/* tr+tr{} */.a{top:0}", '.a{}</style><style data-premailer="ignore">a+b{}']
)
def test_rules_for_elements_and_classes_are_worked_out_once(css: str) -> None:
    blocks, inliner, handed_over = paper(css, STORY)
    assert inlined(blocks, inliner) == inliner(blocks)
    assert handed_over == [3, 6]


def test_what_no_mould_can_be_made_of_is_handed_over_whole() -> None:
    blocks, inliner, handed_over = paper(".a{color:red}", STORY.replace("&nbsp;", "&#32;"))
    assert inlined(blocks, inliner) == inliner(blocks)
    assert handed_over == [3, 6, 6]


def test_a_headline_that_speaks_of_the_inliner_is_left_as_it_is() -> None:
    blocks, inliner, _ = paper(".a{color:red}", STORY.replace("Story", 'data-premailer="ignore" data-premailer="x"'))
    made = inlined(blocks, inliner)
    assert all(made[f"lead/{number}"].count(' data-premailer="x"') == 1 for number in range(4))
    assert made == inliner(blocks)
