"""The demo: `digest demo` as a whole process, beside a process that only loads the same libraries."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.measure import Cost, Line, Run, contest, here, spending

CHECKOUT = Path(__file__).resolve().parents[2]
LIBRARIES = "digest.app, digest.cli.start, alembic, premailer, numpy, scipy.sparse, aiohttp"


def process(arguments: tuple[str, ...], bytecode: Path) -> Cost:
    """A Python process from start to end, with its compiled modules at hand as after an installation."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode), "PYTHONPATH": str(CHECKOUT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with TemporaryDirectory() as folder, spending() as cost:
        subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=300,
        )
    cost.peak = 0.0  # this process's, not that one's
    return cost


def benchmark(*, rounds: int = 5, way: Callable[[Run], Cost] = here) -> dict[str, tuple[Line, ...]]:
    """Lines for the demo and for loading alone."""
    with TemporaryDirectory() as folder:
        bytecode = Path(folder)
        contenders: dict[str, Run] = {
            "digest demo": partial(process, ("-m", "digest", "demo"), bytecode),
            "loading its libraries": partial(process, ("-c", f"import {LIBRARIES}"), bytecode),
        }
        for run in contenders.values():
            way(run)
        lines = contest(contenders, baseline="loading its libraries", rounds=rounds, way=way)
    return {"demo, a whole process": lines}
