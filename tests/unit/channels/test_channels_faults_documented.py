"""The table of faults names tests that are there."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


def test_every_test_that_proves_a_fault_is_there():
    named = set(re.findall(r"`(test_\w+)`", (CHECKOUT / "docs" / "faults.md").read_text("utf-8")))
    sources = "".join(path.read_text("utf-8") for path in (CHECKOUT / "tests").rglob("test_channels_*.py"))
    assert len(named) > 30
    assert [name for name in sorted(named) if f"def {name}(" not in sources] == []
