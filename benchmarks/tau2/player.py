"""Plays episodes: what was said goes in as signals, what the agent called goes through the platform, in order."""

import re
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Literal, cast

from mcp import Client
from mcp_types import CallToolResult, RequestParamsMeta
from msgspec import Struct, field

from benchmarks.tau2.desk import Desk, Ruled
from benchmarks.tau2.domain import Domain
from benchmarks.tau2.episodes import Episode, ToolCall, Write
from benchmarks.tau2.upstream import Arrival, Upstream

Transfer = Callable[[str, str], Awaitable[None]]
"""Takes a chat and the agent's summary when the agent hands it to people."""

_TRANSFER = "transfer_to_human_agents"
_DECISION = "io.xop/decision"
_PATIENCE = 10.0
"""Seconds for which an approved write is waited for."""
_ROUNDS = 3
"""How often one write may be held, for one thing after the other."""


class Outcome(Struct):
    """What became of one write."""

    write: Write
    arrival: Arrival
    verdict: str = "permit"
    rules: tuple[str, ...] = ()
    held: list[str] = field(default_factory=list)
    """What it was held for, in order."""
    released: bool = False
    """Whether people let it go on."""

    @property
    def through(self) -> bool:
        """Whether it reached the upstream."""
        return self.arrival.times > 0


class Played(Struct):
    """What became of one episode."""

    episode: Episode
    outcomes: list[Outcome] = field(default_factory=list)
    reads: int = 0
    reads_held: list[str] = field(default_factory=list)
    """The invocations of reads that waited for who the customer is."""
    reads_released: int = 0
    """How many of them went on once that was known."""
    reads_carried_out: int = 0
    """How many of those went out once and were answered with what they asked for, not with an error."""
    transfers: int = 0


class Player:
    """Plays one episode after the other."""

    def __init__(
        self, domain: Domain, upstream: Upstream, client: Client, desk: Desk, transfer: Transfer | None = None
    ) -> None:
        self.read_times: list[float] = []
        """Milliseconds of the reads that came through at once."""
        self.write_times: list[float] = []
        """Milliseconds of the writes that did."""
        self._domain = domain
        self._upstream = upstream
        self._client = client
        self._desk = desk
        self._transfer = transfer

    async def play(self, episode: Episode) -> Played:
        """Play an episode to its end."""
        chat = re.sub(r"[^A-Za-z0-9._-]", "-", episode.episode_id)
        played = Played(episode)
        self._upstream.begin(episode)
        await self._desk.tell("chat_desk", "chat.started", chat, {"chat": chat, "clock": self._domain.clock})
        for number, message in enumerate(episode.messages):
            if message.role not in {"user", "assistant"}:
                continue
            if message.content:
                kind = "message.user" if message.role == "user" else "message.agent"
                await self._desk.tell("chat_desk", kind, chat, {"chat": chat, "text": message.content})
            writes = [write for write in episode.writes if write.msg == number]
            for call in (message.tool_calls or ()) if message.role == "assistant" else ():
                same = [each for each in writes if (each.name, each.arguments) == (call.name, call.arguments)]
                if same:
                    writes.remove(same[0])
                    played.outcomes.append(await self._write(chat, same[0]))
                else:
                    await self._read(chat, call, played)
        sent = [await self._desk.sent(each) for each in played.reads_held]
        played.reads_released = sum(times > 0 for times, _ in sent)
        played.reads_carried_out = sum(each == (1, "done") for each in sent)
        return played

    async def _read(self, chat: str, call: ToolCall, played: Played) -> None:
        played.reads += 1
        before = self._upstream.calls
        result, took = await self._call(chat, call.name, call.arguments)
        if self._upstream.calls > before:
            self.read_times.append(took)
        elif (ruled := await self._ruled(result)) is not None and ruled.verdict == "hold":
            played.reads_held.append(ruled.invocation)
        if call.name == _TRANSFER:
            played.transfers += 1
            if self._transfer is not None:
                await self._transfer(chat, str(call.arguments.get("summary", "")))

    async def _write(self, chat: str, write: Write) -> Outcome:
        arrival = self._upstream.expect(write)
        outcome = Outcome(write, arrival)
        result, took = await self._call(chat, write.name, write.arguments)
        if arrival.times:
            self.write_times.append(took)
            return outcome
        ruled = await self._ruled(result)
        for _ in range(_ROUNDS):
            outcome.verdict = "refused" if ruled is None else ruled.verdict
            outcome.rules = () if ruled is None else ruled.rules
            if ruled is None or ruled.verdict != "hold":
                break
            outcome.held.append(ruled.until)
            answered = await self._answered(chat, write, ruled)
            outcome.released = answered == "released"
            if answered == "nobody" or (answered == "released" and await self._upstream.arrived(arrival, _PATIENCE)):
                break
            ruled = await self._desk.latest(chat, ruled.invocation)
        return outcome

    async def _answered(self, chat: str, write: Write, ruled: Ruled) -> Literal["released", "held", "nobody"]:
        """Have people answer a hold; says whether the write is on its way now, waits for more, or waits for nobody here."""
        if ruled.until == "approval":
            return "released" if await self._desk.approve(ruled.invocation) else "held"
        if ruled.until != "verification" or self._domain.confirms is None:
            return "nobody"
        confirmed = self._domain.confirms(write.pre, chat, write.arguments)
        if confirmed is None:
            return "nobody"
        await self._desk.tell(confirmed.source, confirmed.kind, chat, confirmed.data)
        return "released"

    async def _call(self, chat: str, name: str, arguments: dict[str, object]) -> tuple[CallToolResult, float]:
        meta = cast("RequestParamsMeta", {"io.xop/customer": f"chat:{chat}", "io.xop/conversation": chat})
        began = perf_counter()
        result = await self._client.call_tool(name, arguments, meta=meta)
        return result, (perf_counter() - began) * 1000

    async def _ruled(self, result: CallToolResult) -> Ruled | None:
        decision = (result.meta or {}).get(_DECISION)
        return await self._desk.ruling(decision) if isinstance(decision, str) else None
