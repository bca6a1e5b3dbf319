"""Plays steps to a server as live traffic: signals in batches, proposals one by one, each dialogue in its own order."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import time
from typing import Any
from zlib import crc32

from benchmarks.star.connection import BATCH, EVENT, JSON, Connection
from benchmarks.star.server import Served
from benchmarks.star.translation import Step, Told, Wished

SOURCE = "/star/desk"
LARGEST_BATCH = 100
SAMPLE = 40
"""Every so many signals one is sent alone, to time a request with a single signal."""
WINDOW = 2_000
"""Steps that may be on their way together: connections run apart by no more than that."""


class Tally:
    """What was sent and what came back."""

    def __init__(self) -> None:
        self.signals = 0
        self.acknowledged = 0
        self.refusals: list[str] = []
        """What the server said to signals and proposals it did not take."""
        self.outcomes: Counter[str] = Counter()
        """What came of permitted proposals that waited for it."""
        self.duplicates = 0
        self.verdicts: dict[str, str] = {}
        """By the proposal's id."""
        self.rules: Counter[str] = Counter()
        self.singles: list[float] = []
        """Milliseconds of requests with one signal."""
        self.batches: list[float] = []
        self.proposals: list[float] = []


def shifts(steps: Sequence[Step]) -> dict[str, int]:
    """Return by dialogue how far its times are moved, in milliseconds: each ends now, its own distances kept.

    The engine judges at its own clock: an authentication recorded years ago would have lapsed long before its dialogue
    is played. Signals carry the time of the recording in `recorded`.
    """
    last: dict[str, int] = {}
    for step in steps:
        last[step.customer] = max(last.get(step.customer, 0), step.time)
    now = int(time() * 1000)
    return {name: now - end for name, end in last.items()}


async def play(
    steps: Sequence[Step],
    moved: Mapping[str, int],
    server: Served,
    advance: Callable[[int], None],
    connections: int = 8,
    wait: float = 0.0,
) -> Tally:
    """Send steps in their order over some connections and return what came back; a dialogue stays on one connection.

    A proposal waits for its outcome at most `wait` seconds, as a desk would that does one thing after the other.
    """
    tally = Tally()
    lanes = [_Lane(server, moved, tally, advance, wait) for _ in range(connections)]
    for lane in lanes:
        await lane.connection.__aenter__()
    try:
        for begin in range(0, len(steps), WINDOW):
            shares: list[list[Step]] = [[] for _ in lanes]
            for step in steps[begin : begin + WINDOW]:
                shares[crc32(step.customer.encode()) % connections].append(step)
            await asyncio.gather(*(lane.send(share) for lane, share in zip(lanes, shares, strict=True)))
    finally:
        for lane in lanes:
            await lane.connection.__aexit__()
    return tally


class _Lane:
    """One connection and the steps it is given."""

    def __init__(
        self, server: Served, moved: Mapping[str, int], tally: Tally, advance: Callable[[int], None], wait: float
    ) -> None:
        self.connection = Connection(server)
        self._server = server
        self._moved = moved
        self._tally = tally
        self._advance = advance
        self._wait = wait
        self._waiting: list[Told] = []
        self._customers: set[str] = set()

    async def send(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if isinstance(step, Wished):
                if step.customer in self._customers:
                    await self._flush()
                await self._propose(step)
                continue
            self._waiting.append(step)
            self._customers.add(step.customer)
            if len(self._waiting) >= LARGEST_BATCH:
                await self._flush()
        await self._flush()

    async def _flush(self) -> None:
        """Send what waits: mostly as one batch, now and then its first signal alone."""
        waiting, self._waiting = self._waiting, []
        self._customers.clear()
        alone = waiting and self._tally.signals % SAMPLE < len(waiting)
        self._tally.signals += len(waiting)
        if alone:
            body = json.dumps(self._event(waiting[0])).encode()
            answer = await self.connection.post("/v1/signals", body, EVENT, self._server.source)
            self._note(answer.document(), 1)
            self._tally.singles.append(answer.milliseconds)
            waiting = waiting[1:]
        if waiting:
            body = json.dumps([self._event(each) for each in waiting]).encode()
            answer = await self.connection.post("/v1/signals", body, BATCH, self._server.source)
            self._note(answer.document(), len(waiting))
            self._tally.batches.append(answer.milliseconds)

    def _event(self, told: Told) -> dict[str, Any]:
        moment = datetime.fromtimestamp((told.time + self._moved[told.customer]) / 1000, UTC)
        return {
            "specversion": "1.0",
            "id": told.id,
            "source": SOURCE,
            "type": told.type,
            "subject": f"dialogue:{told.customer}",
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": told.data,
        }

    def _note(self, document: Any, count: int) -> None:
        results = document.get("results", [{"status": 200, "receipt": document}])
        receipts = [each["receipt"] for each in results if "receipt" in each]
        self._tally.refusals += [str(each["problem"]["detail"]) for each in results if "problem" in each]
        self._tally.acknowledged += len(receipts)
        self._tally.duplicates += sum(receipt["duplicate"] for receipt in receipts)
        self._advance(count)

    async def _propose(self, wish: Wished) -> None:
        document = {
            "action": wish.action,
            "customer": f"dialogue:{wish.customer}",
            "arguments": wish.arguments,
            "purpose": "service",
            "conversation": wish.customer,
            "wait": self._wait,
        }
        body = json.dumps(document).encode()
        answer = await self.connection.post("/v1/proposals", body, JSON, self._server.agent, idempotency_key=wish.id)
        self._advance(1)
        if answer.status >= 300:
            self._tally.refusals.append(answer.body.decode(errors="replace")[:500])
            self._tally.verdicts[wish.id] = f"refused with status {answer.status}"
            return
        verdict = answer.document()
        self._tally.verdicts[wish.id] = verdict["verdict"]
        self._tally.rules[f"{verdict['verdict']} by {verdict['code']}"] += 1
        self._tally.outcomes[verdict.get("outcome", {"status": "not waited for"})["status"]] += 1
        self._tally.proposals.append(answer.milliseconds)
