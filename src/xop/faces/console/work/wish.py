"""Wishes: what a person has the platform do for a customer, judged by the arbiter like anybody's."""

import json
from collections.abc import Mapping
from typing import Any

from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.console.work.argument_form import ArgumentFault, values_of
from xop.faces.console.work.outcome import outcome_of
from xop.faces.console.work.request import contract_input
from xop.faces.http.problems import ProblemError

PROPOSE = "POST /v1/proposals"

_PATIENCE = 3
"""Seconds a proposal waits for its outcome, so that it can be told at once."""

_SAID = marked({"permit": "Permitted: {reasons}", "hold": "It waits: {reasons}", "deny": "Denied: {reasons}"})


async def propose(visit: Visit, customer: str, conversation: str) -> tuple[str, str, str]:
    """Propose what a form says; return the decision, the verdict in words and whether it is good news; raises ProblemError."""
    action = visit.field("wanted")
    body = {
        "action": action,
        "customer": customer,
        "arguments": await _arguments(visit, action),
        "conversation": conversation or None,
        "wait": _PATIENCE,
    }
    ruled = await visit.ask(PROPOSE, body=body)
    notice = visit.words.text(_SAID[ruled.verdict]).format(reasons=" ".join(map(visit.words.text, ruled.reasons)))
    return ruled.decision, notice, "problem" if ruled.verdict == "deny" else "done"


async def _arguments(visit: Visit, action: str) -> dict[str, Any]:
    """Return the arguments of a suggested step as they were shown, or those that were typed; raises ProblemError."""
    try:
        if shown := visit.field("arguments"):
            found = json.loads(shown)
            return found if isinstance(found, dict) else {}
        return values_of(await contract_input(visit, action), sent(visit))
    except ArgumentFault as fault:
        cause = f"the argument {fault.label!r} cannot be read"
        raise ProblemError("parameter-invalid", cause, fault.remedy) from fault
    except (ValueError, RecursionError) as fault:
        raise ProblemError("parameter-invalid", "the step cannot be read", "open the page again") from fault


def sent(visit: Visit) -> dict[str, str]:
    """Return the fields of a form that was sent."""
    return {name: values[0] for name, values in visit.form.items() if values}


async def proposed(visit: Visit) -> dict[str, Any] | None:
    """Return the verdict on what was proposed just before, or on an invocation that is named, and what became of it so far."""
    name, began = visit.query.get("proposed", ""), None
    if not name and visit.query.get("invocation"):
        began = await outcome_of(visit, visit.query["invocation"])
        name = began.decision if began is not None else ""
    if not name:
        return None
    try:
        told = await visit.ask_if_allowed("GET /v1/decisions/{decision}", path={"decision": name})
    except ProblemError:
        return None
    if told is None:
        return None
    invocation = told["asked"]["invocation"]
    became = began or (await outcome_of(visit, invocation) if invocation and told["verdict"] != "deny" else None)
    reasons = [each["message"] for each in told["determined_by"]]
    return {"decision": name, "verdict": told["verdict"], "reasons": reasons, "became": became, **_of(told)}


def _of(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"action": told["asked"]["action"].replace("_", " "), "until": told["until"], "approvers": told["approvers"]}
