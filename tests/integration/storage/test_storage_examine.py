"""A look at an SQLite file that changes nothing: damaged, locked, readable by others, on a network."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SettingsError, StoreError
from digest.storage.examine import examine_store, mounts, network_of

MOUNTINFO = """\
22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw
30 22 0:40 / /srv rw - nfs4 files:/export rw
31 30 254:2 / /srv/local rw shared:5 - ext4 /dev/vdb1 rw
32 22 0:41 / /mnt/share\\040of\\040ours rw - cifs //files/share rw
33 22 0:42 / /home/ana/remote rw master:1 - fuse.sshfs ana@files: rw
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/lib/digest.db", ""),
        ("/srv/digest.db", "nfs4"),
        ("/srv/local/digest.db", ""),
        ("/srvother/digest.db", ""),
        ("/mnt/share of ours/digest.db", "cifs"),
        ("/home/ana/remote/digest.db", "fuse.sshfs"),
    ],
)
def test_the_filesystem_below_a_file(path, expected):
    assert network_of(Path(path), MOUNTINFO) == expected


@given(st.text())
def test_any_table_of_mounts_is_read(text):
    assert network_of(Path("/srv/digest.db"), text) in {"", *text.split()}


def test_this_machine_has_mounts_or_tells_none():
    assert isinstance(mounts(), str)


def test_a_file_that_others_may_read(store_file):
    store_file.chmod(0o600)
    assert examine_store(f"sqlite:///{store_file}").open_to_others is False
    store_file.chmod(0o644)
    assert examine_store(f"sqlite:///{store_file}").open_to_others is True


def test_a_damaged_file_is_a_complaint_or_one_clear_sentence(store_file):
    content = bytearray(store_file.read_bytes())
    for start in range(8 * 4096, len(content), 4096):
        content[start : start + 600] = b"\xff" * 600
    store_file.write_bytes(content)
    try:
        assert examine_store(f"sqlite:///{store_file}").complaint
    except StoreError as error:
        assert "is damaged" in error.message  # noqa: PT017 either way will do


def test_a_file_that_is_none(tmp_path):
    path = tmp_path / "digest.db"
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 20)
    with pytest.raises(StoreError, match="is not an SQLite database"):
        examine_store(f"sqlite:///{path}")


def test_a_file_that_another_process_holds(store_file):
    with closing(sqlite3.connect(store_file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is locked by another process"):
            examine_store(f"sqlite:///{store_file}", busy_seconds=0.1)


def test_a_look_leaves_the_file_as_it_is(store_file):
    before = store_file.read_bytes()
    examine_store(f"sqlite:///{store_file}")
    assert store_file.read_bytes() == before


def test_a_url_that_names_nothing():
    with pytest.raises(SettingsError, match="DIGEST_DATABASE_URL"):
        examine_store("mysql://ana:hunter2@db.example/digest")
