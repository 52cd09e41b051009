"""The table of bounces: every reader is judged by the same labels."""

import json

import pytest

from tests.benchmarks.bouncing import HEAD, READERS, main

BOUNCE = """\
From: MAILER-DAEMON@x.example
Subject: Undelivered Mail
Content-Type: multipart/report; report-type=delivery-status; boundary=edge

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; x.example

Final-Recipient: rfc822; ana@quay.example
Action: failed
Status: {status}

--edge--
"""
REPLY = "From: ana@quay.example\nSubject: Away\nAuto-Submitted: auto-replied\n\nI am away.\n"


def test_it_prints_every_reader(tmp_path, capsys):
    mails = {"dead": BOUNCE.format(status="5.1.1"), "full": BOUNCE.format(status="5.2.2"), "away": REPLY}
    kinds = {"dead": ("bounce", "hard"), "full": ("bounce", "soft"), "away": ("autoreply", None)}
    labels = []
    for name, content in mails.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        kind, verdict = kinds[name]
        addresses = [["ana@quay.example"]] if kind == "bounce" else None
        labels.append(json.dumps({"file": name, "kind": kind, "verdict": verdict, "addresses": addresses}))
    (tmp_path / "labels.jsonl").write_text("\n".join(labels), encoding="utf-8")
    main([str(tmp_path)])
    head, ours, theirs = capsys.readouterr().out.splitlines()
    assert all(column in head for column in HEAD)
    assert ours.split()[:6] == ["digest", "2/2", "2/2", "1/1", "1/1", "1/1"]
    assert theirs.startswith(list(READERS)[1])


def test_without_labelled_mails_it_says_so(tmp_path):
    with pytest.raises(SystemExit, match=r"labels\.jsonl"):
        main([str(tmp_path)])
