"""Serving an ASGI application, in a thread of its own: signals stay with whoever runs the day."""

import errno
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from digest.errors import DigestError

BACKLOG = 512
START_SECONDS = 20.0
DRAIN_SECONDS = 5

ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - names it, does not bind it

logger = logging.getLogger(__name__)


def serve(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    stop: threading.Event | None = None,
    ready: Callable[[str], None] = logger.info,
) -> None:
    """Serve until `stop` is set or Ctrl-C; `ready` is told the address once. Raises DigestError as `in_thread` does."""
    with suppress(KeyboardInterrupt), in_thread(app, host, port) as url:
        ready(url)
        (stop or threading.Event()).wait()


@contextmanager
def in_thread(app: ASGIApp, host: str, port: int) -> Iterator[str]:
    """Serve while the block runs, and give its address ("http://127.0.0.1:8080"); port 0 takes any free one.

    Requests under way at the end are given DRAIN_SECONDS. Raises DigestError where the port cannot be had.
    """
    with listening_socket(host, port) as listener:
        url = address_of(listener, host)
        server = uvicorn.Server(configuration(app))
        thread = threading.Thread(target=server.run, args=([listener],), name="web", daemon=True)
        thread.start()
        try:
            wait_until_started(server, thread)
            yield url
        finally:
            server.should_exit = True
            thread.join(DRAIN_SECONDS * 2)


def configuration(app: ASGIApp) -> uvicorn.Config:
    """Plain HTTP/1.1, no opinion on logging, and no header of a proxy believed."""
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


def wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    """Return once the server answers; raises DigestError where it died instead."""
    pulse = threading.Event()
    for _ in range(int(START_SECONDS / 0.01)):
        if server.started:
            return
        if not thread.is_alive():
            break
        pulse.wait(0.01)
    raise DigestError("The web server did not start; its log says why.")


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens at the address; raises DigestError in words for a person."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError, UnicodeError) as fault:
        listener.close()
        raise DigestError(
            f"The web pages cannot listen on {host} port {port}: {reason_of(fault)}.",
            hint="Choose another port, or stop the program that has this one.",
        ) from fault
    return listener


def reason_of(fault: Exception) -> str:
    """Why a socket could not be had."""
    number = fault.errno if isinstance(fault, OSError) else None
    if number == errno.EADDRINUSE:
        return "another program listens there already"
    if number == errno.EACCES:
        return "only the administrator may use that port"
    if number == errno.EADDRNOTAVAIL or isinstance(fault, socket.gaierror):
        return "this machine has no such address"
    return str(fault)


def address_of(listener: socket.socket, host: str) -> str:
    """The address a browser on this machine opens."""
    port = listener.getsockname()[1]
    if host in ANYWHERE:
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
