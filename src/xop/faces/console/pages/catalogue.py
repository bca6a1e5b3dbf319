"""The catalogue: every action, its contract, who may propose it, and what the verdict on it would be."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, convert

from xop.faces.console.arbiter.schema_table import schema_rows
from xop.faces.console.page import Act, Answer, Page, Shown
from xop.faces.console.pages.agents import HALT, HALTS, halt_row
from xop.faces.console.visit import Visit
from xop.faces.console.work.argument_form import ArgumentFault, fields_of, values_of
from xop.faces.http.problems import ProblemError
from xop.kernel.actions.model import Action

_LIST = "GET /v1/catalog"
_ONE = "GET /v1/catalog/{action}"
_DECISIONS = "GET /v1/decisions"
_INSIGHT = "GET /v1/insight"
_CONNECTIONS = "GET /v1/connections"
_TRY = "POST /v1/evaluations"

_LATEST = 10


class Attempt(Struct, frozen=True):
    """What was typed into the form that asks what the verdict would be."""

    customer: str = ""
    actor: str = ""
    purpose: str = ""
    conversation: str = ""


async def _catalogue(visit: Visit) -> Answer:
    told = await visit.ask(_LIST, query={"contracts": "true"})
    sought = visit.query.get("q", "").strip().lower()[:100]
    used = await _used(visit)
    rows = [
        {
            "told": each,
            "contract": convert(each.contract, Action),
            "used": used.get(each.name, 0) if used is not None else None,
        }
        for each in told.actions
        if not sought
        or any(sought in text.lower() for text in (each.name, each.description, each.connection, each.purpose))
    ]
    model = {
        "rows": rows,
        "q": visit.query.get("q", ""),
        "counted": used is not None,
        "of": len(told.actions),
        "reaches": visit.may(_CONNECTIONS),
    }
    return Shown("catalogue", model)


async def _used(visit: Visit) -> Mapping[str, int] | None:
    """Return how often each action was proposed in the last 24 hours; None for whoever may not see figures."""
    found = await visit.ask_if_allowed(_INSIGHT, query={"since": "24h", "step": "5m"})
    return found.totals.get("actions", {}) if found is not None else None


async def _action(visit: Visit) -> Answer:
    return await _shown(visit, {}, Attempt(customer=visit.query.get("customer", "")), {})


async def _shown(
    visit: Visit, more: Mapping[str, Any], attempt: Attempt, sent: Mapping[str, str], status: int = 200
) -> Answer:
    """Show one action; `more` has the verdict that was asked for, or what was wrong with the question."""
    name = visit.path["action"]
    told = await visit.ask(_ONE, path={"action": name})
    latest = await visit.ask(_DECISIONS, query={"action": name, "limit": _LATEST, "handles": True})
    halts = {each.scope: each for each in (await visit.ask(HALTS)).halts}
    halt = halts.get(f"action:{name}") or halts.get("all")
    contract = convert(told.action.contract, Action)
    model: dict[str, Any] = {
        "told": told,
        "contract": contract,
        "latest": latest.decisions,
        "halt": halt_row(visit, halt) if halt is not None else None,
        "stops": visit.may(HALT),
        "reaches": visit.may(_CONNECTIONS),
    }
    if "live" in visit.query:
        return Shown("action", model)
    used = await _used(visit)
    model |= {
        "used": used.get(name, 0) if used is not None else None,
        "inputs": schema_rows(contract.input, visit.words.text),
        "outputs": schema_rows(contract.output, visit.words.text),
        "attempt": attempt,
        "fields": fields_of(contract.input, {}, sent),
        "askers": _askers(visit, told.granted),
        "purposes": [contract.purpose, *contract.other_purposes],
        "verdict": None,
        "problem": None,
        **more,
    }
    return Shown("action", model, name.replace("_", " "), status)


def _askers(visit: Visit, granted: list[str]) -> list[tuple[str, str]]:
    """Return as whom this person may ask: as themselves, and with the scope for it as anybody who is granted the action."""
    own = str(visit.caller.actor)
    others = [each for each in granted if each != own] if "evaluations:write" in visit.caller.scopes else []
    return [("", visit.words.text("me")), *((each, each) for each in others)]


async def _try(visit: Visit) -> Answer:
    """Ask what the verdict would be; nothing is done."""
    sent = {name: values[0] for name, values in visit.form.items() if values}
    attempt = Attempt(*(visit.field(name) for name in Attempt.__struct_fields__))
    told = await visit.ask(_ONE, path={"action": visit.path["action"]})
    try:
        arguments = values_of(convert(told.action.contract, Action).input, sent)
        body = {"action": visit.path["action"], "customer": attempt.customer, "arguments": arguments}
        given = {name: getattr(attempt, name) for name in ("actor", "purpose", "conversation")}
        ruled = await visit.ask(_TRY, body={**body, **{name: value for name, value in given.items() if value}})
    except ArgumentFault as fault:
        problem = ProblemError("parameter-invalid", f"the argument {fault.label!r} cannot be read", fault.remedy)
        return await _shown(visit, {"problem": problem.document()}, attempt, sent, problem.status)
    except ProblemError as problem:
        return await _shown(visit, {"problem": problem.document()}, attempt, sent, problem.status)
    return await _shown(visit, {"verdict": ruled}, attempt, sent)


PAGES = (
    Page(
        path="/catalogue",
        title="Catalogue",
        view=_catalogue,
        asks=(_LIST,),
        live=("actions",),
        menu="Rules/catalogue",
        keys="g o",
    ),
    Page(
        path="/catalogue/{action}",
        title="Action",
        view=_action,
        asks=(_ONE, _DECISIONS, HALTS),
        live=("standing", "latest"),
    ),
)

ACTS = (Act(path="/catalogue/{action}", view=_try, asks=(_ONE, _DECISIONS, HALTS)),)
