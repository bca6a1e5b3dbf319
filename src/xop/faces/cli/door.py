"""The door to a platform: its HTTP API, over the network or, for a data folder nobody serves, inside this process."""

import asyncio
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from urllib.parse import quote

import httpx
import msgspec

from xop.adapters.console import ConsoleKind
from xop.assembly import KINDS, NothingPublished, Platform, WorkspaceRefused, environment, open_platform
from xop.faces.cli.failure import MISUSED, REFUSED, UNREACHABLE, CommandFailed
from xop.faces.cli.lent import Lent
from xop.faces.http import build_app
from xop.faces.log_lines import errors_only, write_log_lines
from xop.faces.speeches import catalogued
from xop.ports.adapter import AdapterKind, Secrets
from xop.ports.errors import StorageError

PATIENCE = httpx.Timeout(60.0, connect=5.0)
"""Seconds a server may be silent: longer than a proposal may wait for its outcome, and than a live stream is quiet."""

HERE = ("127.0.0.1", "localhost", "::1")
"""Hosts that no proxy leads to."""

Send = Callable[[httpx.Request], httpx.Response]

_UNAVAILABLE = 503

_NO_XOP = "check that --url names an XOP server"

_REMEDIES = {
    "key-missing": "give the API key of a principal with --key or XOP_KEY",
    "command-conflict": "use a new --idempotency-key",
    "approval-outdated": "look at the request again with `xop approvals INVOCATION`, then answer it",
    "channel-missing": "name it with --channel",
    "file-unknown": "list them with `xop releases files RELEASE`",
    "release-lost": "name another one of `xop releases`",
    "handover-incomplete": "add what is missing, or hand it over with --anyway",
}
"""What to do on the command line where the API's own remedy speaks of headers or bodies."""

_COMMANDS = {
    "handovers": "handovers list",
    "incidents": "incidents list",
    **{name: name for name in ("agents", "connections")},
    **{name: name for name in ("approvals", "dead-letters", "decisions", "erasures", "halts", "outbox")},
    **{name: name for name in ("questions", "queues", "releases", "systems", "tasks")},
}
"""The command that lists what a path of the API lists."""

_LISTING = re.compile(r"list /v1/([a-z-]+)")


class Door:
    """Asks a platform through its HTTP API and turns its refusals into failures of the command."""

    def __init__(self, send: Send, base: str, headers: Mapping[str, str], stream: httpx.Client | None = None) -> None:
        self.base = base
        self._send = send
        self._headers = dict(headers)
        self._stream = stream

    def get(self, path: str, /, **parameters: Any) -> Any:
        """Return what the platform answers to a question; parameters that are None are left out."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return self._ask("GET", path, self._headers, params=given)

    def post(self, path: str, body: Any, content_type: str = "application/json", key: str | None = None) -> Any:
        """Return what the platform answers to a wish; `key` names the request, so that made twice it counts once."""
        headers = {**self._headers, "content-type": content_type, **({"idempotency-key": key} if key else {})}
        return self._ask("POST", path, headers, content=json.dumps(body))

    def save(self, path: str, file: BinaryIO) -> None:
        """Write what the platform answers into a file, as it comes."""
        if self._stream is None:
            file.write(self._content("GET", path, self._headers).content)
            return
        try:
            with self._stream.stream("GET", self.base + path, headers=self._headers) as response:
                if response.is_error:
                    response.read()
                    _refused(response)
                file.writelines(response.iter_bytes())
        except httpx.TransportError as error:
            raise unreachable(self.base, error) from error

    def events(self, path: str, **parameters: Any) -> Iterator[Any]:
        """Yield what a live stream tells, until the server ends it."""
        if self._stream is None:
            raise CommandFailed(
                "a data folder that no server has open stands still: there is nothing to follow",
                "start `xop serve` and follow its URL, or leave out --follow",
            )
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            with self._stream.stream("GET", self.base + path, params=given, headers=self._headers) as response:
                if response.is_error:
                    response.read()
                    _refused(response)
                yield from _told(response.iter_lines())
        except httpx.TransportError as error:
            raise unreachable(self.base, error) from error

    def _ask(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> Any:
        response = self._content(method, path, headers, **more)
        try:
            return json.loads(response.content)
        except ValueError as error:
            raise CommandFailed(f"{response.url} answered something that is not JSON", _NO_XOP) from error

    def _content(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> httpx.Response:
        try:
            request = httpx.Request(method, self.base + path, headers=headers, **more)
            response = self._send(request)
        except UnicodeEncodeError as error:
            remedy = "write keys in plain ASCII"
            raise CommandFailed(f"a key cannot be sent: {error.reason}", remedy, code=MISUSED) from error
        except httpx.TransportError as error:
            raise unreachable(self.base, error) from error
        if response.is_error:
            _refused(response)
        return response


def place(*names: str) -> str:
    """Return a path of the API; every name is quoted, so that a `/` or `?` in an identifier stays part of it."""
    return "/v1/" + "/".join(quote(name, safe="") for name in names)


@contextmanager
def server_door(url: str, key: str | None) -> Iterator[Door]:
    """Open the door to a running server."""
    with httpx.Client(timeout=PATIENCE, trust_env=httpx.URL(url).host not in HERE) as client:
        yield Door(
            lambda request: client.send(request, follow_redirects=True), url.rstrip("/"), _authorization(key), client
        )


@contextmanager
def folder_door(data: Path, name: str | None, *, changes: bool) -> Iterator[Door]:
    """Open the door to a data folder by taking the place of its server for the length of one command.

    Only a command that changes something starts the engine: asking a question must not send anything that is due.
    """
    write_log_lines(logging.ERROR)
    # Keys that are not set and the like are a server's business.
    with errors_only(), asyncio.Runner() as runner:
        secrets = Lent()
        # What is carried out while the command runs must not print into the command's answer.
        kinds = {**KINDS, "console": ConsoleKind(sys.stderr)}
        platform = runner.run(opened(data, kinds=kinds, secrets=secrets))
        try:
            headers = _authorization(secrets.key(platform.engine.release, name))
            transport = httpx.ASGITransport(build_app(platform, speeches=catalogued(data)), raise_app_exceptions=False)
            # What is halted is told even where nothing is started.
            runner.run(platform.start() if changes else platform.engine.learn_halts())
            with _closing(runner, httpx.AsyncClient(transport=transport, timeout=PATIENCE)) as client:
                yield Door(
                    lambda request: runner.run(client.send(request, follow_redirects=True)),
                    "http://xop.invalid",
                    headers,
                )
        finally:
            runner.run(platform.stop())


@contextmanager
def _closing(runner: asyncio.Runner, client: httpx.AsyncClient) -> Iterator[httpx.AsyncClient]:
    try:
        yield client
    finally:
        runner.run(client.aclose())


def _authorization(key: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {}


async def opened(
    data: Path,
    workspace: Path | None = None,
    *,
    kinds: Mapping[str, AdapterKind] = KINDS,
    secrets: Secrets = environment,
) -> Platform:
    """Open the platform of a data folder; what keeps it closed becomes the command's failure."""
    try:
        return await open_platform(data, workspace, kinds=kinds, secrets=secrets)
    except WorkspaceRefused as error:
        raise _not_compiled(error, workspace) from error
    except NothingPublished as error:
        raise CommandFailed(str(error), "run `xop publish FOLDER --data DIR` first", code=REFUSED) from error
    except StorageError as error:
        raise folder_unusable(error) from error


