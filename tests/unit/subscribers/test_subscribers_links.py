"""Links that speak for a reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.subscribers.links import Links

PUBLIC = "https://news.example.org"


@pytest.fixture
def links() -> Links:
    return Links(["newest-key", "older-key"], PUBLIC)


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_token_speaks_for_the_person_it_was_made_for(subscriber_id):
    links = Links(["a-key"], PUBLIC)
    assert links.read_unsubscribe(links.unsubscribe_token(subscriber_id)) == subscriber_id
    assert links.read_preferences(links.preferences_token(subscriber_id)) == subscriber_id


def test_a_link_stands_under_the_public_url_and_is_short(links):
    url = links.unsubscribe_url(123456)
    assert url == f"{PUBLIC}/unsubscribe/{links.unsubscribe_token(123456)}"
    assert links.preferences_url(123456) == f"{PUBLIC}/preferences/{links.preferences_token(123456)}"
    assert max(len(url), len(links.preferences_url(123456))) < 72


def test_a_slash_at_the_end_of_the_public_url_does_not_double():
    assert Links(["k"], PUBLIC + "/").edition_url(41) == f"{PUBLIC}/editions/41"


def test_without_a_public_url_there_are_no_links():
    links = Links(["k"], "")
    assert links.unsubscribe_url(1) == links.preferences_url(1) == ""
    assert links.edition_url(1) == ""


def test_a_token_speaks_for_one_purpose_only(links):
    with pytest.raises(UsageError, match="not complete"):
        links.read_unsubscribe(links.preferences_token(7))
    with pytest.raises(UsageError, match="not complete"):
        links.read_preferences(links.unsubscribe_token(7))


def test_a_token_is_the_same_each_time_it_is_made(links):
    assert links.unsubscribe_token(7) == links.unsubscribe_token(7)
    assert links.preferences_url(7) == links.preferences_url(7)


def test_a_token_of_a_retired_key_is_good_as_long_as_the_key_is_kept(links):
    token = Links(["older-key"], PUBLIC).unsubscribe_token(7)
    assert links.read_unsubscribe(token) == 7
    assert links.read_preferences(Links(["older-key"], PUBLIC).preferences_token(7)) == 7
    with pytest.raises(UsageError, match="not complete"):
        Links(["newest-key"], PUBLIC).read_unsubscribe(token)


def test_the_newest_key_signs(links):
    assert Links(["newest-key"], PUBLIC).read_unsubscribe(links.unsubscribe_token(7)) == 7


@pytest.mark.parametrize(
    "token", ["", ".", "7", "7.", ".abc", "7.AAAAAAAAAAAAAAAAAAAAAA", "x" * 5000, "٧.ü", "7\0.a", "\ud800"]
)
def test_what_was_not_made_here_is_refused_in_a_sentence(links, token):
    with pytest.raises(UsageError, match="not complete"):
        links.read_unsubscribe(token)


@given(st.text(max_size=60))
def test_no_text_by_chance_is_a_token(token):
    with pytest.raises(UsageError):
        Links(["a-key"], PUBLIC).read_unsubscribe(token)


def test_a_token_for_one_person_cannot_be_bent_to_another(links):
    signature = links.unsubscribe_token(7).partition(".")[2]
    with pytest.raises(UsageError):
        links.read_unsubscribe(f"8.{signature}")


@pytest.mark.parametrize("keys", [[], [""], ["good", ""]])
def test_links_are_not_signed_with_an_empty_key(keys):
    with pytest.raises(UsageError, match="no secret key"):
        Links(keys, PUBLIC)


MOST = 2**31 - 1
KEY, OTHER = "newest-key", "older-key"


@given(st.integers(1, MOST), st.sampled_from(["lower", "upper", "swapcase"]))
def test_a_return_path_names_its_delivery_in_any_case(number, change):
    links = Links([KEY], "")
    address = links.return_path("bounces@courier.example", number)
    local = address.partition("@")[0]
    assert address.isascii()
    assert len(local) <= 64
    assert links.read_return_path(getattr(address, change)()) == number


def test_a_return_path_of_an_older_key_still_counts():
    old = Links([OTHER], "").return_path("bounces@courier.example", 7)
    assert Links([KEY, OTHER], "").read_return_path(old) == 7
    assert Links([KEY], "").read_return_path(old) is None


def test_an_address_without_room_for_a_token_stays_as_it_is():
    links = Links([KEY], "")
    longest = f"{'b' * 39}@courier.example"
    assert links.read_return_path(links.return_path(longest, 7)) == 7
    assert links.return_path(f"b{longest}", 7) == f"b{longest}"


def test_a_tag_of_the_address_itself_is_kept():
    links = Links([KEY], "")
    address = links.return_path("paper+bounces@courier.example", 7)
    assert address.startswith("paper+bounces+")
    assert links.read_return_path(address) == 7


@given(st.integers(1, 200), st.integers(0, 23), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_other_token_is_good(number, place, letter):
    links = Links([KEY], "")
    token = links.bounce_token(number)
    forged = token[:place] + letter + token[place + 1 :]
    assert links.read_return_path(f"b+{forged}@x.example") == (number if forged == token else None)


@pytest.mark.parametrize(
    "address", ["", "@", "+@", "b@x.example", "b+@x.example", "b+short@x", "b+é" + "a" * 23 + "@x", "+"]
)
def test_other_addresses_name_nothing(address):
    assert Links([KEY], "").read_return_path(address) is None


@given(st.text())
def test_no_text_breaks_the_reading_of_return_paths(text):
    assert Links([KEY], "").read_return_path(text) is None


def test_a_return_path_is_worth_nothing_as_another_token():
    links = Links([KEY], "https://courier.example")
    with pytest.raises(UsageError):
        links.read_unsubscribe(links.bounce_token(7))
