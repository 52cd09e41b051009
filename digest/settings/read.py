"""The environment and `.env` read into Settings, every fault named at once; and a `.env` written."""

import difflib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from digest.channels.imap_url import ImapOptions
from digest.channels.relay import SmtpOptions
from digest.errors import DigestError, SettingsError, UsageError
from digest.model.delivery import Profile
from digest.model.rates import DomainRates
from digest.selection.score import Weights
from digest.settings.setting import Setting
from digest.settings.table import PREFIX, SETTINGS

DOTENV = Path(".env")
"""Where settings are read from, below the environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can choose. A field is None or empty where nothing was chosen and nothing is assumed."""

    database_url: str
    smtp_url: tuple[SmtpOptions, ...]
    outbox: Path
    smtp_connections: int
    rate: float
    domain_rates: DomainRates
    unconfirmed: str
    sender: str
    reply_to: str
    operator: str
    late_after: int
    ping_url: str
    bounce_address: str
    bounces: Path | None
    imap_url: ImapOptions | None
    unsubscribe_address: str
    postal_address: str
    title: str
    language: str
    timezone: str
    edit_at: tuple[int, ...]
    send_at: int
    send_days: int
    approval: str
    max_stories: int
    max_minutes: float | None
    min_stories: int
    weights: Weights
    blocked_words: tuple[str, ...]
    blocked_sources: tuple[str, ...]
    pinned_words: tuple[str, ...]
    pinned_sources: tuple[str, ...]
    accent: str
    logo: Path | None
    subject: str
    footer: str
    templates: Path | None
    public_url: str
    listen: tuple[str, int]
    secret_key: tuple[str, ...]
    metrics_token: str
    log: str
    log_addresses: bool
    nameserver: tuple[str, int] | None
    allow_hosts: frozenset[tuple[str, int]]
    keep_days: int
    dkim_key: tuple[Path, ...]
    dkim_selector: tuple[str, ...]
    dkim_domain: str
    vectors: Path | str | None
    vectors_model: str
    vectors_key: str

    @property
    def defaults(self) -> Profile:
        """The wishes of a reader who chose nothing."""
        return Profile(timezone=self.timezone, send_at=self.send_at, days=self.send_days)


