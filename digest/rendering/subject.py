"""What an inbox shows of a mail before it is opened: the subject and the preheader."""

from collections.abc import Iterable

from digest.rendering.pattern import FRAME
from digest.rendering.text import one_line, shorten

SUBJECT, PREHEADER = 77, 130
"""The most characters of a subject and of a preheader."""

_SECOND = 24
"""A second headline in fewer characters than this says nothing."""

_GLANCE = 40
"""How much of a subject a telephone shows."""


class Worn:
    """The headlines of the edition before: no subject begins as one of its might have, as a telephone shows them."""

    def __init__(self, headlines: Iterable[str]) -> None:
        self._known = frozenset(headline[:_GLANCE] for headline in headlines)

    def __contains__(self, headline: str) -> bool:
        return headline[:_GLANCE] in self._known

    def last(self, headlines: Iterable[str]) -> tuple[str, ...]:
        """The headlines in the order a subject names them: what is new, then what was there the day before."""
        return tuple(sorted(headlines, key=self.__contains__))


UNWORN = Worn(())
"""Nothing has been told before."""


def subject(
    headlines: tuple[str, ...],
    *,
    title: str,
    date: str,
    pattern: str = "{headlines}",
    marker: str = "",
    worn: Worn = UNWORN,
) -> str:
    """The subject by its pattern, at most 77 characters; on a day without any news the newsletter and the date.

    `marker` goes before it in brackets. Where the first headline is worn the date stands behind it, so that no two days
    have one subject.
    """
    room = SUBJECT - (len(marker) + 3 if marker else 0)
    if not headlines:
        line = shorten(f"{title}, {date}", room)
    elif headlines[0] in worn and "{date}" not in pattern:
        line = f"{filled(pattern, headlines, title, date, room - len(date) - 3)} · {date}"
    else:
        line = filled(pattern, headlines, title, date, room)
    return f"[{marker}] {line}" if marker else line


def filled(pattern: str, headlines: tuple[str, ...], title: str, date: str, room: int) -> str:
    """The pattern with its places filled, in at most `room` characters; the news takes what the rest leaves."""
    rest = {"title": shorten(title, FRAME), "date": date}
    left = room - len(pattern.format(headlines="", headline="", **rest))
    line = pattern.format(headlines=joined(headlines, left), headline=shorten(headlines[0], max(1, left)), **rest)
    return shorten(one_line(line), room)


def joined(headlines: tuple[str, ...], room: int) -> str:
    """The first headline, and the second where it fits."""
    line = shorten(headlines[0], max(1, room))
    left = room - len(line) - 3
    if len(headlines) > 1 and left > 0:
        second = shorten(headlines[1], left)
        if second == headlines[1] or len(second) >= _SECOND:
            line = f"{line} · {second}"
    return line


def preheader(headlines: tuple[str, ...], summary: str) -> str:
    """What stands beside the subject in an inbox, at most 130 characters: the next headlines, or the summary of the
    only story.
    """
    return shorten(" · ".join(headlines[1:4]) or one_line(summary), PREHEADER)
