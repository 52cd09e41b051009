"""How fast mail goes and how long it takes, in words."""

COARSER = 90
"""So many seconds are told in minutes, and so many minutes in hours."""

BRISK = 10
"""From so many a second on, fractions are of no use."""


def span(seconds: float) -> str:
    """A stretch of time, as exact as is of use."""
    whole = max(round(seconds), 0)
    if whole < COARSER:
        return f"{whole} {'second' if whole == 1 else 'seconds'}"
    minutes = round(whole / 60)
    if minutes < COARSER:
        return f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    return f"{hours} {'hour' if hours == 1 else 'hours'}" + (f" {rest} min" if rest else "")


def rate(per_second: float) -> str:
    """How many a second, or a minute where that is little."""
    if per_second >= BRISK:
        return f"{per_second:,.0f} a second"
    return f"{per_second:.1f} a second" if per_second >= 1 else f"{per_second * 60:.1f} a minute"
