"""The dead-man's switch: a service elsewhere that hears of every edition, and raises the alarm when it does not."""

import logging

from digest import __version__
from digest.app import App
from digest.errors import FetchError
from digest.net.ping import failing, ping

log = logging.getLogger("digest")

AGENT = f"digest/{__version__}"


async def gone_out(app: App) -> bool:
    """Say that an edition has gone out; whether that was heard, or nobody listens.

    What goes wrong is logged, and stops nothing; then the switch is left alone for a while.
    """
    url, switch, now = app.settings.ping_url, app.switch, app.clock()
    if not url:
        return True
    if switch.rests(now):
        return False
    try:
        await ping(url, user_agent=AGENT)
    except FetchError as error:
        log.warning("DIGEST_PING_URL was not reached, and is tried again: %s", error.message)
        switch.failed(now)
        return False
    switch.worked()
    return True


async def failed(app: App) -> None:
    """Say that an edition has not gone out, once: a switch that does not hear it hears nothing else either."""
    url = app.settings.ping_url
    if not url:
        return
    try:
        await ping(failing(url), user_agent=AGENT)
    except FetchError as error:
        log.warning("DIGEST_PING_URL was not told of the failure: %s", error.message)
