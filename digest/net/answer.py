"""The way out as the rooms above see it; costs nothing to import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said in the end, after redirects.

    `url` is where it was said; `permanent_url` the same, when there were redirects and all were permanent (301, 308).
    `headers` have lower-case names, repeated ones joined by commas. `body` is decoded, and empty unless the status
    is a success.
    """

    status: int
    url: str
    permanent_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Session(Protocol):
    """What gets a URL: the guarded session, or what stands in for it."""

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = ...,
        private: tuple[str, str] | None = None,
        limit_bytes: int = ...,
        gap: float = 0.0,
    ) -> Answer:
        """The answer in the end, of whatever status; raises FetchError.

        `private` is a header for the URL's own origin only, `limit_bytes` bounds the decoded body, `gap` are the
        seconds to leave between two requests to the host, where they are more than usual.
        """
        ...