def _not_compiled(error: WorkspaceRefused, workspace: Path | None) -> CommandFailed:
    """Return the failure for a workspace with problems, or for a stored release that this version cannot compile."""
    if workspace is None:
        cause = f"the release that rules in this folder cannot be compiled any more: {error}"
        remedy = "publish a workspace that `xop check` finds sound: `xop publish FOLDER --data DIR`"
    else:
        cause, remedy = str(error), f"list them with `xop check {workspace}`, correct them and try again"
    return CommandFailed(cause, remedy, details={"problems": msgspec.to_builtins(error.problems)})


def folder_unusable(error: StorageError) -> CommandFailed:
    """Return the failure for a data folder that a server has open, or that cannot be read."""
    remedy = "if a server runs on this folder, reach it with --url instead, or stop it, or work on a copy of the folder"
    return CommandFailed(str(error), remedy, code=UNREACHABLE)


def unreachable(base: str, error: httpx.TransportError) -> CommandFailed:
    """Return the failure for a server that does not answer."""
    cause = f"{base} does not answer ({error})" if str(error) else f"{base} does not answer"
    remedy = "start it with `xop serve`, name another server with --url or XOP_URL, or open its folder with --data"
    return CommandFailed(cause, remedy, code=UNREACHABLE)


def _refused(response: httpx.Response) -> NoReturn:
    """Raise the failure that a problem document (RFC 9457) tells of."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or "detail" not in problem:
        cause = f"{response.request.url} answered {response.status_code} {response.reason_phrase}"
        raise CommandFailed(cause, _NO_XOP)
    remedy = _REMEDIES.get(str(problem.get("code"))) or _in_commands(str(problem.get("remedy", "")))
    code = UNREACHABLE if response.status_code == _UNAVAILABLE else REFUSED
    raise CommandFailed(str(problem["detail"]), remedy, code=code, details={"problem": problem})


def _in_commands(remedy: str) -> str:
    """Return a remedy of the API with the commands that do what its paths do."""

    def command(found: re.Match[str]) -> str:
        name = _COMMANDS.get(found[1])
        return found[0] if name is None else f"list them with `xop {name}`"

    return _LISTING.sub(command, remedy)


def _told(lines: Iterator[str]) -> Iterator[Any]:
    """Yield the data of server-sent events."""
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield json.loads("\n".join(data))
            data.clear()
