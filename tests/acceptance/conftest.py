"""The installed command in a folder of its own, with feeds, a relay and nothing else on loopback."""

# ruff: noqa: N802 - the servers call methods named after commands

import asyncio
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from PIL import Image

DIGEST = Path(sys.executable).with_name("digest")
MORNING = "2026-03-12T05:30:00+00:00"
"""The time that the seeds were written for."""
PATIENCE = 60
"""Seconds after which something that should have happened has failed to."""

SENDER = {
    "FROM": "The Averil Courier <paper@courier.example>",
    "POSTAL_ADDRESS": "The Averil Courier, 4 Ropewalk, Port Averil",
    "UNSUBSCRIBE_ADDRESS": "leave@courier.example",
    "RATE": "100000",
}

WATCH = """
import sys

def note(event, given):
    if event == "socket.getaddrinfo" or (event == "socket.connect" and isinstance(given[1], tuple)):
        with open({notes!r}, "a") as file:
            print(event, given, file=file)

sys.addaudithook(note)
"""


def wait_until(condition, what, *, seconds=PATIENCE):
    """The first true answer of a condition."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {seconds} s")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def rows(self):
        """JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def sentence(self):
        """The one line that says what went wrong."""
        (line,) = (line for line in self.err.splitlines() if line.startswith("error: "))
        return line


