"""Every command has help with an example, stands in the README or the docs, and starts in a blink."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from digest.cli.main import app

CHECKOUT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "scipy", "sqlalchemy", "premailer", "feedparser", "trafilatura", "aiohttp", "PIL", "jinja2", "babel")
HEAVY += ("onnx", "onnxruntime", "openai", "tokenizers", "dns", "prometheus_client", "cryptography")


def commands():
    """Every command's words and object."""

    def walk(group, words):
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from walk(command, (*words, name))
            else:
                yield (*words, name), command

    return dict(walk(typer.main.get_command(app), ()))


@pytest.mark.parametrize("words", sorted(commands()), ids=" ".join)
def test_a_command_shows_an_example(words):
    command = commands()[words]
    assert f"digest {' '.join(words)}" in f"{command.help} {command.epilog or ''}"


@pytest.mark.parametrize("words", sorted(commands()), ids=" ".join)
def test_a_command_is_documented(words):
    pages = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
    assert any(f"digest {' '.join(words)}" in page.read_text(encoding="utf-8") for page in pages)


def test_whatever_lists_has_json():
    for words, command in commands().items():
        if words[-1] in {"list", "status", "why", "select", "fetch"}:
            assert "--json" in [name for option in command.params for name in option.opts], words


def test_whatever_sends_has_a_dry_run():
    for words in (("send",), ("subscribers", "import"), ("feeds", "import")):
        assert "--dry-run" in [name for option in commands()[words].params for name in option.opts], words


def test_help_loads_nothing_heavy():
    code = f"import sys, digest.cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_selecting_from_a_file_loads_nothing_that_draws_or_stores(tmp_path):
    items = tmp_path / "items.jsonl"
    items.write_text('{"id": "a", "title": "Ferry strike ends after night of talks"}\n')
    unused = (*(set(HEAVY) - {"numpy", "scipy"}), "rich", "asyncio", "wcwidth")
    code = (
        "import sys; from digest.cli.main import app\n"
        f"app(['select', '--from', {str(items)!r}], standalone_mode=False)\n"
        f"print([name for name in {unused} if name in sys.modules])"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_readme_names_no_command_that_is_not_there():
    known = {words[0] for words in commands()} | {"--help", "--version"}
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    named = {match[1] for match in re.finditer(r"^\$ (?:\S*/)?digest (\S+)", text, re.MULTILINE)}
    assert named
    assert named <= known
