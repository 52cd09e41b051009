"""What a page of the studio is asked to show."""

from hypothesis import given
from hypothesis import strategies as st

from digest.web.studio.asked import OPTIONS, Asked

plain = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40).map(str.strip)
editions = st.sampled_from(["today", "1", "41", "999999999", "sample:hostile", "sample:"])
whatever = st.builds(
    Asked,
    edition=editions,
    reader=plain,
    sections=st.lists(plain.filter(bool), unique=True, max_size=4).map(tuple),
    language=plain,
    timezone=plain,
    **{name: st.sampled_from(sorted(options)) for name, options in OPTIONS.items()},
)


@given(whatever)
def test_a_query_says_every_choice_and_nothing_else(asked):
    assert Asked.read(asked.query()) == asked
    assert Asked.read(asked.link().removeprefix("/?")) == asked


@given(st.text(max_size=300))
def test_no_query_is_more_than_choices(query):
    asked = Asked.read(query)
    assert all(getattr(asked, name) in options for name, options in OPTIONS.items())
    assert asked.edition == "today" or asked.number is not None or asked.edition.startswith("sample:")


@given(whatever)
def test_what_a_frame_shows_does_not_depend_on_what_stands_beside_it(asked):
    for changes in ({"panel": "checks"}, {"width": "320"}, {"view": "web"}):
        assert Asked.read(asked.query(**changes)).frame("mail.html") == asked.frame("mail.html")


def test_the_shortest_address_is_the_first_choice():
    assert Asked().link() == "/?"
    assert Asked().link(view="text") == "/?view=text"


def test_tabs_name_each_option_and_the_present_one():
    assert Asked(reader="a&b@example.org").tabs("images") == [
        ("On", "/?reader=a%26b%40example.org", True),
        ("Off", "/?reader=a%26b%40example.org&images=off", False),
    ]


def test_a_reader_is_not_tried_out():
    assert Asked(sections=("World",)).trying
    assert not Asked(reader="ana@example.org", sections=("World",)).trying
    assert not Asked().trying
    assert Asked(edition="sample:one-story").sample == "one-story"
    assert Asked(edition="41").number == 41
