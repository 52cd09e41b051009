"""How a check says what it found."""

from digest.model.finding import Finding, Level


def error(check: str, message: str, *, where: str = "", story: str = "", hint: str = "") -> Finding:
    """A fault that keeps an edition back."""
    return Finding(check=check, level=Level.ERROR, message=message, where=where, story=story, hint=hint)


def warning(check: str, message: str, *, where: str = "", story: str = "", hint: str = "") -> Finding:
    """A fault for the editor to look at."""
    return Finding(check=check, level=Level.WARNING, message=message, where=where, story=story, hint=hint)


def excerpt(text: str, limit: int = 60) -> str:
    """The beginning of a text on one line, for a message."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split()) or "–"
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
