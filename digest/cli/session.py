"""Opening the newspaper for one command; everything heavy is imported here, when a command really runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.app import App


@contextmanager
def opened(now: datetime | None = None) -> Iterator["App"]:
    """The application as the settings say, closed at the end; `now` stops its clock at that time."""
    from digest.app import open_app
    from digest.settings.read import read_settings

    with open_app(read_settings(), now=now) as app:
        yield app
