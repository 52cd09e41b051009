"""Turns whatever goes wrong on the way into one clear sentence."""

import ssl

import aiohttp

from digest.errors import FetchError

EXPECTED = (aiohttp.ClientError, TimeoutError, OSError, ValueError)
"""Everything a request may raise; ValueError where a header or an address cannot be put on the wire."""


def fetch_error(fault: Exception, host: str, *, seconds: float) -> FetchError:
    """The FetchError that says what `fault` means; `seconds` is the whole time that was allowed."""
    return FetchError(f"{host}: {_sentence(fault, seconds)}")


def _sentence(fault: Exception, seconds: float) -> str:
    for kind, sentence in SENTENCES:
        if isinstance(fault, kind):
            return sentence.format(seconds=seconds, reason=_reason(fault))
    return f"the request failed ({type(fault).__name__})"


# The first that fits is taken, so the particular comes before the general.
SENTENCES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (aiohttp.ConnectionTimeoutError, "no connection came about in time"),
    (aiohttp.SocketTimeoutError, "the server fell silent in the middle of its answer"),
    (TimeoutError, "the server did not finish its answer within {seconds:g} seconds"),
    (aiohttp.ClientConnectorCertificateError, "the server's certificate is not valid for it ({reason})"),
    (aiohttp.ClientConnectorSSLError, "no secure connection came about ({reason})"),
    (aiohttp.ClientConnectorError, "the server cannot be reached ({reason})"),
    (aiohttp.ClientPayloadError, "the answer breaks off before its end"),
    ((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError), "the server hung up"),
    (aiohttp.ClientResponseError, "what the server answers is no HTTP"),
    (aiohttp.InvalidURL, "its address cannot be asked"),
    (ssl.SSLError, "the secure connection broke ({reason})"),
    (ValueError, "the request cannot be written: check the feed's extra header"),
)


def _reason(fault: Exception) -> str:
    inner = getattr(fault, "certificate_error", None) or getattr(fault, "os_error", None) or fault
    words = getattr(inner, "verify_message", "") or getattr(inner, "strerror", "") or type(inner).__name__
    return str(words)[:120]
