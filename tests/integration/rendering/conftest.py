"""A browser that looks at pages on disk."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--disable-extensions",
    "--allow-file-access-from-files", "--virtual-time-budget=4000", "--window-size=1200,900",
)  # fmt: skip


@pytest.fixture
def measured(tmp_path: Path) -> Callable[..., object]:
    """Show pages side by side in frames of one width, run a script over `frames`, return the JSON it makes."""
    chromium = shutil.which("chromium")
    if chromium is None:
        (pytest.fail if os.environ.get("DIGEST_TEST_ALL") else pytest.skip)("chromium is not on this machine")

    def measure(pages: list[str], script: str, *, width: int, dark: bool = False) -> object:
        frames = ""
        for number, page in enumerate(pages):
            (tmp_path / f"page{number}.html").write_text(page, "utf-8")
            frames += f'<iframe src="page{number}.html" style="width:{width}px;height:800px;border:0"></iframe>'
        run = (
            "onload = () => { const frames = [...document.querySelectorAll('iframe')].map(f => f.contentWindow);"
            f"const out = document.createElement('pre'); out.id = 'out'; out.textContent = JSON.stringify(({script})"
            "(frames)); document.body.replaceChildren(out) }"
        )
        (tmp_path / "frames.html").write_text(f"<!DOCTYPE html><body>{frames}<script>{run}</script>", "utf-8")
        scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
        command = [chromium, *FLAGS, *scheme, f"--user-data-dir={tmp_path}/profile", "--dump-dom"]
        shown = subprocess.run(
            [*command, f"file://{tmp_path}/frames.html"], capture_output=True, timeout=90, check=True, text=True
        ).stdout
        found = re.search(r'<pre id="out">(.*?)</pre>', shown, re.DOTALL)
        assert found, shown[:2000]
        return json.loads(unescape(found[1]))

    return measure
