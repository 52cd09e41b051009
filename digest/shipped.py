"""The folders that travel with the package: templates and seeds."""

from importlib.resources import files
from pathlib import Path


def shipped(folder: str) -> Path:
    """A folder that travels with the package; in a checkout it lies beside it."""
    inside = Path(str(files("digest"))) / folder
    return inside if inside.is_dir() else inside.parent.parent / folder
