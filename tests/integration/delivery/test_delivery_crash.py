"""Killed in every state of the machine: the store says honestly how far each mail came, and the next run knows."""

import signal

import pytest

READERS = 12
CONNECTIONS = 3
LARGE = 4_000_000
"""Octets that fit into no buffer between sender and relay."""

ALL_QUEUED = {"queued": READERS}
ALL_CLAIMED = {"claimed": READERS}


@pytest.fixture
def stage(set_up):
    return set_up(READERS)


def killed(stage, relay, *words, when=None):
    """Start a sender that dies by itself, or is killed when something has happened; the states it leaves."""
    sender = stage.sender(relay, "--connections", CONNECTIONS, *words)
    if when is not None:
        stage.wait_until(when, "the moment of the kill")
        sender.process.kill()
    code, _ = sender.ended()
    assert code == -signal.SIGKILL
    return stage.edition.states()


def goes_on(stage, relay, *words):
    """A second sender, to its end; how many mails it found unconfirmed."""
    sender = stage.sender(relay, "--connections", CONNECTIONS, *words)
    doubted = sender.line()["doubted"]
    code, report = sender.ended()
    assert (code, report["stopped"]) == (0, "")
    return doubted


@pytest.mark.parametrize(
    ("point", "left"), [("planned", ALL_QUEUED), ("claimed", ALL_CLAIMED), ("composed", ALL_CLAIMED)]
)
def test_before_a_mail_is_begun_a_kill_changes_nothing(stage, point, left):
    relay = stage.relay()
    assert killed(stage, relay, "--die", point) == left
    assert stage.came() == {}
    assert goes_on(stage, relay, "--hold") == 0
    assert stage.edition.states() == {"accepted": READERS}
    assert stage.came() == dict.fromkeys(stage.edition.readers, 1)


def test_a_mail_that_was_begun_and_whose_content_never_left_is_in_doubt(stage):
    relay = stage.relay()
    states = killed(stage, relay, "--die", "begun")
    in_doubt = states["sending"]
    assert 1 <= in_doubt <= CONNECTIONS
    assert in_doubt + states["claimed"] == READERS
    assert goes_on(stage, relay, "--hold") == in_doubt
    assert stage.edition.states() == {"accepted": READERS - in_doubt, "unconfirmed": in_doubt}
    assert stage.came() == dict.fromkeys(stage.edition.in_state("accepted"), 1)


@pytest.mark.parametrize(("deaf", "event"), [("data", "content"), ("dot", "dot")])
@pytest.mark.parametrize("policy", [[], ["--hold"]], ids=["resend", "hold"])
def test_a_kill_with_a_mail_at_the_relay_leaves_one_in_doubt_on_each_connection(stage, deaf, event, policy):
    silent = stage.relay("--deaf", deaf)
    states = killed(stage, silent, "--size", LARGE, when=lambda: len(stage.events(event)) == CONNECTIONS)
    assert states == {"sending": CONNECTIONS, "claimed": READERS - CONNECTIONS}
    in_doubt = stage.edition.in_state("sending")
    arrived = set(stage.came())
    assert arrived == (in_doubt if deaf == "dot" else set())

    assert goes_on(stage, stage.relay(), "--size", LARGE, *policy) == CONNECTIONS
    if policy:
        assert stage.edition.in_state("unconfirmed") == in_doubt
        assert stage.repeated() == set()
    else:
        assert stage.edition.states() == {"accepted": READERS}
        assert stage.repeated() == arrived


@pytest.mark.parametrize("policy", [[], ["--hold"]], ids=["resend", "hold"])
def test_a_kill_between_the_250_and_its_commit_leaves_the_mail_in_doubt(stage, policy):
    relay = stage.relay()
    states = killed(stage, relay, "--die", "answered")
    assert 1 <= states["sending"] <= CONNECTIONS
    assert "accepted" not in states
    in_doubt, taken = stage.edition.in_state("sending"), stage.answered()
    assert taken <= in_doubt
    goes_on(stage, relay, *policy)
    if policy:
        assert stage.repeated() == set()
        assert stage.edition.in_state("unconfirmed") == in_doubt
    else:
        assert taken <= stage.repeated() <= in_doubt
        assert stage.edition.states() == {"accepted": READERS}


def test_a_mail_whose_250_was_committed_never_comes_again(stage):
    relay = stage.relay()
    states = killed(stage, relay, "--die", "settled")
    accepted = stage.edition.in_state("accepted")
    assert states["accepted"] >= 1
    assert states.get("sending", 0) <= CONNECTIONS
    goes_on(stage, relay)
    assert stage.edition.states() == {"accepted": READERS}
    assert not accepted & stage.repeated()


def test_a_run_after_the_last_finds_nothing_to_do(stage):
    relay = stage.relay()
    assert goes_on(stage, relay) == goes_on(stage, relay) == 0
    assert stage.came() == dict.fromkeys(stage.edition.readers, 1)
