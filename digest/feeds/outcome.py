"""What a visit teaches about a feed: its new address, its new state, and what to say of a failure."""

from dataclasses import replace
from datetime import datetime, timedelta

from digest.errors import FetchError, SourceError
from digest.feeds.pace import UNNAMED_PAUSE, after_failure, jitter, next_visit, seconds_asked, wished_wait
from digest.feeds.parse import Parsed
from digest.model.feed import Feed, FeedState
from digest.net.answer import Answer
from digest.net.url import read_url

OK, NOT_MODIFIED, GONE = frozenset({200, 203}), 304, 410
BUSY = frozenset({429, 503})
UPGRADE = ("http", 80, "https", 443)
SENTENCES = {
    401: "wants a name and a password",
    403: "refuses to let us read this",
    404: "has nothing at this address",
    410: "says that this is gone for good",
    429: "asks us to come less often",
    503: "is too busy at the moment",
}
CLASSES = {
    2: "answers without a feed",
    3: "sends us elsewhere without saying where",
    4: "does not give this to us",
    5: "is in trouble",
}


def validators(feed: Feed) -> dict[str, str]:
    """The request headers that ask for changes only: the server's own strings, unchanged (RFC 9110 section 13)."""
    found = {"If-None-Match": feed.state.etag, "If-Modified-Since": feed.state.last_modified}
    return {name: value for name, value in found.items() if value}


def answered(feed: Feed, answer: Answer, parsed: Parsed | None, *, now: datetime) -> Feed:
    """The feed after a document came: new validators, whatever the old ones were, and a clean record."""
    wait = wished_wait(answer.headers, parsed.ttl_minutes if parsed else None, now=now)
    state = FeedState(
        etag=answer.headers.get("etag"),
        last_modified=answer.headers.get("last-modified"),
        fetched_at=now,
        next_at=next_visit(feed.url, wait, now=now, skip_hours=parsed.skip_hours if parsed else ()),
    )
    return replace(feed, state=state)


def unchanged(feed: Feed, answer: Answer, *, now: datetime) -> Feed:
    """The feed after a 304: what the answer names replaces what we had, the rest stands (RFC 9111 section 4.3.4)."""
    old = feed.state
    wait = max(wished_wait(answer.headers, None, now=now), _last_wait(feed))
    state = FeedState(
        etag=answer.headers.get("etag", old.etag),
        last_modified=answer.headers.get("last-modified", old.last_modified),
        fetched_at=now,
        next_at=next_visit(feed.url, wait, now=now),
    )
    return replace(feed, state=state)


def failed(feed: Feed, fault: SourceError, *, now: datetime) -> Feed:
    """The feed after a failure: counted, dated, explained, and tried again within a day; after a 410 never."""
    old, failures = feed.state, feed.state.failures + 1
    state = replace(
        old,
        failures=failures,
        failing_since=old.failing_since or now,
        error=fault.message,
        disabled=old.disabled or _status(fault) == GONE,
        next_at=next_visit(feed.url, _wait_after(fault, failures), now=now),
    )
    return replace(feed, state=state)


def refusal(feed: Feed, answer: Answer, *, now: datetime) -> FetchError:
    """The error that an answer without a document is.

    Its status is left out for a 410 that a temporary redirect led to: then it is not the feed that is gone.
    """
    status: int | None = answer.status
    words = SENTENCES.get(answer.status) or CLASSES.get(answer.status // 100, "gives an answer that is none")
    if status == GONE and answer.permanent_url is None and answer.url != read_url(feed.url).url:
        status = None
    pause = seconds_asked(answer.headers, now=now)
    return FetchError(
        f"{read_url(answer.url).host} {words} ({answer.status})",
        status=status,
        retry_after=None if pause is None else int(pause.total_seconds()),
    )


def new_address(feed: Feed, answer: Answer) -> str:
    """Where the feed is to be asked from now on, after the answer proved to be one."""
    moved = answer.permanent_url
    return moved if moved and may_move(feed, moved) else feed.url


def may_move(feed: Feed, url: str) -> bool:
    """Whether a feed may be asked at another address for ever.

    Never from https to http. A feed with a header of its owner's stays at its origin (but for the step to https):
    the header is a secret, and a redirect must not carry it to somebody else.
    """
    old, new = read_url(feed.url), read_url(url)
    if old.scheme == "https" and new.scheme == "http":
        return False
    upgraded = (old.scheme, old.port, new.scheme, new.port) == UPGRADE and old.host == new.host
    return feed.header is None or new.origin == old.origin or upgraded


def _last_wait(feed: Feed) -> timedelta:
    """What was waited after the last good answer: the wishes of a document that has not changed still hold."""
    state = feed.state
    if state.failures or state.fetched_at is None or state.next_at is None:
        return timedelta()
    return state.next_at - state.fetched_at - jitter(feed.url)


def _wait_after(fault: SourceError, failures: int) -> timedelta:
    asked = fault.retry_after if isinstance(fault, FetchError) else None
    if _status(fault) in BUSY:
        return UNNAMED_PAUSE if asked is None else timedelta(seconds=asked)
    return max(after_failure(failures), timedelta(seconds=asked or 0))


def _status(fault: SourceError) -> int | None:
    return fault.status if isinstance(fault, FetchError) else None
