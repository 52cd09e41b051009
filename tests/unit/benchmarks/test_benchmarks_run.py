"""Every benchmark runs, in a small size and in this process, and gives figures."""

import json

from tests.benchmarks import demo, fetching, ledger, lineups, rendering, selecting, send, signing
from tests.benchmarks.measure import Cost, contest, here
from tests.benchmarks.newspaper import deliver
from tests.benchmarks.peers import Held


def named(found):
    return {line.name: line for lines in found.values() for line in lines}


def figures_of(found):
    lines = named(found)
    assert all(line.text() and json.dumps(line.data()) for line in lines.values())
    assert all(line.cpu >= 0 and line.ratio > 0 and line.rounds == 1 for line in lines.values())
    return {name: line.notes for name, line in lines.items()}


def test_the_fetch_benchmark_reads_the_same_items_every_way():
    notes = figures_of(fetching.benchmark(feeds=3, size=4, rounds=1, way=here))
    assert {found["items"] for found in notes.values()} == {12}


def test_the_select_benchmark_finds_planted_stories():
    found = selecting.benchmark(sizes=(40, 80), readers=5, rounds=1, way=here)
    assert 1 < figures_of(found)["digest"]["different"] <= 5
    assert len(selecting.growth(found)) == 1


def test_the_growth_of_a_day_is_told_beside_what_peers_hold():
    peers = (Held(name="peer", items=40, seconds=1.0), Held(name="peer", items=80, fault="needs more than 6 MB"))
    found = selecting.curve((40, 80), way=here, peers=lambda sizes: peers[: len(sizes)])
    assert [(one.name, one.items) for one in found[:2]] == [(selecting.OURS, 40), (selecting.OURS, 80)]
    first, second, peer, failed = selecting.curve_text(found)
    assert "power" in second
    assert not any("power" in line for line in (first, peer, failed))
    assert failed.endswith("needs more than 6 MB")
    assert selecting.growth_power(found[2], Held(name="peer", items=80, seconds=4.0)) == 2


def test_the_line_up_benchmark_gives_readers_papers_of_their_own():
    notes = figures_of(lineups.benchmark(readers=12, at_a_time=5, rounds=1, way=here))
    assert 6 < notes["digest"]["different"] <= 12


def test_the_render_benchmark_calls_premailer_once():
    notes = figures_of(rendering.benchmark(readers=4, plain=2, items=40, rounds=1, way=here))
    assert notes["digest"]["premailer"] == 1
    assert notes["Jinja, premailer, EmailMessage"]["premailer"] == 2


def test_the_ledger_benchmark_settles_every_mail():
    notes = figures_of(ledger.benchmark(readers=200, mails=200, rounds=1, way=here))
    assert all(note["accepted"] == 200 for name, note in notes.items() if name.startswith("ours"))
    assert "sqlite3 alone, 10 in a commit" in notes


def test_the_signing_benchmark_makes_the_same_mails_every_way():
    notes = figures_of(signing.benchmark(readers=60, items=40, rounds=1, way=here))
    ours = [found["KB"] for name, found in notes.items() if "sign" in name]
    assert len(ours) == 3
    assert len(set(ours)) == 1
    assert 0 < notes["build"]["KB"] < ours[0]


def test_the_send_benchmark_reaches_everybody_with_one_call_of_premailer():
    trial = send.Trial(mails=6, rounds=1, connections=2, delay=1, items=40, way=here, ours=deliver)
    notes = figures_of(send.benchmark(trial, without=(send.NODE,)))
    assert {notes[way]["accepted"] for way in (send.OURS, send.SIGNED, send.FAR_OURS)} == {6}
    assert notes[send.PLAIN]["premailer"] == 6


def test_the_demo_benchmark_knows_what_it_would_run():
    asked = []

    def unrun(run):
        asked.append(run.args[0])
        return Cost(cpu=1.0, wall=1.0)

    assert named(demo.benchmark(rounds=1, way=unrun))["digest demo"].ratio == 1.0
    assert ("-m", "digest", "demo") in asked


def test_ratios_are_medians_over_rounds_of_one_machine():
    costs = {"ours": iter((1.0, 9.0, 2.0)), "theirs": iter((2.0, 3.0, 8.0))}
    runs = {name: lambda left=left: Cost(count=2, cpu=next(left), wall=1.0) for name, left in costs.items()}
    ours, theirs = contest(runs, baseline="theirs", rounds=3, way=here)
    assert (ours.cpu, ours.ratio) == (1.0, 0.5)
    assert theirs.ratio == ours.clock == 1.0
