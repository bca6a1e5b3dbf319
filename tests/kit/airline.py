"""An airline whose records are read before a verdict: the harbour with reads, and the archive that answers them."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from tests.kit.harbour import FOLDER
from tests.kit.world import World
from xop.adapters.simulated.render import render_any
from xop.assembly import KINDS, workspace_files
from xop.engine.connections import Connections
from xop.engine.engine import Engine
from xop.engine.gather import About, Gatherer
from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Known, Refusal
from xop.kernel.context.customer import new_customer
from xop.kernel.release import Release
from xop.kernel.templates import Template
from xop.ports.adapter import Sending, Sent
from xop.ports.rendering import UnrenderableError
from xop.runtimes.simulated import SimulatedRuntime
from xop.workspace import compile_workspace

READS = {
    "booking": {"action": "get_booking", "with": {"id": "{{arguments.booking}}"}, "max_age": "30s"},
    "owner": {"action": "get_user", "with": {"id": "{{reads.booking.user}}"}},
    "legs": {
        "action": "get_flight",
        "each": "reads.booking.flights",
        "with": {"number": "{{each.number}}", "date": "{{each.date}}"},
    },
}
FACTS = {
    "flown": {"type": "bool", "value": "reads.legs.exists(l, l.status in ['landed', 'flying'])"},
    "gold": {"type": "bool", "value": "reads.owner.tier == 'gold'"},
    "generous": {"type": "bool", "value": "facts.gold && !facts.flown"},
    "paid": {"type": "int", "value": "int(reads.booking.price * 100.0 + 0.5)"},
}
_PRICED = {"type": "object", "properties": {"price": {"type": "number"}, "user": {}, "flights": {"type": "array"}}}
_TEXTS = {"get_booking": (("id",), _PRICED), "get_user": (("id",), {}), "get_flight": (("number", "date"), {})}
POLICY = """
@id("airline.flown") @message("It has been flown.")
forbid (principal, action == Action::"cancel", resource) when { context.facts.flown };
@id("airline.not_gold") @message("Only gold members.")
forbid (principal, action == Action::"upgrade", resource) when { !context.facts.gold };
@id("airline.mean") @message("Not generous.")
forbid (principal, action == Action::"refund", resource) when { !context.facts.generous };
@id("airline.dear") @message("Paid too much.")
forbid (principal, action == Action::"reprice", resource) when { context.facts.paid > 12000 };
@id("airline.optional") @message("Flown, as far as anybody knows.")
forbid (principal, action == Action::"greet", resource) when { context.facts has maybe && context.facts.maybe };
"""
ANSWERS = {
    "get_booking b1": {
        "user": "u1",
        "price": 120,
        "flights": [{"number": "A", "date": "1"}, {"number": "B", "date": "1"}],
    },
    "get_user u1": {"tier": "gold"},
    "get_flight 1 A": {"status": "available"},
    "get_flight 1 B": {"status": "available"},
}


class Archive:
    """Answers requests from a table, when it is let; a request that is not in it finds nothing."""

    idempotent = False

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        """What arrived, in order."""
        self.closed: dict[str, asyncio.Event] = {}
        """What is not answered before its event is set."""
        self.most = 0
        """Most requests on their way at one time."""
        self._flying = 0
        self._arrival = asyncio.Condition()

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the request as JSON."""
        try:
            return render_any(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Answer from the table; an answer that is a `Sent` is given as it is."""
        key = " ".join(map(str, json.loads(sending.request).values()))
        async with self._arrival:
            self.asked.append(key)
            self._arrival.notify_all()
        self._flying += 1
        self.most = max(self.most, self._flying)
        await asyncio.sleep(0)
        if key in self.closed:
            await self.closed[key].wait()
        self._flying -= 1
        answer = self.answers.get(key, Sent("failed", "there is none"))
        return answer if isinstance(answer, Sent) else Sent("done", output=answer)

    async def received(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: len(self.asked) >= count)

    async def close(self) -> None:
        """Let go of nothing."""


class ArchiveKind:
    """The kind whose every connection leads to one archive."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def check_connection(self, _connection: Connection) -> list[Refusal]:
        """Return nothing."""
        return []

    def check_request(self, _request: Mapping[str, Any]) -> list[Refusal]:
        """Return nothing."""
        return []

    def open(self, _connection: Connection, _secrets: Any) -> Archive:
        """Return the archive."""
        return self.archive


def files(
    reads: Mapping[str, Any] = READS, facts: Mapping[str, Any] = FACTS, policy: str = POLICY, **needed: list[str]
) -> dict[str, bytes]:
    """Return the airline's workspace; `needed` gives the facts of its actions, by action."""
    made = {name: raw for name, raw in workspace_files(FOLDER).items() if name != "facts.yaml"}
    kept = json.loads(json.dumps({"reads": reads, "facts": {**_HARBOUR_FACTS, **facts}}))
    made["facts.yaml"] = json.dumps(kept).encode()
    actions = {
        "cancel": ["flown"],
        "upgrade": ["gold"],
        "refund": ["generous"],
        "reprice": ["paid"],
        "greet": [],
    } | needed
    for name, wanted in actions.items():
        made[f"actions/{name}.yaml"] = _action(name, "write", ("booking",), {}, wanted)
    for name, (taken, output) in _TEXTS.items():
        made[f"actions/{name}.yaml"] = _action(name, "read", taken, output, [])
    relevant = [part for part in policy.split("\n@id") if not _absent(part, actions)]
    made["policies/airline.cedar"] = "\n@id".join(relevant).encode()
    return made


_HARBOUR_FACTS = {
    "sim_swapped_recently": {"type": "bool", "value": "false"},
    "credit_score": {"type": "int", "value": "read.score", "read": "look_up_score"},
}


def _absent(part: str, actions: Mapping[str, list[str]]) -> bool:
    """Say whether a rule reads a fact that its action does not have."""
    action = part.partition('Action::"')[2].partition('"')[0]
    fact = part.partition("context.facts")[2].lstrip(". ").removeprefix("has ").split(" ")[0].rstrip(" };")
    return bool(action) and fact not in actions[action]


def _action(name: str, kind: str, taken: tuple[str, ...], output: dict[str, Any], facts: list[str]) -> bytes:
    schema = {
        "type": "object",
        "properties": {each: {"type": "string"} for each in taken},
        "required": list(taken) if kind == "read" else [],
        "additionalProperties": False,
    }
    request = {"action": name} | {each: f"{{{{arguments.{each}}}}}" for each in taken if kind == "read"}
    declared = {"name": name, "version": 1, "description": f"{name}.", "kind": kind, "purpose": "service"}
    declared |= {"input": schema, "facts": facts, "binding": {"connection": "desk", "request": request}}
    return json.dumps(declared | ({"output": output} if output else {})).encode()


def airline(archive: Archive, **changes: Any) -> Release:
    """Return the airline's release."""
    release = compile_workspace(files(**changes), kinds(archive))
    assert isinstance(release, Release), "\n".join(map(str, release))
    return release


def kinds(archive: Archive) -> dict[str, Any]:
    """Return the adapters, with the archive for the simulated system."""
    return {**KINDS, "simulated": ArchiveKind(archive)}


class Airport(World):
    """The airline's engine in virtual time."""

    def __init__(self, archive: Archive, **changes: Any) -> None:
        release = airline(archive, **changes)
        super().__init__(rules=release)
        self.engine = Engine(self.runtime, release, kinds(archive), lambda _name: "secret")


class Desk:
    """A gatherer of its own, with a deadline and a clock of its own, about nobody in particular."""

    def __init__(self, archive: Archive, deadline: float = 5.0, **changes: Any) -> None:
        self.release = airline(archive, **changes)
        self.clock = SimulatedRuntime(1_000_000, 1).clock
        self.gatherer = Gatherer(Connections(kinds(archive), lambda _name: "secret"), self.clock, deadline)

    async def reads(self, action: str, **arguments: Any) -> dict[str, Known]:
        """Return what is read before a verdict on an action."""
        customer = new_customer("cus_1")
        return await self.gatherer.reads(
            self.release, self.release.actions[action], About(customer, "cus_1", arguments)
        )
