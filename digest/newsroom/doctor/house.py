"""What lies in the house: settings, files, the store, the clock, the key, templates, feeds."""

import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from digest import samples
from digest.app import App
from digest.errors import DigestError, SettingsError
from digest.model.edition import EditionState
from digest.model.examined import Examined, fail, ok, skip, warn
from digest.model.feed import Feed
from digest.newsroom.dispatch import check_sendable
from digest.rendering.blocks import render
from digest.settings.read import Settings, Survey
from digest.settings.table import SETTINGS
from digest.storage.examine import StoreState

SETTINGS_CHECK, FILES, STORE, DISK = "settings", "secrets", "store", "disk"
CLOCK, HOURS, KEY, TEMPLATES, SENDABLE, FEEDS = "clock", "hours", "key", "templates", "mail", "feeds"

MENDED_FIRST = "not looked at: the store has to be mended first"

TIGHT, SHORT = 50_000_000, 500_000_000
"""Octets of room on the disk below which sending ends soon, and which a copy before an upgrade may need."""

FIRST_YEAR = 2025
"""No clock that is right shows an earlier year."""

DRIFT = timedelta(minutes=2)
VARIETY = 10
"""Different characters that a key has at least when a machine made it."""


def of_settings(survey: Survey) -> tuple[Examined, ...]:
    """Every setting that cannot be used, or that all can."""
    if not survey.faults:
        return (ok(SETTINGS_CHECK, f"{len(survey.chosen)} of {len(SETTINGS)} are set, and all can be used"),)
    hint = "Edit .env, or the environment; .env.example explains every setting."
    return tuple(fail(SETTINGS_CHECK, fault, hint=hint) for fault in survey.faults)


def of_files(files: Sequence[Path]) -> tuple[Examined, ...]:
    """Whether others on this machine can read the files that hold secrets."""
    return tuple(filter(None, map(_of_file, files)))


def _of_file(path: Path) -> Examined | None:
    try:
        mode = path.stat().st_mode
    except OSError as fault:
        return fail(FILES, f"it cannot be read: {fault.strerror}", about=str(path))
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        words = "everybody on this machine can read it, and it holds passwords and keys"
        return fail(FILES, words, about=str(path), hint=f"chmod 600 {path}")
    if mode & stat.S_IRGRP:
        return ok(FILES, "its owner and its group can read it", about=str(path))
    return ok(FILES, "only its owner can read it", about=str(path))


def of_store(state: StoreState) -> tuple[Examined, ...]:
    """What was found in the store."""
    found = [_of_schema(state)]
    if state.complaint:
        words = f"the file is damaged: {state.complaint}"
        found.append(fail(STORE, words, about=state.name, hint="Restore it from a backup."))
    if state.network:
        words = f"the file lies on a network ({state.network}), where SQLite's locks cannot be relied on"
        found.append(warn(STORE, words, about=state.name, hint="Keep it on a disk of this machine, or use PostgreSQL."))
    if state.open_to_others:
        words = "everybody on this machine can read it, and it holds people's addresses"
        found.append(warn(STORE, words, about=state.name, hint=f"chmod 600 {state.name}"))
    if state.free is not None:
        found.append(_of_room(state, state.free))
    return tuple(found)


def _of_schema(state: StoreState) -> Examined:
    if state.current:
        checked = ", sound" if state.is_file and not state.complaint else ""
        return ok(STORE, f"it opens, can be written{checked}, schema {state.revision}", about=state.name)
    has = f"has the schema {state.revision}" if state.revision else "has no tables yet"
    copy = " after a copy is made beside it" if state.is_file and state.revision else ""
    return warn(STORE, f"it {has}; the next command brings it to {state.head}{copy}", about=state.name)


def _of_room(state: StoreState, free: int) -> Examined:
    words = f"{in_octets(free)} are free beside a store of {in_octets(state.size)}"
    if free < TIGHT:
        return fail(DISK, words, about=state.name, hint="Free some space: a full disk ends sending.")
    if free < max(SHORT, state.size):
        return warn(DISK, words, about=state.name, hint="Free some space: an upgrade copies the store first.")
    return ok(DISK, words, about=state.name)


