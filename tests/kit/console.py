"""People in front of the console: each with a browser's cookies, and forms sent as a page has them."""

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stdout
from html import unescape
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from tests.kit.harbour import FOLDER
from tests.kit.serving import Server, serving
from xop.faces.cli.program import run

PASSWORD = "correct horse battery staple"

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)


def invitation(data: Path, operator: str) -> str:
    """Return the path by which an operator chooses a password on the console of a data folder."""
    return urlsplit(_told("invite", operator, data)["link"]).path


def dismissed(data: Path, operator: str) -> int:
    """Take everything away by which an operator comes in, and return how many sessions that ended."""
    return int(_told("dismiss", operator, data)["sessions"])


def _told(command: str, operator: str, data: Path) -> dict[str, Any]:
    told = TextIOWrapper(BytesIO(), encoding="utf-8")
    with redirect_stdout(told):
        code = run(["console", command, operator, "--data", str(data), "--json"])
    told.seek(0)
    text = told.read()
    assert code == 0, text
    answer: dict[str, Any] = json.loads(text)
    return answer


class Console(NamedTuple):
    """A server with its console."""

    server: Server
    data: Path

    @property
    def url(self) -> str:
        """Where the server listens."""
        return self.server.url

    def invitation(self, operator: str) -> str:
        """Return the path by which an operator chooses a password."""
        return invitation(self.data, operator)

    def visitor(self, operator: str) -> "Visitor":
        """Return somebody who is signed in."""
        visitor = Visitor(self.url)
        answer = visitor.post(self.invitation(operator), password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return visitor

    @contextmanager
    def visited(self, operator: str) -> Iterator["Visitor"]:
        """Let somebody in until the block ends."""
        visitor = self.visitor(operator)
        with closing(visitor.client):
            yield visitor


class Visitor:
    """One browser without its scripts."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=30, headers={"sec-fetch-site": "same-origin"})

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Look at a page."""
        return self.client.get(path, params=query or None)

    def look(self, path: str, **query: Any) -> str:
        """Return a page that there must be."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send fields, and nothing that a page would have added."""
        return self.client.post(path, data=fields)

    def send(self, page: str, action: str, **fields: Any) -> httpx.Response:
        """Send the form of a page that goes to `action`, with its hidden fields; then look at the page it leads to."""
        hidden = self.hidden(page, action)
        answer = self.post(action, **{**hidden, **fields})
        return self.get(answer.headers["location"]) if answer.status_code == 303 else answer

    def hidden(self, page: str, action: str) -> dict[str, str]:
        """Return the hidden fields of the form of a page that goes to `action`."""
        text = self.get(page).text
        found = [body for target, body in FORM.findall(text) if unescape(target) == action]
        assert found, f"{page} has no form that goes to {action}"
        return {name: unescape(value) for name, value in HIDDEN.findall(found[0])}


def words(page: str) -> str:
    """Return what a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@contextmanager
def consoling(folder: Path, workspace: Path = FOLDER, **env: str) -> Iterator[Console]:
    """Run a server on a new data folder until the block ends."""
    data = folder / "data"
    with serving(data, workspace, env) as server:
        yield Console(server, data)