class Desk:
    """A folder where somebody types `digest …`; nothing of the test's own environment is inherited."""

    def __init__(self, folder, **settings):
        self.folder = folder
        self.settings = settings
        self.extra = {}
        self.prefix = ()
        self.running = []

    def environment(self, settings):
        chosen = {**self.settings, **settings}
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "NO_COLOR": "1",
            "LANG": "C.UTF-8",
            **self.extra,
            **{f"DIGEST_{name}": value for name, value in chosen.items()},
        }

    def start(self, *words, **settings):
        """The command, begun."""
        process = subprocess.Popen(
            [*self.prefix, str(DIGEST), *map(str, words)],
            cwd=self.folder,
            env=self.environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.running.append(process)
        return process

    def end(self, process, *, said=""):
        """How a command ends by itself; a traceback is never how."""
        out, err = process.communicate(said, timeout=PATIENCE)
        assert "Traceback" not in err, err
        assert "should not have happened" not in err, err
        return Done(process.returncode, out, err)

    def digest(self, *words, code=0, said="", **settings):
        """The command, to its end, which must be this exit code."""
        done = self.end(self.start(*words, **settings), said=said)
        assert done.code == code, f"digest {' '.join(map(str, words))} → {done.code}\n{done.out}{done.err}"
        return done

    def watched(self):
        """Have every command note where it connects to, and which names it looks up; returns the notes' path."""
        notes = self.folder / "connections.txt"
        self.write("watch/sitecustomize.py", WATCH.format(notes=str(notes)))
        self.extra["PYTHONPATH"] = str(self.folder / "watch")
        return notes

    def close(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def people(self, *rows, header="email,name,timezone,hour"):
        """A CSV of people, imported with their consent."""
        self.write("people.csv", "\n".join((header, *rows)) + "\n")
        return self.digest("subscribers", "import", "people.csv", "--consent", "sign-up sheet of 2 March")

    def outbox(self):
        """The mails in the Maildir."""
        return self.maildir("outbox")

    def maildir(self, name):
        """The mails in a Maildir."""
        return [opened(path.read_bytes()) for path in sorted((self.folder / name / "new").glob("*"))]


def opened(content):
    """Octets as a message."""
    return message_from_bytes(content, policy=modern)


class Newsstand:
    """Documents on loopback by path: what a GET is answered, and how often it was asked for."""

    def __init__(self):
        self.documents = {}
        self.asked = []
        stand = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                stand.asked.append(self.path)
                status, headers, body = stand.documents.get(self.path, (404, {}, b"not here"))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *given):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.place = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def url(self, path):
        return f"http://{self.place}{path}"

    def lay(self, path, body, content_type="application/xml", *, status=200, **headers):
        """Lay out a document; returns its address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.documents[path] = (status, {"Content-Type": content_type, **named}, body)
        return self.url(path)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(PATIENCE)


STOCK = (
    "harbour-herald",
    "the-continental",
    "northmoor-gazette",
    "eastmoor-mail",
    "sallow-islander",
    "eightfold-daily",
)
"""The publishers that a stocked newspaper reads: RSS, Atom, JSON Feed and a saved page."""
TYPES = {".xml": "application/xml", ".json": "application/feed+json", ".html": "text/html; charset=utf-8"}
PICTURE = re.compile(rb"https?://[\w./%-]+\.(?:jpe?g|png)")


def picture():
    """A plain photograph."""
    file = io.BytesIO()
    Image.new("RGB", (640, 400), (40, 90, 120)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="session")
def newsstand(seeds_folder):
    """The seeds' seventeen publishers, served from loopback, and their pictures with them."""
    stand = Newsstand()
    stand.lay("/picture.jpg", picture(), "image/jpeg")
    opml = (seeds_folder / "feeds.opml").read_text(encoding="utf-8")
    files = {path.stem: path for path in (seeds_folder / "feeds").iterdir()}
    for host, rest in re.findall(r'xmlUrl="https://([^/"]+)(/[^"]*)"', opml):
        path = files[host]
        body = PICTURE.sub(stand.url("/picture.jpg").encode(), path.read_bytes())
        stand.lay(f"/{host}{rest}", body, TYPES[path.suffix], ETag=f'"{host}"', Cache_Control="max-age=86400")
    stand.opml = re.sub(r'xmlUrl="https://', f'xmlUrl="http://{stand.place}/', opml)
    stand.stock = [stand.url(path) for path in stand.documents if path.split(".")[0].strip("/") in STOCK]
    yield stand
    stand.close()


@pytest.fixture(scope="session")
def stocked_folder(newsstand, tmp_path_factory):
    """A newspaper that has read its feeds this morning; to be copied, not used."""
    desk = Desk(tmp_path_factory.mktemp("stocked"), ALLOW_HOSTS=newsstand.place)
    desk.digest("init")
    desk.digest("feeds", "add", *newsstand.stock)
    desk.fetched = desk.digest("fetch", "--now", MORNING)
    return desk


@pytest.fixture(scope="session")
def morning():
    """The time that the seeds were written for."""
    return MORNING


@pytest.fixture(scope="session")
def awaited():
    """Waits for a condition, for a bounded time, and gives its first true answer."""
    return wait_until


@pytest.fixture
def empty_desk(tmp_path):
    """An empty folder."""
    desk = Desk(tmp_path / "desk")
    desk.folder.mkdir()
    yield desk
    desk.close()


@pytest.fixture(scope="session")
def cut_folder(stocked_folder, tmp_path_factory):
    """A newspaper with an edition that is ready to be sent; to be copied, not used."""
    desk = Desk(tmp_path_factory.mktemp("cut") / "desk", EDIT_AT="05:30", **stocked_folder.settings)
    shutil.copytree(stocked_folder.folder, desk.folder)
    assert "edition 1 is cut" in desk.digest("run", "--once", "--no-web", "--now", MORNING).err
    return desk


def copy(desk, folder):
    """A newspaper of one's own that is like this one."""
    shutil.copytree(desk.folder, folder)
    return Desk(folder, **desk.settings)


@pytest.fixture
def desk(stocked_folder, tmp_path):
    """A newspaper that has read its feeds this morning, and cut no edition yet."""
    copied = copy(stocked_folder, tmp_path / "desk")
    yield copied
    copied.close()


@pytest.fixture
def cut_desk(cut_folder, tmp_path):
    """A newspaper whose edition of this morning is cut, and went to nobody yet."""
    copied = copy(cut_folder, tmp_path / "desk")
    yield copied
    copied.close()


class Postbox:
    """A relay that keeps every mail as it comes and answers `verdict` after `pace` seconds.

    To each recipient it answers 250, after `hesitation` seconds. It knows one user, ana.

    `received` holds all mails, `answered` those of them that were answered.
    """

    def __init__(self):
        self.received = []
        self.answered = []
        self.pace = 0.0
        self.hesitation = 0.0
        self.verdict = "250 2.0.0 kept"
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)
        self.thread.start()
        assert self.ready.wait(PATIENCE)

    async def serve(self):
        self.loop, self.ended = asyncio.get_running_loop(), asyncio.Event()
        server = await self.loop.create_server(self.connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self.ended.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def connection(self):
        return SMTP(self, ident="test", authenticator=self.known, auth_require_tls=False)

    @staticmethod
    def known(server, session, envelope, mechanism, data):
        return AuthResult(success=data == LoginPassword(b"ana", b"right"), handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        await asyncio.sleep(self.hesitation)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        letter = Letter(*envelope.rcpt_tos, content=envelope.original_content, sender=envelope.mail_from)
        self.received.append(letter)
        await asyncio.sleep(self.pace)
        self.answered.append(letter)
        return self.verdict

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self):
        return [letter.recipient for letter in self.received]

    @property
    def in_hand(self):
        """How many mails wait for their answer."""
        return len(self.received) - len(self.answered)

    def close(self):
        self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.join(PATIENCE)


@dataclass(frozen=True)
class Letter:
    """One mail as it came over the wire."""

    recipient: str
    content: bytes = field(repr=False)
    sender: str = ""

    @property
    def message(self):
        return opened(self.content)


@pytest.fixture
def postbox():
    box = Postbox()
    yield box
    box.close()


@pytest.fixture
def smtp_settings(postbox):
    """All that must be set before anything goes out by SMTP."""
    return {**SENDER, "SMTP_URL": postbox.url}


@pytest.fixture
def mailing(cut_desk, smtp_settings):
    """A newspaper with an edition to send, and all it needs to send it by SMTP."""
    cut_desk.settings |= smtp_settings
    return cut_desk


@pytest.fixture
def free_port():
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def interrupt():
    """Ctrl-C, typed into a running command."""
    return lambda process: process.send_signal(signal.SIGINT)
