"""One GET that only says that we are there: the dead-man's switch on another machine."""

from urllib.parse import urlsplit, urlunsplit

from digest.errors import FetchError
from digest.net.answer import SUCCESS
from digest.net.guard import Guard
from digest.net.session import GuardedSession, Limits
from digest.net.url import read_url

HEARD = 100_000
"""The most bytes of an answer; nobody reads them."""

SECONDS = Limits(connect=5.0, read=5.0, total=10.0)


async def ping(url: str, *, user_agent: str) -> None:
    """Ask for an address that the operator named, wherever it leads; raises FetchError where it does not answer well.

    No message of ours shows more of the address than its host: the rest of it is a secret.
    """
    target = read_url(url)
    guard = Guard(frozenset({(target.host, target.port)}))
    async with GuardedSession(guard, user_agent=user_agent, limits=SECONDS) as session:
        answer = await session.get(url, limit_bytes=HEARD)
    if answer.status not in SUCCESS:
        raise FetchError(f"{target.host} answers {answer.status}", status=answer.status)


def failing(url: str) -> str:
    """The address that tells a switch of a failure: "/fail" behind the path, as Healthchecks and its like have it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
