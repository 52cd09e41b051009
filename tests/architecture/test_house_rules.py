"""The house's rules that no linter knows."""

import re
from pathlib import Path

import pytest

from digest.settings.read import dotenv_text
from digest.settings.table import PREFIX, SETTINGS

CHECKOUT = Path(__file__).resolve().parents[2]
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
MODULE_LIMIT, TEST_LIMIT = 400, 600


def python_files(*folders):
    return sorted(path for folder in folders for path in (CHECKOUT / folder).rglob("*.py"))


@pytest.mark.parametrize(("folder", "limit"), [("digest", MODULE_LIMIT), ("tests", TEST_LIMIT)])
def test_no_module_is_too_long(folder, limit):
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(folder)}
    assert lengths
    assert {path: length for path, length in lengths.items() if length > limit} == {}


def test_no_room_is_without_a_name():
    stems = {part for path in python_files("digest") for part in (*path.relative_to(CHECKOUT).parts[:-1], path.stem)}
    assert stems & FORBIDDEN_NAMES == set()


def test_every_module_says_what_it_is_for():
    silent = [path for path in python_files("digest") if not path.read_text(encoding="utf-8").startswith('"""')]
    assert silent == []


def test_nothing_is_patched():
    words = re.compile(r"mock\.patch|unittest\.mock|MagicMock|monkeypatch\.setattr")
    here = Path(__file__)
    assert [path for path in python_files("tests") if path != here and words.search(path.read_text("utf-8"))] == []


def test_only_the_settings_read_the_environment():
    reads = re.compile(r"os\.environ|getenv\(|(?:import|from) dotenv\b")
    allowed = CHECKOUT / "digest" / "settings"
    # premailer reads the size of its cache from the environment while it is imported.
    allowed_too = CHECKOUT / "digest" / "rendering" / "inline.py"
    found = [path for path in python_files("digest") if reads.search(path.read_text(encoding="utf-8"))]
    assert [path for path in found if allowed not in path.parents and path != allowed_too] == []


def test_only_the_composition_root_holds_the_clock():
    tells = re.compile(r"datetime\.now\(|datetime\.utcnow|time\.time\(\)|date\.today")
    found = [path.relative_to(CHECKOUT) for path in python_files("digest") if tells.search(path.read_text("utf-8"))]
    assert found == [Path("digest/app.py")]


def test_the_example_settings_are_the_settings():
    assert (CHECKOUT / ".env.example").read_text(encoding="utf-8") == dotenv_text()


def test_every_setting_is_documented():
    text = (CHECKOUT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [setting.name for setting in SETTINGS if f"`{PREFIX}{setting.name}`" not in text] == []


def test_no_hash_is_called_a_digest():
    word = re.compile(r"\b(?!digestmod|digest_method)[a-z_]*digest[a-z_]*\s*=\s*(?:hashlib|hmac|sha\d)")
    assert [path for path in python_files("digest") if word.search(path.read_text(encoding="utf-8"))] == []
