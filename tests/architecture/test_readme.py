"""The README's commands are run as written, and print what it says they print."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("digest")
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = re.compile(r"in \d+\.\d seconds")


def shown():
    """Each command of the README that begins with `$ ` and runs digest, with the output shown below it."""
    found = []
    for block in BLOCK.findall((CHECKOUT / "README.md").read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if "digest " in command:
                found.append((re.sub(r"^.*(?:&& |/)digest ", "digest ", command), output.rstrip()))
    return found


def plain(text):
    """Without what differs from run to run: seconds, and blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in SECONDS.sub("in N seconds", text).splitlines()).rstrip()


def test_every_command_prints_what_is_shown(tmp_path):
    shutil.copytree(CHECKOUT / "seeds", tmp_path / "seeds")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    commands = shown()
    assert len(commands) >= 8
    for command, output in commands:
        words = shlex.split(command)[1:]
        done = subprocess.run(
            [COMMAND, *words],
            cwd=tmp_path,
            env=environment | {"NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout)
        assert plain(done.stdout) == plain(output), command
