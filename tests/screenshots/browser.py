"""Chromium on a leash: pages are handed to it, nothing is fetched, and what it shows is measured and photographed.

It is spoken to over a pipe, in the DevTools protocol: so a window can be as narrow as a telephone (by itself it is
500 px at least), and a picture as long as the page.
"""

import base64
import fcntl
import io
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from PIL import Image

SITE = "https://halmere.example"
"""Where the pages seem to come from."""

WINDOW = 900
TILE = 4000
"""How much of a page is photographed at once, in pixels: a picture of 16,384 or more is not drawn whole."""

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars",
    "--font-render-hinting=none", "--remote-debugging-pipe",
)  # fmt: skip


class Browser:
    """One window of one browser. Raises FileNotFoundError where there is no chromium."""

    def __init__(self) -> None:
        chromium = shutil.which("chromium")
        if chromium is None:
            raise FileNotFoundError("chromium is not on this machine: apt-get install chromium")
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self.to = (_high(end) for end in os.pipe())
        self.back, theirs_out = (_high(end) for end in os.pipe())
        command = [chromium, *FLAGS, f"--user-data-dir={self.profile.name}"]
        # It reads from descriptor 3 and writes to 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", *command],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.heard = b""
        self.asked = 0
        self.session = ""
        self.answers: Mapping[str, bytes] = {}
        self.pictures = True
        self.events: set[str] = set()

    def __enter__(self) -> Self:
        target = self.tell("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.tell("Page.enable")
        self.tell("Fetch.enable", patterns=[{"urlPattern": "*"}])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.to)
        self.process.terminate()
        self.process.wait(timeout=30)
        os.close(self.back)
        self.profile.cleanup()

    def show(
        self,
        page: str,
        *,
        width: int,
        dark: bool = False,
        pictures: bool = True,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        """Show a page in a window of this width; `files` by their paths on SITE, all else is not there."""
        self.answers = {SITE + path: content for path, content in (files or {}).items()} | {f"{SITE}/": page.encode()}
        self.pictures = pictures
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=WINDOW, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", features=[scheme])
        self.events.discard("Page.loadEventFired")
        self.tell("Page.navigate", url=f"{SITE}/")
        while "Page.loadEventFired" not in self.events:
            self.hear()

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        answer = self.tell("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise ValueError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def photograph(self) -> Image.Image:
        """The page from its top to its end, as wide as the window."""
        width, height = self.run("[innerWidth, document.documentElement.scrollHeight]")
        photo = Image.new("RGB", (width, height))
        for top in range(0, height, TILE):
            clip = {"x": 0, "y": top, "width": width, "height": min(TILE, height - top), "scale": 1}
            shot = self.tell("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
            photo.paste(Image.open(io.BytesIO(base64.b64decode(shot["data"]))), (0, top))
        return photo

    def tell(self, method: str, **params: object) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        number = self.send(method, params)
        while (answer := self.hear()).get("id") != number:
            continue
        if "error" in answer:
            raise ValueError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def send(self, method: str, params: Mapping[str, object]) -> int:
        """Send a command; its number."""
        self.asked += 1
        message = {"id": self.asked, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self.to, rest) :]
        return self.asked

    def hear(self) -> dict[str, Any]:
        """The next message; a request of the page is answered on the way."""
        while b"\0" not in self.heard:
            more = os.read(self.back, 1 << 20)
            if not more:
                raise EOFError("chromium has gone")
            self.heard += more
        first, _, self.heard = self.heard.partition(b"\0")
        message = dict(json.loads(first))
        if message.get("method") == "Fetch.requestPaused":
            self.answer(message["params"])
        self.events.add(message.get("method", ""))
        return message

    def answer(self, request: Mapping[str, Any]) -> None:
        """Give the page what it asks for, if it is there."""
        content = self.answers.get(request["request"]["url"])
        if content is None or (request["resourceType"] == "Image" and not self.pictures):
            self.send("Fetch.failRequest", {"requestId": request["requestId"], "errorReason": "BlockedByClient"})
            return
        kind = "image/jpeg" if content.startswith(b"\xff\xd8") else "text/html; charset=utf-8"
        self.send(
            "Fetch.fulfillRequest",
            {
                "requestId": request["requestId"],
                "responseCode": 200,
                "responseHeaders": [{"name": "Content-Type", "value": kind}],
                "body": base64.b64encode(content).decode(),
            },
        )


def _high(descriptor: int) -> int:
    """The same pipe under a number that is not one of the child's own."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return high
