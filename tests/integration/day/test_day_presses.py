"""Mails made in processes beside this one: the same mails, no process for few of them, and none left behind."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime
from multiprocessing import active_children
from pathlib import Path

import pytest

from digest.channels.dkim import Algorithm, Signer
from digest.channels.dkim_keys import new_key, read_key
from digest.model.edition import LineUp
from digest.model.message import Letterhead, Reader
from digest.presses import Order, Presses, Worth, frozen_of
from digest.rendering.blocks import render
from digest.rendering.environment import Templates
from digest.samples import CUT, WRITTEN, sample
from digest.selection.lineup import Rules, Wish

CHECKOUT = Path(__file__).resolve().parents[3]
PATIENCE = 60
ANYWAY = Worth(after=0, busy=0.0, each=0.0)
LETTERHEAD = Letterhead(
    title="The Gazette", sender="The Gazette <news@gazette.example>", postal_address="1 Quay Street"
)


def waited(condition, what):
    """The first true answer."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not happen within {PATIENCE} s")


def paper_of(number, templates_folder):
    edition = replace(sample("ordinary"), number=number)
    return frozen_of(edition, render(edition, LETTERHEAD, Templates([templates_folder])), Rules())


@pytest.fixture(scope="module")
def paper(templates_folder):
    return paper_of(41, templates_folder)


@pytest.fixture(scope="module")
def sign(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "spring.pem"
    path.write_bytes(new_key(Algorithm.RSA))
    return Signer(domain="gazette.example", keys=(read_key(path, "spring").key,)).sign


def orders(count):
    """So many readers with wishes of their own; every fourth was fixed to a line-up before, the fifth to none."""
    made = []
    for number in range(count):
        reader = Reader(
            address=f"reader{number}@reader.example",
            name=f"Reader {number}",
            timezone=("UTC", "Asia/Kolkata", "America/New_York")[number % 3],
            message_id=f"41.{number}@gazette.example",
            composed_at=datetime.combine(WRITTEN, CUT),
            unsubscribe_url=f"https://gazette.example/unsubscribe/{number}",
        )
        order = Order(reader=reader, wish=Wish(max_stories=1 + number % 7, muted_words=(f"word{number}",)))
        made.append(replace(order, lineup=(b"\x80\x01", b"")[number % 5 == 4]) if number % 4 == 3 else order)
    return made


def eager(sign):
    """Presses that start their processes with the first mail."""
    return Presses(sign, processes=2, worth=ANYWAY)


def started(presses, paper):
    """Wait until there are processes."""
    waited(lambda: presses.print(paper, orders(1)) and presses.beside, "a process beside")


def test_the_mails_are_the_same_here_and_beside(paper, sign):
    with Presses(sign, processes=0) as here:
        expected = here.print(paper, orders(330))
    with eager(sign) as presses:
        assert presses.print(paper, orders(330)) == expected
        started(presses, paper)
        assert presses.print(paper, orders(330)) == expected
    assert len({made.mail.content for made in expected if made.mail}) == len([made for made in expected if made.mail])
    assert [made.mail for made in expected if not made.lineup] == [None] * 16
    assert all(made.mail.content.startswith(b"DKIM-Signature: ") for made in expected if made.mail)


def test_an_order_that_is_fixed_gives_its_own_line_up(paper, sign):
    with Presses(sign) as presses:
        (made,) = presses.print(paper, [replace(orders(1)[0], lineup=b"\x80\x01")])
    assert made.lineup == b"\x80\x01"
    assert LineUp.decode(made.lineup).picks[1].index == 1


def test_few_mails_start_no_process(paper, sign):
    with Presses(sign, processes=2, worth=Worth(busy=0.0, each=0.0)) as presses:
        for _ in range(3):
            presses.print(paper, orders(100))
        assert active_children() == []


@pytest.mark.parametrize("worth", [Worth(after=0, busy=1.1), Worth(after=0, each=60.0)])
def test_mails_that_take_little_time_start_no_process(paper, sign, worth):
    with Presses(sign, processes=2, worth=worth) as presses:
        presses.print(paper, orders(20))
        presses.print(paper, orders(20))
        assert active_children() == []


def test_a_process_that_is_killed_costs_no_mail_and_is_started_anew(paper, sign):
    with Presses(sign, processes=0) as here:
        expected = here.print(paper, orders(60))
    with eager(sign) as presses:
        started(presses, paper)
        before = {child.pid for child in active_children()}
        os.kill(min(before), signal.SIGKILL)
        waited(lambda: min(before) not in {child.pid for child in active_children()}, "the end of the process")
        assert presses.print(paper, orders(60)) == expected
        started(presses, paper)
        assert presses.print(paper, orders(60)) == expected
        assert before.isdisjoint(child.pid for child in active_children())


def test_processes_that_are_killed_again_and_again_are_done_without(paper, sign):
    with eager(sign) as presses:
        for _ in range(3):
            started(presses, paper)
            for child in active_children():
                child.kill()
            waited(lambda: presses.print(paper, orders(1)) and not presses.beside, "the end of the processes")
        presses.print(paper, orders(5))
        assert active_children() == []
        assert len(presses.print(paper, orders(5))) == 5


def test_several_papers_are_made_side_by_side(paper, sign, templates_folder):
    other = paper_of(42, templates_folder)
    with eager(sign) as presses:
        started(presses, paper)
        first = presses.print(paper, orders(30))
        started(presses, other)
        pids = {child.pid for child in active_children()}
        assert presses.print(paper, orders(30)) == first
        assert presses.print(other, orders(30)) != first
        assert {child.pid for child in active_children()} == pids


def test_a_fault_in_a_process_is_the_fault_it_is_here(paper, sign):
    wrong = [replace(orders(1)[0], lineup=b"\x5f")]
    with Presses(sign, processes=0) as here, pytest.raises(IndexError):
        here.print(paper, wrong)
    with eager(sign) as presses:
        started(presses, paper)
        with pytest.raises(IndexError):
            presses.print(paper, wrong)
        assert len(presses.print(paper, orders(5))) == 5


def test_ctrl_c_is_not_heard_beside(paper, sign):
    with eager(sign) as presses:
        started(presses, paper)
        pids = {child.pid for child in active_children()}
        for pid in pids:
            os.kill(pid, signal.SIGINT)
        presses.print(paper, orders(60))
        assert {child.pid for child in active_children()} == pids


def test_no_process_is_left_behind(paper, sign):
    presses = eager(sign)
    started(presses, paper)
    assert active_children()
    presses.close()
    assert active_children() == []
    assert len(presses.print(paper, orders(1))) == 1
    presses.close()


SENDER = """
import sys, time
from multiprocessing import active_children
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_day_presses import ANYWAY, orders, paper_of, started
from digest.presses import Presses, unsigned
if __name__ == "__main__":
    paper = paper_of(41, Path({templates!r}))
    presses = Presses(unsigned, processes=2, worth=ANYWAY)
    started(presses, paper)
    presses.print(paper, orders(200))
    print(*[child.pid for child in active_children()], flush=True)
    time.sleep(600)
"""


def runs(pid):
    """Whether a process is there and no mere record of one."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_processes_end_with_the_one_that_started_them_however_that_ends(tmp_path, templates_folder):
    script = tmp_path / "sender.py"
    script.write_text(SENDER.format(folder=str(Path(__file__).parent), templates=str(templates_folder)))
    with subprocess.Popen([sys.executable, str(script)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as sender:
        pids = [int(word) for word in sender.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(runs, pids))
        sender.kill()
    waited(lambda: not any(map(runs, pids)), "the end of the processes")
