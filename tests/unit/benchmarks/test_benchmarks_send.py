"""The pure parts of what sending is measured with, and the parts that other programs and servers play."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks import growing, rivals, send
from tests.benchmarks.aims import Aim, ratio, row
from tests.benchmarks.measure import Cost, cpu_seconds, here, in_turns, spent_by
from tests.benchmarks.newspaper import Wire, deliver, settings_in
from tests.benchmarks.sink import sinking

FAST, SLOW = Cost(count=10, cpu=1.0, wall=1.0, peak=50.0), Cost(count=5, cpu=2.0, wall=2.0, peak=100.0)


@pytest.mark.parametrize(("of", "expected"), [("speed", 4.0), ("cpu", 0.25), ("peak", 0.5)])
def test_a_ratio_is_for_one_piece_of_work(of, expected):
    assert ratio(of, FAST, SLOW) == expected
    assert ratio(of, SLOW, FAST) == pytest.approx(1 / expected)


@pytest.mark.parametrize(
    ("aim", "reached"),
    [
        (Aim(ours="a", other="b", of="speed", least=4), True),
        (Aim(ours="a", other="b", of="speed", least=4.1), False),
        (Aim(ours="a", other="b", of="cpu", most=0.25), True),
        (Aim(ours="a", other="b", of="cpu", most=0.2), False),
    ],
)
def test_an_aim_is_reached_by_the_median_of_the_rounds(aim, reached):
    found = aim.found({"a": [FAST] * 3, "b": [SLOW, SLOW, FAST]})
    assert found.reached is reached
    assert ("missed" in found.text()) is not reached
    assert json.loads(json.dumps(found.data()))["reached"] is reached
    assert found.lowest <= found.ratio <= found.highest


def test_what_did_not_run_has_no_ratio():
    aim = Aim(ours="a", other="b", of="speed", least=1)
    assert aim.found({"a": [FAST]}) is None
    assert send.reached({"a": [FAST]}, (aim,)) == ()


def test_the_table_names_every_way_and_every_aim():
    costs = {send.OURS: [FAST, FAST], send.SOURCE: [SLOW, SLOW], send.PLAIN: [SLOW]}
    text = "\n".join(send.table(costs, send.AIMS))
    assert all(name in text for name in costs)
    assert text.count("at least") == 2
    given = json.loads(json.dumps(send.data(costs, send.AIMS)))
    assert {way["name"] for way in given["ways"]} == set(costs)


def test_a_way_without_a_yardstick_has_no_ratio_beside_it():
    assert "4.00" in row("a", [FAST], [SLOW])
    assert "4.00" not in row("a", [FAST], [])


def test_ways_are_left_out_by_how_they_begin():
    assert list(send.named(["node", "Jinja"])) == [send.NODE, send.PLAIN]
    assert send.named([]) == {}


def test_slow_ways_get_a_share_of_the_mails():
    trial = send.Trial(mails=1000)
    assert (trial.part(0.25), trial.part(0.001), send.Trial(mails=5).part(0.25)) == (250, 10, 5)


def test_contenders_run_in_turns_and_each_is_told_of():
    heard = []
    costs = in_turns({"a": lambda: FAST, "b": lambda: SLOW}, rounds=2, way=here, told=lambda *each: heard.append(each))
    assert heard == [("a", FAST), ("b", SLOW)] * 2
    assert costs == {"a": [FAST] * 2, "b": [SLOW] * 2}


def test_another_program_is_charged_for_what_it_took():
    cost = spent_by([sys.executable, "-c", "sum(range(3_000_000))"], count=3)
    assert cost.count == 3
    assert cost.cpu > 0
    assert cost.wall > 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells of processes that still run")
def test_children_that_still_run_are_counted():
    busy = "print(sum(range(5_000_000)), flush=True); input()"
    before = cpu_seconds()
    with subprocess.Popen([sys.executable, "-c", busy], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        meanwhile = cpu_seconds()
        process.communicate(b"go on\n")
    assert before < meanwhile <= cpu_seconds()


def test_only_a_newspaper_with_a_key_signs(tmp_path):
    signing = settings_in(tmp_path, Wire(port=25, key=tmp_path / "key.pem"))
    assert {name for name in signing if "DKIM" in name} > set()
    assert not [name for name in settings_in(tmp_path, Wire(port=25)) if "DKIM" in name]


def test_a_far_sink_is_late_with_each_answer_once_and_keeps_their_order():
    with (
        sinking(delay=0.2) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as wire,
        wire.makefile("rb") as answers,
    ):
        assert answers.readline().startswith(b"220")
        asked = time.monotonic()
        wire.sendall(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
        assert [answers.readline()[:3] for _ in range(3)] == [b"250", b"250", b"354"]
        together = time.monotonic() - asked
        wire.sendall(b"Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n")
        assert [answers.readline()[:3] for _ in range(2)] == [b"250", b"221"]
    assert together >= 0.2


def test_nodemailer_is_left_out_with_a_reason_where_it_cannot_be_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LookupError, match="node and npm are not installed"):
        rivals.installed()


def test_planning_is_compared_with_as_many_bare_rows():
    assert growing.bare(50).count == 50
    with pytest.raises(SystemExit):
        send.asked(["--mails"])


def test_a_growing_list_is_sent_and_planned():
    costs, aims = send.grow((3, 4), rounds=1, connections=2, way=here, ours=deliver)
    assert [found[0].count for found in costs.values()] == [3, 4, 4, 4]
    assert len(send.reached(costs, aims)) == 2
