"""Names for workers, and whether they still run."""

import os
import socket
import subprocess
import sys
import time

import pytest

from digest.delivery.identity import alive, place, retire, worker_name

NAME_OF_ANOTHER = "from digest.delivery.identity import worker_name; print(worker_name(), flush=True); input()"
HERE = f"{socket.gethostname()}:{place()}"
NUMBERS = place().partition(".")[2]


def test_every_run_has_a_name_of_its_own():
    assert worker_name() != worker_name()


def test_a_run_of_this_process_is_alive_until_it_is_retired():
    name, other = worker_name(), worker_name()
    assert alive(name)
    retire(name)
    retire(name)
    assert not alive(name)
    assert alive(other)


def test_an_earlier_process_with_our_number_is_dead():
    assert not alive(f"{HERE}:{os.getpid()}:0000-0000")


def test_a_process_is_alive_until_it_ends():
    with subprocess.Popen(
        [sys.executable, "-c", NAME_OF_ANOTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        name = process.stdout.readline().strip()
        assert alive(name)
        process.communicate("\n", timeout=20)
    assert not alive(name)


def test_a_process_that_was_killed_is_dead_before_anybody_asks_how_it_ended():
    with subprocess.Popen(
        [sys.executable, "-c", NAME_OF_ANOTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        name = process.stdout.readline().strip()
        process.kill()
        assert process.stdout.read() == ""
        deadline = time.monotonic() + 20
        while alive(name) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not alive(name)
        assert process.returncode is None


@pytest.mark.parametrize(
    "name", ["elsewhere:1:abcd-ef", "", "nobody", f"{HERE}:x:y", f"{HERE}:{10**30}:y", "a:b", ":::"]
)
def test_of_others_nothing_is_known(name):
    assert alive(name)
    assert alive(name, one_machine=True)


@pytest.mark.parametrize("where", ["00000000.4026531836", f"00000000.{NUMBERS}"])
def test_another_machine_of_the_same_name_is_not_taken_for_this_one(where):
    assert alive(f"{socket.gethostname()}:{where}:999999:abcd-ef")


def test_another_container_of_the_same_name_is_not_taken_for_this_one():
    boot = place().partition(".")[0]
    name = f"{socket.gethostname()}:{boot}.1:999999:abcd-ef"
    assert alive(name)
    assert alive(name, one_machine=True)


def test_on_one_machine_what_an_earlier_boot_ran_is_dead():
    assert not alive(f"{socket.gethostname()}:00000000.{NUMBERS}:1:abcd-ef", one_machine=True)


def test_of_a_system_that_tells_no_boot_nothing_is_known():
    assert alive(f"{socket.gethostname()}:.:1:abcd-ef", one_machine=True)


def test_the_first_process_of_the_machine_is_alive():
    assert alive(f"{HERE}:1:abcd-ef")
