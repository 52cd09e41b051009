"""Serving in a thread."""

import socket
import threading
import urllib.request

import pytest
from starlette.responses import PlainTextResponse

from digest.errors import DigestError
from digest.web.server import in_thread, serve

hello = PlainTextResponse("hello")


def body_of(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


def test_any_free_port_is_found_and_given_back():
    with in_thread(hello, "127.0.0.1", 0) as url:
        assert body_of(url) == b"hello"
        port = int(url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_every_interface_is_named_so_that_a_browser_finds_it():
    with in_thread(hello, "0.0.0.0", 0) as url:
        assert url.startswith("http://localhost:")
        assert body_of(url) == b"hello"


def test_two_servers_stand_side_by_side():
    with in_thread(hello, "127.0.0.1", 0) as one, in_thread(hello, "127.0.0.1", 0) as two:
        assert (body_of(one), body_of(two), one == two) == (b"hello", b"hello", False)


def test_a_port_that_is_taken_is_one_clear_sentence():
    with in_thread(hello, "127.0.0.1", 0) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(DigestError, match=f"port {port}: another program listens there already") as caught:
            in_thread(hello, "127.0.0.1", port).__enter__()
    assert "another port" in caught.value.hint


@pytest.mark.parametrize(
    ("host", "port"), [("192.0.2.1", 0), ("no such host", 0), ("127.0.0.1", 70_000), ("x" * 300, 0)]
)
def test_an_address_that_cannot_be_had_is_one_clear_sentence(host, port):
    with pytest.raises(DigestError, match="cannot listen on"):
        in_thread(hello, host, port).__enter__()


def test_it_serves_until_it_is_told_to_stop():
    stop, bodies = threading.Event(), []

    def ready(url: str) -> None:
        bodies.append(body_of(url))
        stop.set()

    serve(hello, "127.0.0.1", 0, stop=stop, ready=ready)
    assert bodies == [b"hello"]


def test_a_request_under_way_is_answered_before_the_end():
    entered, answers = threading.Event(), []

    async def slow(scope, receive, send):
        import asyncio

        entered.set()
        await asyncio.sleep(0.3)
        await PlainTextResponse("done")(scope, receive, send)

    with in_thread(slow, "127.0.0.1", 0) as url:
        client = threading.Thread(target=lambda: answers.append(body_of(url)))
        client.start()
        entered.wait(5)
    client.join(5)
    assert answers == [b"done"]
