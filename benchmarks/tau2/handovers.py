"""Handovers: conversations that the agent hands to people, each taken by one of them and given back."""

from collections import Counter
from contextlib import suppress
from typing import Any

import msgspec

from benchmarks.tau2.desk import Desk
from benchmarks.tau2.domain import Domain

BUDGETS = (4_096, 32_768)
"""Bytes that systems of contact centres take."""

_PERSON = "supervisor"


class Handovers:
    """Opens a handover for the first transfer of each conversation, and has a person take it and give it back."""

    def __init__(self, domain: Domain, desk: Desk) -> None:
        self._domain = domain
        self._desk = desk
        self._known: set[str] = set()
        self._counts = Counter[str]()
        self._largest = dict.fromkeys(BUDGETS, 0)

    async def transfer(self, chat: str, summary: str) -> None:
        """Hand a conversation to people and take it back to the agent, who goes on as recorded."""
        if chat in self._known or not (self._domain.workspace / "queues.yaml").is_file():
            return
        self._known.add(chat)
        body = {
            "customer": f"chat:{chat}",
            "conversation": chat,
            "summary": summary,
            "intent": self._domain.intent,
            "transcript": [{"uri": f"records:{self._domain.name}/{chat}", "title": "The recorded conversation"}],
            "anyway": True,
        }
        opened = await self._desk.ask("POST", "/v1/handovers", "agent", body)
        self._counts["opened"] += 1
        self._counts["complete"] += not opened["missing"]
        await self._measure(opened["handover"])
        await self._give_back(opened["handover"])

    async def _measure(self, handover: str) -> None:
        for budget in BUDGETS:
            path = f"/v1/handovers/{handover}/projection?bytes={budget}"
            size = len(msgspec.json.encode(await self._desk.ask("GET", path, _PERSON)))
            self._largest[budget] = max(self._largest[budget], size)
            self._counts["over_budget"] += size > budget

    async def _give_back(self, handover: str) -> None:
        await self._desk.ask("POST", f"/v1/handovers/{handover}/acceptance", _PERSON)
        body = {"outcome": "resolved", "continues": "agent", "notes": "looked at"}
        returned = await self._desk.ask("POST", f"/v1/handovers/{handover}/return", _PERSON, body)
        self._counts["returned_to_the_same_agent"] += returned["held_by"] == "agent:agent"
        with suppress(RuntimeError):  # what was given back once is not to be had again
            await self._desk.ask("POST", f"/v1/handovers/{handover}/return", _PERSON, body)
            self._counts["returned_again"] += 1

    def figures(self) -> dict[str, Any]:
        """Return how many there were, whether people would have missed anything, and how large they were."""
        names = ("opened", "complete", "over_budget", "returned_to_the_same_agent", "returned_again")
        return {
            **{name: self._counts[name] for name in names},
            **{f"largest_of_{budget}": size for budget, size in self._largest.items()},
        }
