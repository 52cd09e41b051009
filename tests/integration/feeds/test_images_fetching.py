"""Lead images over the wire."""

import asyncio
import io
from hashlib import sha256

from PIL import Image as Pillow

from digest.feeds.images import fetch_images
from digest.feeds.worker import Workers
from digest.net.guard import Guard
from digest.net.session import GuardedSession, Limits

PATIENT = Limits(connect=10.0, read=10.0, total=20.0, gap=0.0)


def picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


async def here(function, *arguments):
    return function(*arguments)


def fetch(loopback, *urls: str, run=here):
    async def ask():
        guard = Guard(frozenset({("127.0.0.1", loopback.port)}))
        async with GuardedSession(guard, user_agent="digest/0.1", limits=PATIENT) as session:
            return await fetch_images(session, urls, run=run)

    return asyncio.run(ask())


def test_images_come_by_their_address_and_under_their_fingerprint(loopback, answer) -> None:
    url = loopback.says("/a.png", answer(200, picture(1600, 800)))
    found = fetch(loopback, url, url)
    image, jpeg = found[url]
    assert (image.width, image.height, image.fingerprint) == (1200, 600, sha256(jpeg).hexdigest())
    assert Pillow.open(io.BytesIO(jpeg)).format == "JPEG"
    assert loopback.hits == 1


def test_what_cannot_be_shown_is_not_there(loopback, answer) -> None:
    good = loopback.says("/good.png", answer(200, picture(400, 300)))
    found = fetch(
        loopback,
        loopback.says("/small.png", answer(200, picture(90, 90))),
        loopback.says("/text.png", answer(200, b"<svg onload='alert(1)'/>", Content_Type="image/svg+xml")),
        loopback.says("/gone.png", answer(404, picture(400, 300))),
        loopback.says("/huge.png", answer(200, bytes(5_000_001))),
        loopback.says("/away.png", answer(302, Location="http://10.0.0.1/a.png")),
        "http://169.254.169.254/a.png",
        "data:image/png;base64,AAAA",
        "",
        good,
    )
    assert set(found) == {good}


def test_a_worker_with_limits_redraws_them(loopback, answer) -> None:
    url = loopback.says("/a.png", answer(200, picture(1600, 800)))
    bad = loopback.says("/bad.png", answer(200, b"\x89PNG\r\n\x1a\n"))

    async def both():
        guard = Guard(frozenset({("127.0.0.1", loopback.port)}))
        async with Workers(count=1) as workers, GuardedSession(guard, user_agent="d", limits=PATIENT) as session:
            return await fetch_images(session, [url, bad], run=workers.run)

    assert set(asyncio.run(both())) == {url}
