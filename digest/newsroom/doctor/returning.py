"""What comes back: who is told, and whether the mailboxes of bounces can be read."""

import asyncio

from digest.channels.imap import ImapFolder
from digest.channels.mailbox import Maildir
from digest.errors import DigestError
from digest.model.examined import Examined, fail, ok, warn
from digest.ports.sending import Mailbox
from digest.settings.read import Settings

BOUNCES, OPERATOR = "bounces", "operator"
PATIENCE = 30.0
"""Seconds for a mailbox to open."""


def of_settings(settings: Settings) -> tuple[Examined, ...]:
    """Whether anybody hears of what goes wrong; where no relay is set, nothing comes back."""
    if not settings.smtp_url:
        return ()
    return (_of_operator(settings), *_of_bounces(settings))


def _of_operator(settings: Settings) -> Examined:
    if settings.operator:
        return ok(OPERATOR, f"{settings.operator} is told when an edition is held or no mail goes out")
    return warn(OPERATOR, "nobody is told when an edition is held or no mail goes out", hint="Set DIGEST_OPERATOR.")


def _of_bounces(settings: Settings) -> tuple[Examined, ...]:
    if not settings.bounce_address:
        words = "they come to the sender's own mailbox, and no dead address is ever noticed by them"
        return (warn(BOUNCES, words, hint="Set DIGEST_BOUNCE_ADDRESS (docs/bounces.md)."),)
    if settings.bounces is None and settings.imap_url is None:
        words = "nobody reads the mailbox they come to"
        hint = "Set DIGEST_IMAP_URL or DIGEST_BOUNCES (docs/bounces.md)."
        return (warn(BOUNCES, words, about=settings.bounce_address, hint=hint),)
    return ()


async def of_folder(settings: Settings) -> tuple[Examined, ...]:
    """The Maildir of bounces, where one is set."""
    return (await _of_mailbox(Maildir(settings.bounces)),) if settings.bounces else ()


async def of_server(settings: Settings) -> tuple[Examined, ...]:
    """The folder of bounces on an IMAP server, where one is set: opened, and left as it is."""
    return (await _of_mailbox(ImapFolder(settings.imap_url)),) if settings.imap_url else ()


async def _of_mailbox(mailbox: Mailbox) -> Examined:
    try:
        async with asyncio.timeout(PATIENCE):
            waiting = await asyncio.to_thread(lambda: sum(1 for _ in mailbox.letters()))
    except DigestError as error:
        return fail(BOUNCES, error.message, hint=error.hint)
    except TimeoutError:
        return fail(BOUNCES, f"it does not open within {PATIENCE:.0f} seconds", about=mailbox.place)
    return ok(BOUNCES, f"the mailbox opens, and holds {waiting}", about=mailbox.place)