def read_settings(environ: Mapping[str, str] = os.environ, *, dotenv: Path | None = None) -> Settings:
    """Read the environment, and below it the `.env` file; raises SettingsError with every fault at once."""
    survey = survey_settings(environ, dotenv=dotenv)
    if survey.faults:
        raise SettingsError(survey.faults, hint="edit .env, or the environment; .env.example explains every setting")
    return survey.settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The settings with defaults in place of those that cannot be used, a line on each fault, and the names of the
    settings they are about; `chosen` are those that are set, `files` what they were read from.
    """

    settings: Settings
    faults: tuple[str, ...]
    unusable: frozenset[str]
    chosen: tuple[str, ...]
    files: tuple[Path, ...]


def survey_settings(environ: Mapping[str, str] = os.environ, *, dotenv: Path | None = None) -> Survey:
    """Read all that can be read; raises SettingsError only where there is a `.env` file that cannot be."""
    path = dotenv or DOTENV
    given = {**dotenv_lines(path), **environ}
    faults, unusable = unknown(given), set()
    values: dict[str, object] = {}
    for setting in SETTINGS:
        try:
            values[field_of(setting.name)] = setting.parse(text_of(setting, given))
        except (ValueError, DigestError, OSError) as error:
            faults.append(fault(setting, error))
            unusable.add(PREFIX + setting.name)
            values[field_of(setting.name)] = setting.parse(setting.default)
    if not faults:
        faults = missing(values)
    return Survey(
        settings=Settings(**values),  # type: ignore[arg-type]  # each parser gives its field's type; a test holds it
        faults=tuple(faults),
        unusable=frozenset(unusable),
        chosen=tuple(PREFIX + each.name for each in SETTINGS if is_chosen(each, given)),
        files=(*filter(Path.is_file, (path,)), *secret_files(given)),
    )


def missing(values: Mapping[str, object]) -> list[str]:
    """A line for each setting that another one needs."""
    faults = []
    if values["public_url"] and not values["secret_key"]:
        faults.append("DIGEST_SECRET_KEY is missing: links in mails are signed with it; `digest init` makes one")
    if isinstance(values["vectors"], str) and values["vectors"] and not values["vectors_model"]:
        faults.append("DIGEST_VECTORS_MODEL is missing: the API of DIGEST_VECTORS must be told which model")
    return faults


def is_chosen(setting: Setting, given: Mapping[str, str]) -> bool:
    """Whether a setting is set, by itself or by a file."""
    name = PREFIX + setting.name
    return bool(given.get(name, "").strip() or (setting.secret and given.get(f"{name}_FILE")))


def secret_files(given: Mapping[str, str]) -> tuple[Path, ...]:
    """The files that hold secrets, each once."""
    named = (given.get(f"{PREFIX}{setting.name}_FILE", "") for setting in SETTINGS if setting.secret)
    return tuple(dict.fromkeys(path for path in map(Path, filter(None, named)) if path.is_file()))


def demo_settings(folder: Path) -> Settings:
    """The defaults, with everything kept in one folder; the environment is not asked."""
    host, port = "127.0.0.1", 8025
    chosen = {
        "DATABASE_URL": f"sqlite:///{(folder / 'digest.db').resolve()}",
        "OUTBOX": str(folder / "outbox"),
        "FROM": "The Daily Digest <paper@daily.example>",
        "POSTAL_ADDRESS": "The Daily Digest, 1 Quay Street, Port Sallow",
        "PUBLIC_URL": f"http://{host}:{port}",
        "SECRET_KEY": fresh_key(),
        "RATE": "1000",
    }
    return read_settings({PREFIX + name: text for name, text in chosen.items()}, dotenv=Path(os.devnull))


def dotenv_lines(path: Path) -> dict[str, str]:
    """The settings of a `.env` file; none where there is no file."""
    try:
        lines = dotenv_values(path, interpolate=False, encoding="utf-8-sig") if path.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError((f"{path} cannot be read: {error}",)) from error
    return {name: value or "" for name, value in lines.items()}


def text_of(setting: Setting, given: Mapping[str, str]) -> str:
    """A setting's text: its own variable, the file that its _FILE names, or the default."""
    name = PREFIX + setting.name
    if setting.secret and given.get(name + "_FILE"):
        if given.get(name):
            raise UsageError(f"{name} and {name}_FILE are both set; keep one")
        return Path(given[name + "_FILE"]).read_text(encoding="utf-8").strip()
    return given.get(name, "").strip() or setting.default


def fault(setting: Setting, error: Exception) -> str:
    """One line on a bad value. The value itself is never shown: it may be a secret."""
    said = f"{str(error).removesuffix('.')}; " if isinstance(error, DigestError | OSError) else ""
    return f"{PREFIX}{setting.name}: {said}expected {setting.expected}"


def unknown(given: Mapping[str, str]) -> list[str]:
    """A line for each variable with our prefix that is none of ours."""
    names = {PREFIX + setting.name for setting in SETTINGS}
    names |= {f"{PREFIX}{setting.name}_FILE" for setting in SETTINGS if setting.secret}
    faults = []
    for name in sorted(given.keys() - names):
        if name.startswith(PREFIX):
            near = difflib.get_close_matches(name, names, n=1)
            faults.append(f"{name} is no setting{f'; did you mean {near[0]}?' if near else ''}")
    return faults


def field_of(name: str) -> str:
    """The Settings field of a variable; FROM is a word of the language, so its field is `sender`."""
    return "sender" if name == "FROM" else name.lower()


def dotenv_text(*, values: Mapping[str, str] | None = None) -> str:
    """A `.env` with every setting explained; those in `values` are set, the others show their default."""
    given = values or {}
    parts = ["# Settings of digest. Lines that begin with # show the default.\n"]
    for setting in SETTINGS:
        name = PREFIX + setting.name
        line = (
            f"{name}={quoted(given[setting.name])}" if setting.name in given else f"#{name}={quoted(setting.default)}"
        )
        also = f"\n# Or the path of a file that holds it: {name}_FILE" if setting.secret else ""
        parts.append(f"# {setting.meaning}\n# Expected: {setting.expected}.{also}\n{line}\n")
    return "\n".join(parts)


def quoted(text: str) -> str:
    """A value as a `.env` file wants it."""
    if not re.search(r"[\s#<>\"'\\]", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fresh_key() -> str:
    """A new secret key: 256 bits."""
    return secrets.token_hex(32)