def in_octets(number: float) -> str:
    """A size in words: "3.2 GB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:  # noqa: PLR2004 the step of SI units
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} TB"


def of_clock(settings: Settings, state: StoreState | None, now: datetime) -> tuple[Examined, ...]:
    """Whether this machine's clock agrees with what the store and its server know, and the hours with each other."""
    local = now.astimezone(ZoneInfo(settings.timezone))
    shown = f"{now:%Y-%m-%d %H:%M} UTC, {local:%H:%M} in {settings.timezone}"
    hint = "Have the clock set from the network (NTP)."
    newest, server = (state.newest, state.clock) if state else (None, None)
    if now.year < FIRST_YEAR:
        line = fail(CLOCK, f"it shows {shown}, which is long past", hint=hint)
    elif newest and newest > now + DRIFT:
        line = fail(CLOCK, f"it shows {shown}, and the store has news of {newest:%Y-%m-%d %H:%M} UTC", hint=hint)
    elif server and abs(server - now) > DRIFT:
        line = warn(CLOCK, f"it shows {shown}, and the database's clock {server.astimezone(UTC):%H:%M} UTC", hint=hint)
    else:
        line = ok(CLOCK, shown)
    return line, of_hours(settings)


def of_hours(settings: Settings) -> Examined:
    """Whether an edition is cut before the hour of the readers who chose none."""
    cut, send = settings.edit_at, settings.send_at
    words = f"cut at {', '.join(map(clock_time, cut))}, sent at {clock_time(send)}"
    if min(cut) <= send:
        return ok(HOURS, words)
    hint = "Let DIGEST_EDIT_AT come before DIGEST_SEND_AT."
    return warn(HOURS, f"{words}: readers get the edition of the day before", hint=hint)


def clock_time(minute: int) -> str:
    """A minute of the day as people write it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def of_key(settings: Settings) -> Examined:
    """Whether links can be signed."""
    keys = settings.secret_key
    if not keys:
        words = "there is none: no mail has a link to leave by, and there are no web pages"
        return warn(KEY, words, hint="digest init writes one into a new .env, or set DIGEST_SECRET_KEY yourself.")
    if len(set(keys[0])) < VARIETY:
        return warn(KEY, "it looks made up; whoever guesses it can speak for every reader", hint="openssl rand -hex 32")
    older = f", and {len(keys) - 1} older still open links" if len(keys) > 1 else ""
    return ok(KEY, f"it signs links with {len(keys[0])} characters{older}")


def of_newspaper(app: App | None) -> tuple[Examined, ...]:
    """Templates, what every mail must say, and feeds."""
    if app is None:
        return tuple(skip(check, MENDED_FIRST) for check in (TEMPLATES, SENDABLE, FEEDS))
    return (of_templates(app), *of_sendable(app), of_feeds(app.store.feeds.all(), app.clock()))


def of_templates(app: App) -> Examined:
    """Whether an ordinary edition and every letter can be rendered with the operator's templates and words."""
    own = f" with those of {app.settings.templates}" if app.settings.templates else ""
    try:
        edition = replace(samples.sample("ordinary"), language=app.settings.language, state=EditionState.FROZEN)
        render(edition, app.letterhead, app.templates)
        samples.letter_samples(app.letterhead, app.templates)
    except SettingsError as error:
        return fail(TEMPLATES, "; ".join(error.faults), hint=error.hint)
    except DigestError as error:
        return fail(TEMPLATES, error.message, hint=error.hint)
    return ok(TEMPLATES, f"a paper and every letter can be made in {app.settings.language}{own}")


def of_sendable(app: App) -> tuple[Examined, ...]:
    """What mail to subscribers must have."""
    try:
        check_sendable(app)
    except SettingsError as error:
        faults = [fault for fault in error.faults if not fault.startswith("DIGEST_DKIM")]
        return tuple(fail(SENDABLE, fault, hint=error.hint) for fault in faults)
    if not app.settings.smtp_url:
        return (ok(SENDABLE, f"no relay is set: it is put into {app.settings.outbox}, and nobody gets it"),)
    return (ok(SENDABLE, f"it is from {app.settings.sender}, and says who writes and how to leave"),)


def of_feeds(feeds: Sequence[Feed], now: datetime) -> Examined:
    """Whether there is anything to read, and most of it can be."""
    if not feeds:
        return warn(FEEDS, "there are none", hint="digest feeds add URL…")
    failing = sum(bool(feed.state.failures or feed.state.disabled) for feed in feeds)
    words = f"{len(feeds)}, {failing} of them failing"
    if 2 * failing > len(feeds):
        return fail(FEEDS, f"{words}: a paper would be held back", hint="digest feeds list")
    read = max((feed.state.fetched_at for feed in feeds if feed.state.fetched_at), default=None)
    if read is None or now - read > timedelta(days=1):
        since = f"since {read:%Y-%m-%d %H:%M} UTC" if read else "yet"
        return warn(FEEDS, f"{words}; none was read {since}", hint="Is digest run at work? By hand: digest fetch")
    return warn(FEEDS, words, hint="digest feeds list") if failing else ok(FEEDS, f"{len(feeds)}, all can be read")
