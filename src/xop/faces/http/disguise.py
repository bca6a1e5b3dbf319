"""Known-wrong proposals as facts tell them while they wait for an answer: like the requests they pass for."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from xop.engine.engine import Engine
from xop.faces.http.telling import ToldFact
from xop.kernel.base.actor import Actor


async def disguised(engine: Engine, reader: Actor, facts: Sequence[ToldFact]) -> list[ToldFact]:
    """Return facts that give no open probe away to anybody but whoever put it there; raises StorageError."""
    return [await _passed_off(engine, reader, fact) if _seeded(fact) else fact for fact in facts]


async def _passed_off(engine: Engine, reader: Actor, fact: ToldFact) -> ToldFact:
    invocation, by = fact.data["invocation"], _seeded(fact)["by"]
    customer = await engine.customer(fact.origin)
    is_open = customer is not None and any(invocation["id"] in part.invocations for part in customer.parts)
    if not is_open or by == str(reader):
        return fact
    plain = {name: value for name, value in invocation.items() if name != "seeded"}
    actor = "{kind}:{id}".format(**invocation["actor"]) if fact.actor == by else fact.actor
    return replace(fact, data={**fact.data, "invocation": plain}, actor=actor)


def _seeded(fact: ToldFact) -> dict[str, Any]:
    invocation = fact.data.get("invocation")
    found: dict[str, Any] = invocation.get("seeded") or {} if isinstance(invocation, dict) else {}
    return found
