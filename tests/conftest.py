"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.nameserver import NameServer

CHECKOUT = Path(__file__).resolve().parents[1]


def missing(what: str) -> None:
    """Skip for a component that is not here; where everything must be here (CI), fail instead."""
    if os.environ.get("DIGEST_TEST_ALL"):
        pytest.fail(f"{what} is missing, and DIGEST_TEST_ALL asks for everything")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session", autouse=True)
def characters() -> None:
    """Hypothesis's table of all characters, made before any test is timed.

    In a fresh checkout it is made when a text is first drawn, which takes a second or more, and passes for the slowness
    of whichever test draws it.
    """
    st.text().validate()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of labelled data and hostile inputs beside the checkout."""
    folder = Path(os.environ.get("DIGEST_TEST_SHARED", CHECKOUT.parent / "shared"))
    if not folder.is_dir():
        missing("the shared data folder")
    return folder


@pytest.fixture(scope="session")
def templates_folder() -> Path:
    """The templates as shipped."""
    return CHECKOUT / "templates"


@pytest.fixture(scope="session")
def seeds_folder() -> Path:
    """The seeds as shipped."""
    return CHECKOUT / "seeds"


@pytest.fixture
def name_server():
    """A DNS server on loopback; its `zone` is filled by the test."""
    server = NameServer()
    yield server
    server.close()
