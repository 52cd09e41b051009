"""What a page of the studio is asked to show: every choice stands in its address, so nothing needs a script."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from urllib.parse import parse_qsl, urlencode

VIEWS: Mapping[str, str] = {
    "html": "HTML",
    "text": "Text",
    "headers": "Headers",
    "source": "Source",
    "push": "Push",
    "web": "Web",
}
WIDTHS: Mapping[str, str] = {"320": "320", "375": "375", "414": "414", "600": "600", "full": "Full"}
SCHEMES: Mapping[str, str] = {
    "light": "Light",
    "dark": "Dark",
    "outlook": "Dark in Outlook",
    "inverted": "Inverted",
}
IMAGES: Mapping[str, str] = {"on": "On", "off": "Off"}
PANELS: Mapping[str, str] = {"paper": "Paper", "checks": "Checks", "send": "Send", "record": "Record"}

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "view": VIEWS,
    "width": WIDTHS,
    "scheme": SCHEMES,
    "images": IMAGES,
    "panel": PANELS,
}
"""The choices among a few, each with its options and their names; the first is what is shown unasked."""

TODAY, SAMPLE = "today", "sample:"
LONGEST, DIGITS = 400, 9
"""Characters of a value that are looked at, no address or name is longer; and of a number."""
FIELDS = 200
"""The most choices of a query; there are ten, and one for each section that is wished for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The choices. `edition` is "today", a number, or "sample:" and a name; `reader` an address.

    Without a reader, `sections`, `language` and `timezone` are what somebody might wish, to be tried out.
    """

    edition: str = TODAY
    reader: str = ""
    sections: tuple[str, ...] = ()
    language: str = ""
    timezone: str = ""
    view: str = "html"
    width: str = "600"
    scheme: str = "light"
    images: str = "on"
    panel: str = "paper"

    @staticmethod
    def read(query: str) -> "Asked":
        """The choices in a query; what is no option is left at the first, and so is all of what is endless."""
        try:
            return chosen(parse_qsl(query, max_num_fields=FIELDS))
        except ValueError:
            return Asked()

    def query(self, **changes: object) -> str:
        """The query of the same page with other choices; what nobody needs to say is left out."""
        wanted = replace(self, **changes)  # type: ignore[arg-type]  # the templates name the fields
        plain = asdict(Asked())
        said = {name: value for name, value in asdict(wanted).items() if value != plain[name]}
        return urlencode(said, doseq=True)

    def link(self, **changes: object) -> str:
        """The address of the same page with other choices."""
        return f"/?{self.query(**changes)}"

    def frame(self, page: str) -> str:
        """The address of what is shown in the frame, which depends on no more than this."""
        return f"/{page}?{self.query(view='html', width='600', panel='paper')}"

    def tabs(self, name: str) -> list[tuple[str, str, bool]]:
        """For each option of a choice what it is called, the page with it, and whether it is the present one."""
        here = getattr(self, name)
        return [(label, self.link(**{name: option}), option == here) for option, label in OPTIONS[name].items()]

    @property
    def number(self) -> int | None:
        """The edition's number, where one is named."""
        return int(self.edition) if is_number(self.edition) else None

    @property
    def sample(self) -> str:
        """The sample's name, where one is named."""
        return self.edition.removeprefix(SAMPLE) if self.edition.startswith(SAMPLE) else ""

    @property
    def trying(self) -> bool:
        """Whether a wish is tried out."""
        return not self.reader and bool(self.sections or self.language or self.timezone)


def chosen(pairs: Iterable[tuple[str, str]]) -> Asked:
    """The choices among the fields of a query or a form."""
    found: dict[str, object] = {}
    sections: list[str] = []
    known = {field.name for field in fields(Asked)}
    for name, text in pairs:
        value = text.strip()[:LONGEST]
        if name == "sections" and value:
            sections.append(value)
        elif name in known and value and value in OPTIONS.get(name, {value: ""}):
            found[name] = value
    if not is_edition(str(found.get("edition", TODAY))):
        del found["edition"]
    return Asked(**{**found, "sections": tuple(dict.fromkeys(sections))})  # type: ignore[arg-type]  # named above


def is_edition(text: str) -> bool:
    """Whether this can name an edition at all."""
    return text == TODAY or is_number(text) or text.startswith(SAMPLE)


def is_number(text: str) -> bool:
    """Whether this is a whole number that is not too long to be one of ours."""
    return text.isascii() and text.isdigit() and len(text) <= DIGITS
