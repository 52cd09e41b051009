"""A headless browser that is told what to do, by its own debugging protocol."""

import asyncio
import base64
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--remote-debugging-port=0",
    "--disable-dev-shm-usage", "--no-proxy-server",
)  # fmt: skip
SECONDS = 20


class Browser:
    """One tab. `complaints` are its errors: exceptions, console errors, what a policy blocked."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.complaints: list[str] = []
        self.answers: dict[int, asyncio.Future] = {}
        self.serial = 0

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)

    async def attach(self, port: int) -> None:
        self.session = aiohttp.ClientSession()
        async with self.session.put(f"http://127.0.0.1:{port}/json/new?about:blank") as answer:
            target = await answer.json()
        self.wire = await self.session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0)
        self.reading = asyncio.create_task(self.read())
        for domain in ("Page", "Runtime", "Log"):
            await self.ask(f"{domain}.enable")

    async def read(self) -> None:
        async for message in self.wire:
            event = json.loads(message.data)
            if "id" in event:
                self.answers.pop(event["id"]).set_result(event)
            elif event["method"] == "Runtime.exceptionThrown":
                self.complaints.append(str(event["params"]["exceptionDetails"]))
            elif event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                self.complaints.append(str(event["params"]["entry"]))

    async def ask(self, method: str, **params):
        self.serial += 1
        answer = self.answers[self.serial] = self.loop.create_future()
        await self.wire.send_json({"id": self.serial, "method": method, "params": params})
        event = await answer
        assert "error" not in event, (method, event)
        return event["result"]

    async def detach(self) -> None:
        self.reading.cancel()
        await self.wire.close()
        await self.session.close()

    def tell(self, method: str, **params):
        """One command of the protocol."""
        return self.do(self.ask(method, **params))

    def open(self, url: str) -> None:
        """Go there, and wait until the page and its frames are loaded."""
        self.tell("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, script: str):
        """What an expression comes to on the page."""
        result = self.tell("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, (script, result)
        return result["result"].get("value")

    def until(self, script: str, *, seconds: float = SECONDS) -> None:
        """Wait for an expression to come true; pages may come and go meanwhile."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.value(f"!!({script})"):
                    return
            except AssertionError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{script} did not come true within {seconds} s")

    def press(self, key: str, code: int) -> None:
        """A key of the keyboard."""
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.tell("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, text=text)

    def look(self, width: int, height: int, *, dark: bool = False) -> None:
        """A window of that size, on a machine that prefers dark or light."""
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """A PNG of what is seen."""
        shot = self.tell("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with a fresh profile; raises FileNotFoundError where there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise FileNotFoundError("chromium")
    process = subprocess.Popen(
        [chromium, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    tab = Browser(loop)
    try:
        tab.do(tab.attach(port_of(profile)))
        yield tab
        tab.do(tab.detach())
    finally:
        process.terminate()
        process.wait(SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.close()


def port_of(profile: Path) -> int:
    """The port it listens on, which it writes down once it does."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            return int((profile / "DevToolsActivePort").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            time.sleep(0.05)
    raise AssertionError("chromium did not start")
