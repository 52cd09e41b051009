"""Documents in a folder that answer as if the web had sent them: the demo and its tests read these offline."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from digest.errors import FetchError
from digest.net.answer import Answer

NOTHING: Mapping[str, str] = {}
TYPES = {".xml": "application/xml", ".json": "application/feed+json", ".html": "text/html; charset=utf-8"}


class SeedSession:
    """Answers for each host with the one document that is named after it; nothing leaves the machine."""

    def __init__(self, folder: Path) -> None:
        self._documents = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in TYPES}

    async def __aenter__(self) -> Self:
        """Nothing to open."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = NOTHING,  # noqa: ARG002 the signature of the real one
        private: tuple[str, str] | None = None,  # noqa: ARG002
        limit_bytes: int = 0,  # noqa: ARG002
        gap: float = 0.0,  # noqa: ARG002
    ) -> Answer:
        """The document of the URL's host; raises FetchError for a host without one."""
        parts = urlsplit(url)
        document = self._documents.get(parts.hostname or "")
        if document is None or parts.path == "/robots.txt":
            raise FetchError(f"{parts.hostname} is not among the seeds")
        return Answer(status=200, url=url, headers={"content-type": TYPES[document.suffix]}, body=document.read_bytes())
