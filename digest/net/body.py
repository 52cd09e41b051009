"""Reads an answer's body: at most so many bytes, counted after decompression, never more held."""

import zlib

from aiohttp import ClientResponse

from digest.errors import FetchError

PIECE = 64 * 1024
GZIP = frozenset({"gzip", "x-gzip"})


async def read_body(response: ClientResponse, host: str, limit: int) -> bytes:
    """The decoded body (RFC 9110 section 8.4: no content coding, or gzip once).

    Raises FetchError for more than `limit` bytes, other and repeated codings, and broken or cut gzip.
    """
    coding = ",".join(response.headers.getall("Content-Encoding", ())).strip().lower()
    if coding not in GZIP | {"", "identity"}:
        raise FetchError(f"{host} answers in the content coding “{coding[:40]}”, we asked for gzip once")
    if response.content_length is not None and response.content_length > limit:
        raise _too_big(host, limit)
    inflater = Inflater(limit) if coding in GZIP else None
    body = bytearray()
    async for piece in response.content.iter_chunked(PIECE):
        body += piece if inflater is None else _inflated(inflater, piece, limit - len(body), host)
        if len(body) > limit:
            raise _too_big(host, limit)
    if inflater is not None and not inflater.complete:
        raise FetchError(f"{host}: the answer breaks off in the middle of its gzip stream")
    return bytes(body)


class Inflater:
    """Undoes gzip (RFC 1952, several members allowed) piece by piece, never making more than it is asked for."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stream = zlib.decompressobj(31)
        self._begun = False

    @property
    def complete(self) -> bool:
        """Whether the input ended where a member ends (nothing at all is an empty body)."""
        return self._stream.eof or not self._begun

    def inflate(self, piece: bytes, room: int) -> bytes:
        """What `piece` unpacks to, cut one byte beyond `room`; raises zlib.error."""
        out = bytearray()
        while piece and len(out) <= room:
            if self._stream.eof:
                # What follows the first member is another one, or padding that every reader ignores.
                if not piece.startswith(b"\x1f"):
                    break
                self._stream = zlib.decompressobj(31)
            self._begun = True
            out += self._stream.decompress(piece, room + 1 - len(out))
            piece = self._stream.unused_data or self._stream.unconsumed_tail
        return bytes(out)


def _inflated(inflater: Inflater, piece: bytes, room: int, host: str) -> bytes:
    try:
        return inflater.inflate(piece, room)
    except zlib.error as fault:
        raise FetchError(f"{host}: the answer says it is gzip, and is not") from fault


def _too_big(host: str, limit: int) -> FetchError:
    return FetchError(f"{host}: the answer is larger than {limit / 1_000_000:g} MB")
