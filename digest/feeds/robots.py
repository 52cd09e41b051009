"""What a site asks of robots, obeyed for pages (RFC 9309), not for the feeds the owner configured."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.errors import FetchError, SourceError
from digest.feeds.page import Run
from digest.net.answer import SUCCESS, Session
from digest.net.url import read_url

ROBOT = "digest"
ROBOTS_BYTES = 512_000
KEPT_FOR = timedelta(days=1)
RETRIED_AFTER = timedelta(hours=1)
LONGEST_DELAY = 10.0
CLIENT_ERRORS = range(400, 500)
NO_RULES = ""
CLOSED = f"User-agent: {ROBOT}\nDisallow: /\n"


@dataclass(frozen=True, slots=True)
class Rules:
    """One site's robots.txt, and until when it is taken as read."""

    text: str
    until: datetime


class Robots:
    """Asks each site once a day through the guarded session; `run` is where hostile rules may take their time."""

    def __init__(self, session: Session, run: Run) -> None:
        self._session = session
        self._run = run
        self._rules: dict[str, Rules] = {}

    async def delay(self, url: str, *, now: datetime) -> float | None:
        """The seconds to leave between two requests for pages like this one; None where it must not be read.

        Raises AddressRefused where the address itself is not to be asked.
        """
        origin = read_url(url).origin
        rules = self._rules.get(origin)
        if rules is None or rules.until <= now:
            rules = self._rules[origin] = await self._ask(origin, now)
        try:
            return await self._run(delay_for, rules.text, url)
        except SourceError:
            return None

    async def _ask(self, origin: str, now: datetime) -> Rules:
        """RFC 9309 section 2.3.1: not there means no rules, unreachable means closed."""
        try:
            answer = await self._session.get(f"{origin}/robots.txt", limit_bytes=ROBOTS_BYTES)
        except FetchError:
            return Rules(CLOSED, now + RETRIED_AFTER)
        if answer.status in SUCCESS:
            return Rules(answer.body.decode("utf-8", "replace"), now + KEPT_FOR)
        if answer.status in CLIENT_ERRORS:
            return Rules(NO_RULES, now + KEPT_FOR)
        return Rules(CLOSED, now + RETRIED_AFTER)


def delay_for(rules: str, url: str) -> float | None:
    """What a robots.txt says of one page: None for keep out, else its Crawl-delay in seconds, LONGEST_DELAY at most.

    A rule of many wildcards can take its time: to be run in a worker with a time limit.
    """
    from protego import Protego

    parsed = Protego.parse(rules)
    if not parsed.can_fetch(url, ROBOT):
        return None
    delay = float(parsed.crawl_delay(ROBOT) or 0)
    return delay if 0 <= delay <= LONGEST_DELAY else LONGEST_DELAY
