"""How the doctor's report is shown: whole in a pipe, wrapped beside a margin on a terminal."""

import os
import pty
import subprocess
import sys

SHOW = """
from digest.cli.doctor import show
from digest.model.examined import fail, ok
show([ok("store", "it opens"), fail("DKIM", "no key " * 20, about="a.example", hint="Publish `this`: " + "p" * 90),
      ok("SPF", "a record with \\x1b[31m red \\n in it")])
"""


def in_a_pipe():
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


def on_a_terminal(columns):
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns)}
    shown = subprocess.Popen([sys.executable, "-c", SHOW], stdout=theirs, env=environment)
    os.close(theirs)
    text = b""
    try:
        while piece := os.read(ours, 4096):
            text += piece
    except OSError:  # the other side is closed
        pass
    finally:
        os.close(ours)
    assert shown.wait(60) == 0
    return text.decode().splitlines()


def test_in_a_pipe_a_line_is_whole():
    store, dkim, hint, spf = in_a_pipe()
    assert store == "ok    store             it opens"
    assert dkim == f"fail  DKIM              a.example: {'no key ' * 20}"
    assert hint == f"{' ' * 24}→ Publish this: {'p' * 90}"
    assert "\x1b" not in spf


def test_on_a_terminal_it_is_wrapped_and_what_is_copied_stays_whole():
    rows = on_a_terminal(80)
    assert rows[0] == "ok    store             it opens"
    assert all(len(row) <= 80 for row in rows if "ppp" not in row)
    assert all(row.startswith(" " * 24) for row in rows[2:4])
    assert any("p" * 90 in row for row in rows)
