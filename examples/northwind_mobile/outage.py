"""A journey played to its end: the network fails where a customer is, the engineers know more, and it is back."""

from typing import Any

from examples.northwind_mobile.customers import Customer, Event
from examples.northwind_mobile.situations import Stage

JOURNEY = "outage_notice"


def play_outage(stage: Stage) -> None:
    """Play an outage, and print the way that its run took; raises NotAsTold when it is another one."""
    who = stage.cast[6]
    begin = len(stage.witness.facts)
    affected = _event(who, "line.affected", area="the old harbour", back_by="by 6 pm")
    _told(stage, who, stage.send(f"the network fails where {who.name} is, and its monitoring reports it", affected))
    _told(stage, who, stage.send("the engineers know better", _event(who, "outage.updated", back_by="by 7 pm")))
    stage.send("the network is back, which is what the journey is for", _event(who, "line.restored"))
    stage.witness.ended(JOURNEY, begin)
    way = [_step(fact) for fact in list(stage.witness.facts)[begin:] if fact["data"].get("journey") == JOURNEY]
    stage.screen.message(f"the run: {' → '.join(way)}")


def _event(who: Customer, kind: str, **data: str) -> Event:
    return Event("network", kind, who, {"outage": "O-2026-17", **data})


def _told(stage: Stage, who: Customer, since: int) -> None:
    decision = stage.rules(who, "send_outage_text", since)
    stage.show(decision, "permit", "xop.granted")
    stage.carried_out(decision)


def _step(fact: dict[str, Any]) -> str:
    """Tell one fact of the run in a word or two."""
    kind, data = str(fact["type"]), fact["data"]
    named = {"RunEntered": "entered", "StepReached": "{step}", "RunEnded": "ended ({outcome})"}
    return named.get(kind, kind).format_map(data)
