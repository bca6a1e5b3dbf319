"""The desk: the chat window and the people, as the platform's own HTTP API knows them."""

from collections.abc import Mapping
from typing import Any

import aiohttp
from msgspec import Struct

from benchmarks.tau2.premises import Served


class Ruled(Struct, frozen=True):
    """A decision as the platform tells it."""

    decision: str
    invocation: str
    verdict: str
    rules: tuple[str, ...]
    until: str = ""


class Desk:
    """Tells what is said, looks up decisions and answers what waits for a person."""

    def __init__(self, session: aiohttp.ClientSession, served: Served) -> None:
        self._session = session
        self._served = served
        self._told = 0

    async def tell(self, source: str, kind: str, chat: str, data: Mapping[str, Any]) -> None:
        """Send a signal about the customer of a chat; raises RuntimeError when it is refused."""
        self._told += 1
        event = {
            "specversion": "1.0",
            "id": f"{chat}:{self._told}",
            "source": f"/{source}",
            "type": kind,
            "subject": f"chat:{chat}",
            "data": data,
        }
        await self.ask("POST", "/v1/signals", source, event, "application/cloudevents+json")

    async def ruling(self, decision: str) -> Ruled:
        """Return a decision with the rules that determined it."""
        found = await self.ask("GET", f"/v1/decisions/{decision}", "supervisor")
        asked = found["asked"]
        rules = tuple(each["rule"] for each in found["determined_by"]) or (found["code"],)
        return Ruled(decision, asked["invocation"], found["verdict"], rules, found.get("until", ""))

    async def latest(self, chat: str, invocation: str) -> Ruled | None:
        """Return the newest decision about something that was asked for in a chat."""
        page = await self.ask("GET", f"/v1/decisions?customer=chat:{chat}&limit=50", "supervisor")
        of_it = (each["decision"] for each in page["decisions"] if each["invocation"] == invocation)
        newest = next(of_it, None)
        return None if newest is None else await self.ruling(newest)

    async def approve(self, invocation: str) -> bool:
        """Approve what is held, as the supervisor; says whether it is on its way then."""
        body = {"approved": True, "note": "looked at"}
        answer = await self.ask("POST", f"/v1/invocations/{invocation}/approval", "supervisor", body)
        return bool(answer["status"] == "queued")

    async def sent(self, invocation: str) -> tuple[int, str]:
        """Return how often a request has gone out, and its state; never and none while it waits."""
        try:
            found = await self.ask("GET", f"/v1/outbox/{invocation}", "supervisor")
        except RuntimeError:  # what still waits has no request yet
            return 0, ""
        return int(found["attempt"]), str(found["state"])

    async def ask(
        self, method: str, path: str, who: str, body: Any = None, kind: str = "application/json"
    ) -> dict[str, Any]:
        """Return the answer to a request of a principal as JSON; raises RuntimeError when it is refused."""
        headers = {"authorization": f"Bearer {self._served.keys[who]}", "content-type": kind}
        async with self._session.request(method, self._served.url + path, json=body, headers=headers) as answer:
            found: dict[str, Any] = await answer.json(content_type=None)
            if answer.status >= 300:
                raise RuntimeError(f"the platform answered {answer.status} to {method} {path}: {found}")
            return found
