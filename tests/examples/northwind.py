"""The example operator in this process: its real workspace, a real store, real adapters and its outside systems."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import httpx

from examples.northwind_mobile.customers import Customer, Event, arrival, population
from examples.northwind_mobile.outside import Outside
from examples.northwind_mobile.server import Secrets, fresh_secrets, workspace_at
from xop.adapters.console import ConsoleKind
from xop.assembly import KINDS, Platform, open_platform
from xop.faces.http import build_app

PATIENCE = 10.0
"""Seconds to wait for what the platform does on its own."""


class Northwind:
    """A platform that serves one customer so far, reached through its HTTP API."""

    def __init__(self, platform: Platform, outside: Outside, secrets: Secrets, screen: StringIO) -> None:
        self.platform = platform
        self.outside = outside
        self.who: Customer = population(1, Random(1))[0]
        self._screen = screen
        self._keys = secrets.keys
        self._sent = 0
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(build_app(platform)), base_url="http://northwind.example"
        )

    @property
    def messages(self) -> list[str]:
        """What the message gateway has sent."""
        return self._screen.getvalue().splitlines()

    @property
    def requests(self) -> list[str]:
        """What the other outside systems have carried out."""
        return [each["what"] for each in self.outside.carried_out]

    async def happens(self, event: Event) -> None:
        """Have a source report an event."""
        self._sent += 1
        if event.type.startswith("segment."):
            call = {"messageId": f"m{self._sent}", "userId": event.customer.account, **event.data}
            await self.ask("POST", f"/v1/{event.type.removeprefix('segment.')}", event.source, call)
            return
        signal = {
            "specversion": "1.0",
            "id": f"e{self._sent}",
            "source": f"/northwind/{event.source}",
            "type": event.type,
            "subject": f"account:{event.customer.account}",
            "data": event.data,
        }
        await self.ask("POST", "/v1/signals", event.source, signal, media_type="application/cloudevents+json")

    async def signal(self, source: str, kind: str, **data: Any) -> None:
        """Have a source report something about the customer."""
        await self.happens(Event(source, kind, self.who, data))

    async def propose(self, who: str, action: str, **details: Any) -> dict[str, Any]:
        """Propose an action for the customer and return the verdict."""
        body = {"customer": f"account:{self.who.account}", "action": action, **details}
        return await self.ask("POST", "/v1/proposals", who, body)

    async def approve(self, who: str, invocation: str, *, status: int = 200) -> dict[str, Any]:
        """Approve a held invocation."""
        place = f"/v1/invocations/{invocation}/approval"
        return await self.ask("POST", place, who, {"approved": True}, status=status)

    async def outbox(self, invocation: str) -> dict[str, Any]:
        """Return a request of the outbox."""
        return await self.ask("GET", f"/v1/outbox/{invocation}")

    async def explanation(self, decision: str) -> dict[str, Any]:
        """Return the reasoning path of a decision."""
        return await self.ask("GET", f"/v1/decisions/{decision}")

    async def decisions(self) -> list[dict[str, Any]]:
        """Return all decisions, oldest first."""
        page = await self.ask("GET", "/v1/decisions?limit=500")
        return list(reversed(page["decisions"]))

    async def ruling(self, action: str, stage: str = "proposal", number: int = 1) -> dict[str, Any]:
        """Wait for the explanation of the nth ruling on an action at a stage."""
        async with asyncio.timeout(PATIENCE):
            while True:
                grown = asyncio.create_task(self.platform.engine.grown())
                await asyncio.sleep(0)
                found = [each for each in await self.decisions() if (each["action"], each["stage"]) == (action, stage)]
                if len(found) >= number:
                    grown.cancel()
                    return await self.explanation(found[number - 1]["decision"])
                await grown

    async def done(self, invocation: str) -> None:
        """Wait until an invocation was carried out."""
        async with asyncio.timeout(PATIENCE):
            while True:
                grown = asyncio.create_task(self.platform.engine.grown())
                await asyncio.sleep(0)
                request = await self.platform.runtime.outbox.get(invocation)
                if request is not None and request.state == "done":
                    grown.cancel()
                    return
                await grown

    async def ask(
        self,
        method: str,
        path: str,
        who: str = "sam",
        body: Any = None,
        *,
        media_type: str = "application/json",
        status: int = 200,
    ) -> dict[str, Any]:
        """Return the answer to a request, whose status must be as expected."""
        headers = {"authorization": f"Bearer {self._keys[who]}", "content-type": media_type}
        answer = await self._client.request(method, path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def close(self) -> None:
        """Let go of the client."""
        await self._client.aclose()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Northwind]:
    """Open the example on an empty store, with one customer who has agreed to offers by e-mail."""
    secrets, screen = fresh_secrets(), StringIO()
    outside = Outside(secrets.back_office, secrets.case_desk)
    workspace = workspace_at(await outside.start(0), folder / "workspace")
    kinds = {**KINDS, "console": ConsoleKind(screen)}
    platform = await open_platform(folder / "store", workspace, kinds=kinds, secrets=secrets.environment.get)
    await platform.start()
    northwind = Northwind(platform, outside, secrets, screen)
    try:
        for event in arrival(northwind.who):
            await northwind.happens(event)
        yield northwind
    finally:
        await northwind.close()
        await platform.stop()
        await outside.stop()


def rules(explanation: dict[str, Any]) -> list[str]:
    """Return the rules that determined a verdict."""
    return [each["rule"] for each in explanation["determined_by"]]


def reads(explanation: dict[str, Any]) -> dict[str, Any]:
    """Return the values that the rules of a decision read, by name."""
    return {each["name"]: each["value"] for each in explanation["facts_read"]}
