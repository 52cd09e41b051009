"""Lead images: fetched when the edition is cut, made anew, shown in the mail, and served by ourselves."""

import io
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from digest.errors import SettingsError
from digest.newsroom import editions
from digest.web.front import front
from digest.web.server import in_thread


def picture() -> bytes:
    """A photograph of a harbour, or as good as one."""
    out = io.BytesIO()
    Image.new("RGB", (800, 450), (40, 90, 130)).save(out, "PNG")
    return out.getvalue()


class Gallery(BaseHTTPRequestHandler):
    """Serves one picture at every address but /none."""

    def do_GET(self) -> None:
        content = b"" if self.path == "/none" else picture()
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@pytest.fixture
def gallery() -> Iterator[int]:
    """The port of a server of pictures."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Gallery) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def item_with_image(newsroom, unlike_item):
    """A maker of unlike stories, each with a picture."""

    newsroom.app = replace(newsroom.app, seeds=None)

    def make(number, url):
        return replace(unlike_item(number, published=newsroom.clock(), now=newsroom.clock()), image_url=url)

    return make


def fetched(url: str) -> bytes:
    """A JPEG of that address."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg"
        return answer.read()


def test_a_picture_is_in_the_mail_and_comes_from_us(newsroom, gallery, item_with_image):
    newsroom.chosen(public_url="https://paper.example", allow_hosts=frozenset({("127.0.0.1", gallery)}))
    newsroom.publish([item_with_image(number, f"http://127.0.0.1:{gallery}/{number}") for number in range(3)])
    edition = newsroom.cut()
    images = {told.image for told in edition.bench}
    assert len(images) == 1
    (image,) = images
    assert (image.width, image.height) == (800, 450)
    newsroom.reader("ana@reader.example")
    newsroom.send(edition.number)
    page = editions.opened(newsroom.app, newsroom.store.editions.get(edition.number))
    html = editions.mail_for(newsroom.app, page, None).content.replace(b"=\r\n", b"").decode()
    assert f"https://paper.example/images/{image.fingerprint}.jpg" in html
    assert f"127.0.0.1:{gallery}" not in html
    with in_thread(front(newsroom.app), "127.0.0.1", 0) as url:
        content = fetched(f"{url}/images/{image.fingerprint}.jpg")
    assert Image.open(io.BytesIO(content)).size == (800, 450)


def test_a_picture_that_is_not_there_is_left_out(newsroom, gallery, item_with_image):
    newsroom.chosen(public_url="https://paper.example", allow_hosts=frozenset({("127.0.0.1", gallery)}))
    newsroom.publish([item_with_image(number, f"http://127.0.0.1:{gallery}/none") for number in range(3)])
    assert {told.image for told in newsroom.cut().bench} == {None}


def test_without_a_public_address_no_picture_is_fetched(newsroom, gallery, item_with_image):
    newsroom.chosen(public_url="", allow_hosts=frozenset({("127.0.0.1", gallery)}))
    newsroom.publish([item_with_image(number, f"http://127.0.0.1:{gallery}/{number}") for number in range(3)])
    assert {told.image for told in newsroom.cut().bench} == {None}


def test_a_private_address_is_not_asked_for_a_picture(newsroom, gallery, item_with_image):
    newsroom.chosen(public_url="https://paper.example")
    newsroom.publish([item_with_image(number, f"http://127.0.0.1:{gallery}/{number}") for number in range(3)])
    assert {told.image for told in newsroom.cut().bench} == {None}


def test_a_logo_is_kept_with_the_edition_and_served_by_us(newsroom, tmp_path):
    path = tmp_path / "logo.png"
    Image.new("RGBA", (600, 100), (10, 20, 30, 0)).save(path)
    newsroom.chosen(public_url="https://paper.example", logo=path)
    newsroom.news()
    editions.freeze(newsroom.app, newsroom.cut().number)
    logo = newsroom.app.letterhead.logo
    assert (logo.width, logo.height) == (600, 100)
    with in_thread(front(newsroom.app), "127.0.0.1", 0) as url:
        with urllib.request.urlopen(f"{url}/images/{logo.fingerprint}.png", timeout=10) as answer:
            assert answer.headers["Content-Type"] == "image/png"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{url}/images/{logo.fingerprint}.jpg", timeout=10)


def test_a_logo_that_is_no_picture_stops_before_anything_is_sent(newsroom, tmp_path):
    path = tmp_path / "logo.png"
    path.write_text("<svg/>")
    newsroom.chosen(public_url="https://paper.example", logo=path)
    newsroom.news()
    with pytest.raises(SettingsError, match=r"DIGEST_LOGO: .*logo\.png is no picture that can be read"):
        editions.freeze(newsroom.app, newsroom.cut().number)
    assert newsroom.mails() == []
