"""One clear sentence for whatever goes wrong."""

import ssl

import aiohttp
import pytest

from digest.net.faults import EXPECTED, fetch_error


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (TimeoutError(), "within 30 seconds"),
        (aiohttp.ClientPayloadError(), "breaks off"),
        (aiohttp.ServerDisconnectedError(), "hung up"),
        (ConnectionResetError(), "hung up"),
        (ssl.SSLError(1, "bad record"), "secure connection broke"),
        (aiohttp.InvalidURL("x"), "cannot be asked"),
        (ValueError("secret"), "extra header"),
        (OSError(28, "no space"), "OSError"),
        (aiohttp.ClientError("x"), "ClientError"),
    ],
)
def test_every_expected_fault_is_one_sentence(fault: Exception, words: str) -> None:
    assert isinstance(fault, EXPECTED)
    sentence = fetch_error(fault, "a.example", seconds=30.0).message
    assert sentence.startswith("a.example: ")
    assert words in sentence
    assert "secret" not in sentence
