"""The studio of a newspaper that has read the seeds' feeds, over real HTTP."""

import asyncio
import html
import http.client
import http.server
import importlib.util
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from digest.app import App, open_app
from digest.cli.start import enlist
from digest.model.edition import Edition
from digest.newsroom import editions, hand
from digest.settings.read import read_settings
from digest.shipped import shipped
from digest.web.front import studio_of
from digest.web.studio.asked import Asked
from digest.web.studio.house import standing

MORNING = datetime.fromisoformat("2026-03-12T05:30:00+00:00")
CHOSEN = {
    "DIGEST_FROM": "The Daily Digest <paper@daily.example>",
    "DIGEST_POSTAL_ADDRESS": "1 Quay Street, Port Sallow",
    "DIGEST_PUBLIC_URL": "http://127.0.0.1:8025",
    "DIGEST_SECRET_KEY": "0123456789abcdef" * 4,
    "DIGEST_RATE": "100000",
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def words(self) -> str:
        """What a person reads, without the markup."""
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", self.text)).split())


@dataclass
class Visitor:
    """A browser without a script: it keeps cookies, and follows no redirect."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    @property
    def place(self) -> str:
        """Host and port."""
        return self.url.removeprefix("http://")

    @property
    def port(self) -> int:
        return int(self.place.rpartition(":")[2])

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        """One request on a connection of its own."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Cookie": cookie} if cookie else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers={**given, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str = "/", **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def open(self, path: str) -> Answer:
        """Open the door, and take the cookie and the forms' token."""
        answer = self.get(path)
        name, _, rest = answer.headers.get("Set-Cookie", "").partition("=")
        if name:
            self.cookies[name] = rest.partition(";")[0]
            self.token = re.search(r'name="token" value="([^"]*)"', self.get("/?panel=send").text)[1]
        return answer

    def post(self, path: str, *, headers: dict[str, str] | None = None, **fields: object) -> Answer:
        """A form of ours, sent."""
        body = urlencode({"token": self.token, **fields})
        origin = {"Origin": self.url, "Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, body, {**origin, **(headers or {})})

    def done(self, path: str, **fields: object) -> Answer:
        """A form of ours, sent, and the page it leads to."""
        answer = self.post(path, **fields)
        assert answer.status == 303, answer.words
        return self.get(answer.headers["Location"].partition("#")[0])


@dataclass
class Room:
    """A newspaper in a folder of its own, whose studio can be opened."""

    app: App
    folder: Path
    stack: ExitStack
    by: str = ""

    @staticmethod
    def wait(condition: Callable[[], bool]) -> None:
        """Until it is so."""
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, "it did not come true"
            time.sleep(0.05)

    def allow(self, place: str) -> None:
        """Let stories come from an address of this machine."""
        self.env.write_text(f"DIGEST_ALLOW_HOSTS={place}\n")

    @property
    def env(self) -> Path:
        return self.folder / ".env"

    @property
    def templates(self) -> Path:
        """The templates that are the operator's own."""
        return self.folder / "templates"

    def settings(self):
        """The settings as they are read again."""
        return read_settings(given(self.folder), dotenv=self.env)

    def serve(self, first: Asked | None = None) -> tuple[Visitor, str]:
        """The studio, served: somebody in front of it, and the path that opens it."""
        studio = studio_of(self.app, first or Asked(), again=self.settings, env=self.env, by=self.by)
        url = self.stack.enter_context(standing(studio))
        place, path = url[: url.index("/open/")], url[url.index("/open/") :]
        return Visitor(url=place), path

    def enter(self, first: Asked | None = None) -> Visitor:
        """Somebody in the studio."""
        visitor, path = self.serve(first)
        assert visitor.open(path).status == 303
        return visitor

    def cut(self) -> Edition:
        """Today's edition, cut."""
        return asyncio.run(editions.cut(self.app))

    def freeze(self) -> Edition:
        """Today's edition, cut and frozen."""
        return editions.freeze(self.app, self.cut().number)


def given(folder: Path) -> dict[str, str]:
    """The environment of a newspaper in a folder."""
    return {
        "DIGEST_DATABASE_URL": f"sqlite:///{folder / 'digest.db'}",
        "DIGEST_OUTBOX": str(folder / "outbox"),
        "DIGEST_TEMPLATES": str(folder / "templates"),
        **CHOSEN,
    }


@pytest.fixture(scope="session")
def read_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newspaper that has read its feeds; to be copied, not used."""
    folder = tmp_path_factory.mktemp("read")
    (folder / "templates").mkdir()
    settings = read_settings(given(folder), dotenv=folder / ".env")
    with open_app(settings, now=MORNING, seeds=shipped("seeds") / "feeds") as app:
        enlist(app)
        asyncio.run(app.collect(lambda _done, _total: None))
    return folder


@pytest.fixture(scope="session")
def held_folder(read_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newspaper whose edition of today an editor has begun to work on; to be copied, not used."""
    folder = tmp_path_factory.mktemp("held") / "desk"
    with opened(read_folder, folder) as room:
        asyncio.run(hand.cut(room.app, by="editor"))
    return folder


@contextmanager
def opened(source: Path, folder: Path) -> Iterator[Room]:
    """A newspaper like that of `source`, in a folder of its own."""
    shutil.copytree(source, folder)
    settings = read_settings(given(folder), dotenv=folder / ".env")
    with ExitStack() as stack:
        app = stack.enter_context(open_app(settings, now=MORNING, seeds=shipped("seeds") / "feeds"))
        yield Room(app=app, folder=folder, stack=stack)


@pytest.fixture
def room(read_folder: Path, tmp_path: Path) -> Iterator[Room]:
    """A newspaper of one's own, that has cut no edition yet."""
    with opened(read_folder, tmp_path / "desk") as room:
        yield room


@pytest.fixture
def held_room(held_folder: Path, tmp_path: Path) -> Iterator[Room]:
    """A newspaper of one's own, whose edition of today is held."""
    with opened(held_folder, tmp_path / "desk") as room:
        yield room


@pytest.fixture(scope="module")
def shared_room(read_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A newspaper for tests that change nothing; its edition of today has gone out."""
    with opened(read_folder, tmp_path_factory.mktemp("shared") / "desk") as room:
        room.freeze()
        yield room


@pytest.fixture(scope="module")
def visitor(shared_room: Room) -> Visitor:
    """Somebody in a studio where nothing is changed."""
    return shared_room.enter()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[object]:
    """A headless browser."""
    place = Path(__file__).with_name("chromium.py")
    spec = importlib.util.spec_from_file_location("studio_chromium", place)
    module = sys.modules["studio_chromium"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.browser(tmp_path / "profile") as tab:
        yield tab


STORY = """<!DOCTYPE html><html lang="en"><head><title>A whale swims up the Wend</title>
<meta property="og:title" content="A whale swims up the Wend"></head><body><article><h1>A whale swims up the Wend</h1>
<p>It was seen at the old lock at six in the morning, and by noon it had turned round twice. Nobody knows what it
wants there, and the harbour office has asked everybody to keep their boats away from it until the tide turns.</p>
<p>The last whale in the river was seen ninety years ago. It went home by itself after three days, as the chronicle of
the town has it, and so, the biologists say, will this one, if it is left alone and the wind does not change.</p>
</article></body></html>"""


@dataclass(frozen=True)
class Newsstand:
    """One story on the web of this machine."""

    place: str

    @property
    def story(self) -> str:
        return f"http://{self.place}/whale"


@pytest.fixture
def newsstand() -> Iterator[Newsstand]:
    """Somebody else's server."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/whale" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(STORY.encode())

        def log_message(self, *_given: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield Newsstand(place=f"127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join(10)
