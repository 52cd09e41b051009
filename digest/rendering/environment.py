"""Templates and the words of a language: the one home of jinja2 and Babel."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import NoReturn

import jinja2
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta, parse_pattern
from babel.lists import format_list

from digest.errors import TemplateError
from digest.rendering.links import safe_url
from digest.rendering.text import clean, shorten, wrap

_FAULTS = (
    TemplateError,
    jinja2.TemplateError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What a template can run into: its own mistakes, and those of the values it was given."""

_WEEK, _RUN = 7, 3
"""The days of a week, and how many that follow each other are said as a run."""


class Words:
    """The fixed words of one language, from words/<language>.toml; a call gives a word, `plural` a counted one."""

    def __init__(self, language: str, entries: Mapping[str, object], origin: str) -> None:
        self.language = language
        self.direction = direction(language)
        self._entries = entries
        self._origin = origin

    def __call__(self, name: str, **values: object) -> str:
        """The word `name` with its {places} filled in. Raises TemplateError."""
        word = self._entries.get(name)
        if not isinstance(word, str):
            raise TemplateError(f"{self._origin} has no text {name!r}")
        return self._fill(word, values)

    def plural(self, name: str, count: int) -> str:
        """The word `name` as it is said of `count` things. Raises TemplateError."""
        return self._fill(self.forms(name)[plural_category(self.language, count)], {"count": count})

    def forms(self, name: str) -> Mapping[str, str]:
        """Every form of a counted word by its CLDR plural category; {count} is still in them."""
        table = self._entries.get(name)
        wanted = _locale(self.language).plural_form.tags | {"other"}
        if not isinstance(table, dict) or not wanted.issubset(table):
            raise TemplateError(f"{self._origin} needs a table {name!r} with {', '.join(sorted(wanted))}")
        return table

    def _fill(self, word: str, values: Mapping[str, object]) -> str:
        try:
            return word.format_map(values)
        except (LookupError, ValueError, AttributeError) as fault:
            raise TemplateError(f"{self._origin}: the text {word!r} has a place that is not known") from fault

    def date(self, when: date, pattern: str) -> str:
        """`when` by a word that is a CLDR date pattern (say "long_date")."""
        return str(format_date(when, self(pattern), locale=_locale(self.language)))

    def days(self, days: int) -> str:
        """Weekdays (a bit each, bit 0 Monday) in words: "every day", "Monday to Friday", "Monday and Thursday"."""
        names = _locale(self.language).days["stand-alone"]["wide"]
        chosen = [day for day in range(_WEEK) if days >> day & 1]
        if len(chosen) == _WEEK:
            return self("every_day")
        if len(chosen) >= _RUN and chosen[-1] - chosen[0] == len(chosen) - 1:
            return self("days_running", first=names[chosen[0]], last=names[chosen[-1]])
        return str(format_list([names[day] for day in chosen], locale=_locale(self.language)))

    def ago(self, span: timedelta) -> str:
        """A time that lies `span` back, in words: "3 hours ago"; what is newer than a minute is a minute old."""
        past = -max(span, timedelta(minutes=1))
        # A whole unit, not most of one: 22 hours are no day.
        return format_timedelta(past, add_direction=True, threshold=1, locale=_locale(self.language))


class Templates:
    """Templates by name ("mail/digest.html"), the first folder in `search` that has one winning.

    HTML escapes every value; names that end in .txt do not. Values lose their control characters in both.
    A name that is not given is an error, never an empty string. Filters: safe_url, shorten, wrap.
    """

    def __init__(self, search: Sequence[Path]) -> None:
        self._search = tuple(search)
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([str(folder) for folder in search]),
            autoescape=jinja2.select_autoescape(disabled_extensions=("txt",), default=True),
            undefined=jinja2.StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters.update(safe_url=safe_url, shorten=shorten, wrap=wrap)

    def render(self, name: str, **values: object) -> str:
        """The template as text. Raises TemplateError, which names the file and the line."""
        try:
            return self._environment.get_template(name).render(**values)
        except _FAULTS as fault:
            _explain(name, fault, self._search)

    def languages(self) -> tuple[str, ...]:
        """The languages there are words for."""
        found = {path.stem for folder in self._search for path in (folder / "words").glob("*.toml")}
        return tuple(sorted(found))

    def words(self, language: str) -> Words:
        """The words of a language, or of its base ("de" for "de-AT"). Raises TemplateError where there are none."""
        full = language.replace("_", "-")
        for tag in dict.fromkeys((full, full.split("-")[0])):
            paths = [folder / "words" / f"{tag}.toml" for folder in self._search]
            if found := next((path for path in paths if path.is_file()), None):
                return Words(full, _entries(found), str(found))
        raise TemplateError(
            f"There are no words for the language {language!r}",
            hint=f"Set DIGEST_LANGUAGE to one of {', '.join(self.languages())}, or add templates/words/{language}.toml",
        )


class Trusted(str):
    """Markup of our own making, which no template escapes."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@lru_cache(maxsize=64)
def direction(language: str) -> str:
    """Which way a language is written: "ltr" or "rtl"; what is not a language is "ltr"."""
    try:
        return "rtl" if _locale(language).text_direction == "rtl" else "ltr"
    except TemplateError:
        return "ltr"


@lru_cache(maxsize=4096)
def plural_category(language: str, count: int) -> str:
    """The CLDR plural category of a whole number: "one", "few" or another."""
    return str(_locale(language).plural_form(count))


def format_when(language: str, pattern: str, when: datetime) -> str:
    """`when`, in its own time zone, by a CLDR date pattern."""
    return str(parse_pattern(pattern).apply(when, _locale(language)))


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError) as fault:
        raise TemplateError(f"{language!r} is not a language tag", hint="Write it like en, de or pt-BR") from fault


def _finalize(value: object) -> object:
    """A value on its way into a page; markup that a template has made itself is left alone."""
    return clean(value) if type(value) is str else value


def _entries(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise TemplateError(f"{path} cannot be read: {fault}") from fault


def _explain(name: str, fault: Exception, search: Sequence[Path]) -> NoReturn:
    """Turn what a template ran into into a TemplateError with the place."""
    hint = "Nothing has been sent; correct the template and try again"
    if isinstance(fault, jinja2.TemplateNotFound):
        folders = ", ".join(str(folder) for folder in search)
        raise TemplateError(f"There is no template {fault.name or name} in {folders}", hint=hint) from fault
    reason = str(fault).strip() or type(fault).__name__
    if isinstance(fault, KeyError):
        reason = f"{reason} is not given"
    raise TemplateError(f"{_place(name, fault, search)}: {reason}", hint=hint) from fault


def _place(name: str, fault: Exception, search: Sequence[Path]) -> str:
    """The file and line where a fault arose: the syntax error's own, else the innermost template on the stack."""
    if isinstance(fault, jinja2.TemplateSyntaxError):
        return f"{fault.filename or fault.name or name}, line {fault.lineno}"
    place, trace = name, fault.__traceback__
    inside = partial(_is_template, search=tuple(str(folder) for folder in search))
    while trace is not None:
        if inside(trace.tb_frame.f_code.co_filename):
            place = f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _is_template(filename: str, *, search: tuple[str, ...]) -> bool:
    return filename.startswith(search) and not filename.endswith(".py")
