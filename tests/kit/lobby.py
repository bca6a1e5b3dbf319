"""The lobby: a platform with its console in this process, whose time can be moved, and browsers in front of it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path

import httpx
from starlette.types import Receive, Scope, Send

from tests.kit.console import FORM, HIDDEN, PASSWORD, invitation
from tests.kit.harbour import FOLDER
from xop.assembly import KINDS, Platform, compiled, workspace_files
from xop.faces.console import console_mount
from xop.faces.http import build_app
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.system import SystemClock

HERE, PUBLIC = "http://127.0.0.1:7007", "https://harbour.test"

SECRETS = {"HARBOUR_PAUL_KEY": "paul-key", "CONSOLE_SECRET": "what only the console: knows"}

_PUBLISHER = '  paul: {key: "${env:HARBOUR_PAUL_KEY}", scopes: [releases:write]}\n'


class MovedClock(SystemClock):
    """The wall clock, put forward as told."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0
        """Milliseconds."""
        self._stopped: int | None = None

    def now(self) -> int:
        """Return the moved moment."""
        return (self._stopped or super().now()) + self.ahead

    def stop(self) -> None:
        """Let no time pass from now on but what it is put forward."""
        self._stopped = self._stopped or super().now()


class Lobby:
    """A platform with its console, and what browsers are given of it."""

    def __init__(self, platform: Platform, clock: MovedClock, data: Path, url: str) -> None:
        self.platform = platform
        self.clock = clock
        self.data = data
        self.url = url
        self.app = build_app(platform, mounts=(console_mount(data, HERE),))

    def restart(self) -> None:
        """Begin with a console that has nothing in memory; who was signed in still is."""
        self.app = build_app(self.platform, mounts=(console_mount(self.data, HERE),))

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of a browser, by the console as it is now."""
        await self.app(scope, receive, send)

    def browser(self, address: str = "198.51.100.7", **headers: str) -> "Browser":
        """Return a browser at a network address in which nobody is signed in."""
        return Browser(self, address, headers)

    def invitation(self, operator: str) -> str:
        """Return the path by which an operator chooses a password."""
        return invitation(self.data, operator)

    async def guest(self, operator: str = "olga", **more: str) -> "Browser":
        """Return a browser in which an operator has just taken up an invitation."""
        browser = self.browser(**more)
        answer = await browser.post(self.invitation(operator), password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return browser

    async def publish(self, files: Mapping[str, bytes]) -> None:
        """Let another workspace rule."""
        texts = {name: content.decode() for name, content in files.items()}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=self.url) as client:
            key = {"authorization": "Bearer paul-key"}
            answer = await client.post("/v1/releases", json={"files": texts}, headers=key)
        assert answer.status_code == 200, answer.text


class Browser:
    """One browser without its scripts: its cookies, and what it says of where a form came from."""

    def __init__(self, lobby: Lobby, address: str, headers: Mapping[str, str]) -> None:
        self.lobby = lobby
        transport = httpx.ASGITransport(lobby.serve, client=(address, 40_000))
        told = {"sec-fetch-site": "same-origin", **headers}
        self.client = httpx.AsyncClient(transport=transport, base_url=lobby.url, headers=told, timeout=30)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Look at a page."""
        return await self.client.get(path, headers=headers)

    async def look(self, path: str) -> str:
        """Return a page that there must be."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send fields, and nothing that a page would have added."""
        return await self.client.post(path, data=fields)

    async def sign_in(self, name: str = "olga", password: str = PASSWORD, then: str = "") -> httpx.Response:
        """Give a name and a password."""
        path = f"/console/sign-in?then={then}" if then else "/console/sign-in"
        return await self.post(path, name=name, password=password)

    async def hidden(self, page: str, action: str) -> dict[str, str]:
        """Return the hidden fields of the form of a page that goes to `action`."""
        text = (await self.get(page)).text
        found = [body for target, body in FORM.findall(text) if unescape(target) == action]
        assert found, f"{page} has no form that goes to {action}"
        return {name: unescape(value) for name, value in HIDDEN.findall(found[0])}

    async def send(self, page: str, action: str, **fields: str) -> str:
        """Send the form of a page that goes to `action`, and return the page that it leads to."""
        answer = await self.post(action, **{**await self.hidden(page, action), **fields})
        assert answer.status_code == 303, answer.text
        return (await self.get(answer.headers["location"])).text

    async def is_signed_in(self) -> bool:
        """Say whether the account page is shown."""
        return (await self.get("/console/account")).status_code == 200


def lobby_files(settings: str = "", address: str = "", operators: str = "") -> dict[str, bytes]:
    """Return the harbour's files with an address, further settings and further operators."""
    files = workspace_files(FOLDER)
    head = f'address = "{address}"\n' if address else ""
    return {
        **files,
        "workspace.toml": f"{head}{files['workspace.toml'].decode()}\n{settings}".encode(),
        "agents.yaml": files["agents.yaml"] + (_PUBLISHER + operators).encode(),
    }


@asynccontextmanager
async def open_lobby(data: Path, files: Mapping[str, bytes] | None = None, url: str = HERE) -> AsyncIterator[Lobby]:
    """Open a platform with its console on a data folder."""
    files, clock = dict(files or lobby_files()), MovedClock()
    release = compiled(files)
    runtime = await EmbeddedRuntime.open(data, clock=clock)
    await runtime.releases.publish(release.digest, release.name, files, runtime.clock.now(), "cli")
    platform = Platform(runtime, release, KINDS, SECRETS.get)
    try:
        await platform.start()
        yield Lobby(platform, clock, data, url)
    finally:
        await platform.stop()
