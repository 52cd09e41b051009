"""The round of the doctor: what is looked at, in which order."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from digest.app import App, clock_of, open_app
from digest.errors import DigestError, SettingsError
from digest.model.examined import Examined, fail, ok, skip, warn
from digest.net.names import Names
from digest.newsroom.doctor import house, returning, wires
from digest.sender.dkim import DKIM, Expected
from digest.settings.read import Settings, Survey, survey_settings
from digest.storage.examine import StoreState, examine_store


def examine(*, now: datetime | None, offline: bool) -> tuple[Examined, ...]:
    """Look at everything; `now` stops the clock, `offline` asks nobody outside.

    Nothing is changed, and no mail is begun. Faults are lines of the report, never raised.
    """
    try:
        survey = survey_settings()
    except SettingsError as error:
        return tuple(fail(house.SETTINGS_CHECK, fault, hint=error.hint) for fault in error.faults)
    at = clock_of(now)()
    inside = of_house(survey, at, now)
    return (*inside, *asyncio.run(of_outside(survey, at, offline=offline)))


def of_house(survey: Survey, at: datetime, now: datetime | None) -> tuple[Examined, ...]:
    """Everything that can be seen without asking anybody."""
    settings = survey.settings
    state, lines = of_database(settings)
    return (
        *house.of_settings(survey),
        *house.of_files(survey.files),
        *lines,
        *house.of_clock(settings, state, at),
        house.of_key(settings),
        *of_newspaper(settings, state, now),
        *keys_of(survey)[1],
        *returning.of_settings(settings),
        *asyncio.run(returning.of_folder(settings)),
    )


def of_database(settings: Settings) -> tuple[StoreState | None, tuple[Examined, ...]]:
    """The store as it was found, or None; and the lines on it."""
    try:
        state = examine_store(settings.database_url)
    except SettingsError as error:
        return None, tuple(fail(house.STORE, fault, hint=error.hint) for fault in error.faults)
    except DigestError as error:
        return None, (fail(house.STORE, error.message, hint=error.hint),)
    return state, house.of_store(state)


def of_newspaper(settings: Settings, state: StoreState | None, now: datetime | None) -> tuple[Examined, ...]:
    """What needs the store open; it is not opened where that would upgrade it."""
    if state is None or not state.current or state.complaint:
        return house.of_newspaper(None)
    try:
        with open_app(settings, now=now, create=False) as app:
            return (*house.of_newspaper(app), *of_health(app))
    except DigestError as error:
        return (fail(house.STORE, error.message, hint=error.hint),)


def of_health(app: App) -> Iterable[Examined]:
    """The relays that are left alone for now, as sending found them."""
    now = app.clock()
    for health in app.store.relays.health():
        if health.down_until and health.down_until > now:
            words = f"sending leaves it alone until {health.down_until:%H:%M} UTC: {health.because}"
            yield warn(wires.RELAY, words, about=health.place)


async def of_outside(survey: Survey, at: datetime, *, offline: bool) -> tuple[Examined, ...]:
    """Relays, the DNS and the public pages, all asked at once."""
    if offline:
        return tuple(map(wires.offline, (wires.RELAY, "DNS", wires.PUBLIC)))
    lines = await asyncio.gather(
        of_relays(survey, at),
        returning.of_server(survey.settings),
        of_names(survey),
        wires.one(wires.of_public(survey.settings)),
    )
    return tuple(line for group in lines for line in group)


async def of_relays(survey: Survey, at: datetime) -> tuple[Examined, ...]:
    """Every relay of the settings."""
    if "DIGEST_SMTP_URL" in survey.unusable:
        return (skip(wires.RELAY, "not asked: DIGEST_SMTP_URL has to be mended first"),)
    relays = survey.settings.smtp_url
    if not relays:
        return (ok(wires.RELAY, f"none is set; mail goes into {survey.settings.outbox}"),)
    return tuple(await asyncio.gather(*(wires.of_relay(relay, at) for relay in relays)))


async def of_names(survey: Survey) -> tuple[Examined, ...]:
    """What the DNS says of the sender."""
    if "DIGEST_FROM" in survey.unusable:
        return (skip("DNS", "not asked: DIGEST_FROM has to be mended first"),)
    settings = survey.settings
    try:
        names = Names(settings.nameserver)
        writer = wires.writer_of(settings, keys_of(survey)[0])
        return await wires.of_sender(names, writer, settings.smtp_url)
    except DigestError as error:
        return (fail("DNS", error.message, hint=error.hint),)


def keys_of(survey: Survey) -> tuple[tuple[Expected, ...] | None, tuple[Examined, ...]]:
    """The keys that mail is signed with here, as their records should stand in the DNS, or None where they cannot
    be read; and what is wrong with them.
    """
    chosen = survey.settings
    if not chosen.dkim_key:
        return (), ()
    from digest.channels.dkim_keys import read_signer, record_of

    try:
        signer, doubts = read_signer(
            chosen.dkim_key, chosen.dkim_selector, domain=chosen.dkim_domain, sender=chosen.sender
        )
    except SettingsError as error:
        return None, tuple(fail(DKIM, fault, hint=error.hint) for fault in error.faults)
    records = [(key.selector, record_of(key, signer.domain).value) for key in signer.keys]
    expected = tuple(Expected(selector=name, domain=signer.domain, record=value) for name, value in records)
    return expected, tuple(warn(DKIM, doubt) for doubt in doubts)
