"""A SQLite store in a file of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.storage.database import Store, open_store


@pytest.fixture(scope="session")
def empty_store_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an empty store, to be copied."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store_file(empty_store_file: Path, tmp_path: Path) -> Path:
    """A file with an empty store of one's own."""
    return Path(shutil.copy(empty_store_file, tmp_path / "digest.db"))


@pytest.fixture
def sqlite_store(store_file: Path) -> Iterator[Store]:
    """The store in that file, open; it waits a moment only for others."""
    with open_store(f"sqlite:///{store_file}", busy_seconds=0.2) as store:
        yield store
