"""The watch over a server's definitions: what is not as a person accepted it is quarantined."""

import asyncio
from collections.abc import Mapping
from typing import Any

from mcp.shared.uri_template import UriTemplate

from xop.adapters.mcp.definitions import Listed, Listing, listing, mirrors, unusable
from xop.adapters.mcp.exchange import KEPT_ALIVE
from xop.adapters.mcp.failures import UnsentError, UnsureError
from xop.adapters.mcp.upstream import Upstream
from xop.kernel.actions.operations import Operations, fingerprint
from xop.ports.catalogue import Seen
from xop.ports.secret import MissingSecretError

_SHORTEST = 1.0
"""Seconds between two checks, however short-lived a server calls its lists."""

_CHECKS = 3
"""Checks that one call waits for while the server says again and again that something has changed."""

_PAUSE = 0.2
"""Seconds between two checks behind the calls, whatever the server says."""

_CHECKING = 30.0
"""Seconds for one check."""

_MISSED = 2
"""Intervals without a check after which nothing is sent until there is one."""

_AGAIN = 30.0
"""Seconds until somebody listens again whom the server did not let, or whom it let for less than that."""


class Watch:
    """Holds a server's definitions against the accepted ones: before the first call, and ever again behind the calls."""

    def __init__(self, upstream: Upstream, operations: Operations | None, recheck: float) -> None:
        self._upstream = upstream
        self._pins: Mapping[str, Mapping[str, str]] = _pins(operations)
        self._templates = _templates(operations)
        self._connection = operations.name if operations is not None else ""
        self._recheck = recheck
        self._interval = recheck
        self._quarantined: Mapping[tuple[str, str], str] = {}
        self._found: Listed | None = None
        """What the last check found; None before there is one."""
        self._fault = ""
        """Why the definitions could not be checked since."""
        self._valid_until = 0.0
        """The loop's time until which the last check stands; 0 before there is one."""
        self._checked_at = 0.0
        self._asked_at = 0.0
        """The loop's time at which a call was let through last."""
        self._connections = 0
        """Connections that were open when the last check was over, or before."""
        self._deaf = False
        """Whether nobody listens to a server without sessions, so that only its connections tell of a restart."""
        self._changed = asyncio.Event()
        self._checking: asyncio.Task[None] | None = None
        self._behind: list[asyncio.Task[None]] = []
        if operations is not None:
            upstream.mirrors = mirrors({name: each.definition for name, each in operations.tools.items()})

    def hear(self, _method: str) -> None:
        """Take in that the server says that something has changed: nothing is sent until it was looked at."""
        self._valid_until = 0.0
        self._changed.set()

    def doubt(self) -> None:
        """Take in that an exchange broke: whoever answers next may be another, and is looked at first."""
        self.hear("")

    async def ready(self) -> None:
        """Return when the definitions were checked; raises UnsentError when they cannot be."""
        await self._settle()
        self._asked_at = asyncio.get_running_loop().time()

    def stands(self) -> bool:
        """Return whether a call that waited since `ready` may still be sent without another check."""
        return not any(self._pins.values()) or (self._is_valid() and not self._is_elsewhere())

    async def _settle(self) -> None:
        if self.stands():
            return
        self._valid_until = 0.0
        for _ in range(_CHECKS):
            under_way = self._checking
            await asyncio.shield(self._begin() if under_way is None or under_way.done() else under_way)
            if self._is_valid():
                break
        else:
            raise UnsentError("the server's definitions change faster than they can be checked", again=True)
        if not self._behind:
            self._behind = [asyncio.create_task(self._repeat(), name="xop-mcp-recheck")]
            if self._upstream.stateless is not None:
                self._behind.append(asyncio.create_task(self._listen(), name="xop-mcp-listen"))

    def objection(self, method: str, params: Mapping[str, Any]) -> str | None:
        """Return why a call must not be sent, None when everything it names is as it was accepted."""
        kind, name = self._named(method, params)
        if name not in self._pins.get(kind, {}):
            return f"{_NOUNS[kind]} {name[:100]!r} was not accepted: `xop operations accept` does it"
        return self._quarantined.get((kind, name))

    def seen(self) -> Seen | None:
        """Return what the last check found; None before there is one."""
        if self._found is None:
            return Seen(0.0, {}, self._fault) if self._fault else None
        return Seen(asyncio.get_running_loop().time() - self._checked_at, self._found, self._fault)

    async def close(self) -> None:
        """Watch no longer."""
        tasks = [*self._behind, *([self._checking] if self._checking is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_valid(self) -> bool:
        return self._valid_until > asyncio.get_running_loop().time()

    def _is_elsewhere(self) -> bool:
        """Say whether the next call may reach a server that has been started again meanwhile, unheard."""
        now = asyncio.get_running_loop().time()
        if not self._deaf or now - self._checked_at < _SHORTEST:
            return False
        return self._upstream.connections != self._connections or now - self._asked_at > KEPT_ALIVE

    def _named(self, method: str, params: Mapping[str, Any]) -> tuple[str, str]:
        if method == "tools/call":
            return "tools", str(params.get("name"))
        if method == "prompts/get":
            return "prompts", str(params.get("name"))
        if method == "resources/read":
            uri = str(params.get("uri"))
            if uri in self._pins["resources"]:
                return "resources", uri
            fitting = next((name for name, each in self._templates.items() if each.match(uri) is not None), None)
            return ("templates", fitting) if fitting is not None else ("resources", uri)
        ref: Any = params.get("ref")
        ref = ref if isinstance(ref, Mapping) else {}
        if ref.get("type") == "ref/prompt":
            return "prompts", str(ref.get("name"))
        return "templates", str(ref.get("uri"))

    def _begin(self) -> "asyncio.Task[None]":
        self._checking = asyncio.create_task(self._check(), name="xop-mcp-check")
        # A check may outlive every call that waited for it; what it failed of is told to the next one.
        self._checking.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._checking

    async def _check(self) -> None:
        loop = asyncio.get_running_loop()
        self._changed.clear()
        try:
            async with asyncio.timeout(_CHECKING):
                live = await listing(self._upstream, [kind for kind, pins in self._pins.items() if pins])
        except (UnsentError, UnsureError, MissingSecretError, TimeoutError) as error:
            detail = getattr(error, "detail", "") or str(error) or "no answer in time"
            again = not isinstance(error, UnsentError) or error.again
            self._fault = detail
            raise UnsentError(
                f"the server's definitions cannot be checked: {detail}", again=again, unhealthy=True
            ) from error
        self._quarantined = quarantined(self._pins, live.found)
        self._found, self._fault = live.found, ""
        self._checked_at = loop.time()
        self._connections = self._upstream.connections
        self._interval = self._next(live)
        if not self._changed.is_set():
            self._valid_until = loop.time() + _MISSED * self._interval

    def _next(self, live: Listing) -> float:
        told = self._recheck if live.fresh_for is None else live.fresh_for / 1000
        return max(_SHORTEST, min(told, self._recheck)) if told else self._recheck

    async def _repeat(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._interval):
                    await self._changed.wait()
            except TimeoutError:
                pass
            if self._checking is not None and not self._checking.done():
                await asyncio.wait([self._checking])
                continue
            checking = self._begin()
            await asyncio.wait([checking])
            if checking.cancelled() or checking.exception() is not None:
                # What the last check said stands until its time is over; then calls ask for another one.
                self._changed.clear()
                await asyncio.sleep(_SHORTEST)
            await asyncio.sleep(_PAUSE)

    async def _listen(self) -> None:
        filters = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}
        loop = asyncio.get_running_loop()
        while (stateless := self._upstream.stateless) is not None:
            began, self._deaf = loop.time(), False
            try:
                await stateless.listen(filters, self._heard)
            except UnsentError as error:
                self._deaf = True
                if not error.again:
                    return
            except (UnsureError, MissingSecretError):
                pass
            except Exception:  # noqa: BLE001 - listening is a courtesy; the regular check does not depend on it
                self._deaf = True
                return
            self._deaf = True
            # A stream ends when a server is started again, and nobody hears what changes from now on.
            self.doubt()
            await asyncio.sleep(_SHORTEST if loop.time() - began > _AGAIN else _AGAIN)
            self._changed.set()

    def _heard(self, method: str) -> None:
        if method.endswith("/list_changed"):
            self.hear(method)


_NOUNS = {"tools": "the tool", "resources": "the resource", "templates": "the template", "prompts": "the prompt"}


def quarantined(pins: Mapping[str, Mapping[str, str]], live: Listed) -> dict[tuple[str, str], str]:
    """Return what is not as it was accepted, by kind and name, each with the reason."""
    found: dict[tuple[str, str], str] = {}
    for kind, accepted in pins.items():
        for name, sha256 in accepted.items():
            definition = live.get(kind, {}).get(name)
            reason = _difference(kind, definition, sha256)
            if reason is not None:
                found[kind, name] = f"{_NOUNS[kind]} {name[:100]!r} is in quarantine: {reason}"
    return found


def _difference(kind: str, definition: dict[str, Any] | None, sha256: str) -> str | None:
    if definition is None:
        return "the server no longer offers it"
    if fingerprint(definition) != sha256:
        return "its definition has changed since it was accepted; `xop operations diff` shows how"
    if kind == "tools" and (cause := unusable(definition)) is not None:
        return f"its schema asks for impossible headers: {cause[:200]}"
    return None


def _pins(operations: Operations | None) -> dict[str, dict[str, str]]:
    kinds = ("tools", "resources", "templates", "prompts")
    if operations is None:
        return {kind: {} for kind in kinds}
    return {kind: {name: each.sha256 for name, each in getattr(operations, kind).items()} for kind in kinds}


def _templates(operations: Operations | None) -> dict[str, UriTemplate]:
    found: dict[str, UriTemplate] = {}
    for name in operations.templates if operations is not None else ():
        try:
            found[name] = UriTemplate.parse(name)
        except ValueError:
            continue  # A template that nothing can fit lets nothing through.
    return found
