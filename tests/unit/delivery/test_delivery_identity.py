"""Names for workers, and whether they still run."""

import os
import socket
import subprocess
import sys

import pytest

from digest.delivery.identity import alive, worker_name

NAME_OF_ANOTHER = "from digest.delivery.identity import worker_name; print(worker_name(), flush=True); input()"


def test_every_run_has_a_name_of_its_own():
    assert worker_name() != worker_name()


def test_this_process_is_alive():
    assert alive(worker_name())


def test_an_earlier_process_with_our_number_is_dead():
    assert not alive(f"{socket.gethostname()}:{os.getpid()}:0000-0000")


def test_a_process_is_alive_until_it_ends():
    with subprocess.Popen(
        [sys.executable, "-c", NAME_OF_ANOTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        name = process.stdout.readline().strip()
        assert alive(name)
        process.communicate("\n", timeout=20)
    assert not alive(name)


@pytest.mark.parametrize(
    "name",
    ["elsewhere:1:abcd-ef", "", "nobody", f"{socket.gethostname()}:x:y", f"{socket.gethostname()}:{10**30}:y", "a:b"],
)
def test_of_others_nothing_is_known(name):
    assert alive(name)


def test_the_first_process_of_the_machine_is_alive():
    assert alive(f"{socket.gethostname()}:1:abcd-ef")
