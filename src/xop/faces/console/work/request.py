"""A request for approval, read in full: what would be done, why it waits, and all that an answer should rest on."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from xop.faces.console.decision.readings import about_told, source_told
from xop.faces.console.visit import Visit
from xop.faces.console.words import Words, marked
from xop.faces.console.work.argument_form import ArgumentField, fields_of
from xop.faces.console.work.customer_card import CustomerCard, customer_card
from xop.faces.console.work.inbox import tone_of
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.approvals import ApprovalDetail
from xop.kernel.base.spans import milliseconds

_NONE: Mapping[str, Any] = {}


class Rule(Struct, frozen=True):
    """One rule that stopped it."""

    message: str
    name: str
    basis: str


class FactRead(Struct, frozen=True):
    """Something the verdict rests on."""

    name: str
    about: str
    value: Any
    known: bool
    """Whether this person may see its value."""
    source: str
    at: str | None


class Agent(Struct, frozen=True):
    """The agent that asks."""

    name: str
    description: str
    facts: list[tuple[str, str]]
    risk_class: str
    """How the AI Act ranks the system it belongs to; empty where nothing says."""
    oversight: list[str]


class Request(Struct, frozen=True):
    """One open request with all that an answer should rest on."""

    detail: ApprovalDetail
    sentence: str
    action: str
    tone: str
    cost: str
    rules: list[Rule]
    facts: list[FactRead]
    yes: list[str]
    no: list[str]
    customer: CustomerCard | None
    agent: Agent | None
    fields: list[ArgumentField]
    missing: int
    """How many more people must approve."""


async def standing_of(visit: Visit, invocation: str) -> ApprovalDetail | None:
    """Return an open request as it stands; None when it is over."""
    try:
        found: ApprovalDetail = await visit.ask("GET /v1/approvals/{invocation}", path={"invocation": invocation})
    except ProblemError as problem:
        if problem.code == "invocation-unknown":
            return None
        raise
    return found


async def request_of(visit: Visit, detail: ApprovalDetail, sent: Mapping[str, str]) -> Request:
    """Return an open request with everything around it; the fields hold what was sent before, if anything was."""
    told = await _asked(visit, "GET /v1/decisions/{decision}", decision=detail.decision)
    shown = await _asked(visit, "GET /v1/catalog/{action}", action=detail.action)
    contract = shown.action.contract if shown is not None else _NONE
    card = await customer_card(visit, detail.customer)
    whom = card.name if card is not None else detail.customer
    missing = max(detail.people - len(detail.approved_by), 1)
    return Request(
        detail=detail,
        sentence=_sentence(visit, detail, whom),
        action=detail.action.replace("_", " "),
        tone=tone_of(visit, detail.answer_by),
        cost=_money(visit, detail.cost),
        rules=_rules(detail, told),
        facts=_facts(told, visit.words),
        yes=_yes(visit, detail, contract, missing),
        no=_no(visit, detail),
        customer=card,
        agent=await _agent(visit, detail),
        fields=fields_of(contract.get("input") or _NONE, detail.arguments, sent),
        missing=missing,
    )


async def contract_input(visit: Visit, action: str) -> Mapping[str, Any]:
    """Return the JSON Schema of an action's arguments; an empty one when it is not known."""
    shown = await _asked(visit, "GET /v1/catalog/{action}", action=action)
    found: Mapping[str, Any] = (shown.action.contract.get("input") if shown is not None else None) or _NONE
    return found


async def _asked(visit: Visit, operation: str, **path: str) -> Any:
    """Return what an operation answers; None for what is gone, or not this person's to see."""
    try:
        return await visit.ask_if_allowed(operation, path=path)
    except ProblemError:
        return None


def _sentence(visit: Visit, detail: ApprovalDetail, whom: str) -> str:
    kind, _, name = detail.actor.partition(":")
    said = visit.words.text("The {kind} {name} wants to {action} for {whom}, for the purpose of {purpose}.")
    return said.format(
        kind=visit.words.text(kind),
        name=name,
        action=detail.action.replace("_", " "),
        whom=whom,
        purpose=detail.purpose.replace("_", " "),
    )


def _money(visit: Visit, cost: str) -> str:
    amount, _, currency = cost.partition(" ")
    return visit.words.money(float(amount), currency) if currency else cost


def _rules(detail: ApprovalDetail, told: Any) -> list[Rule]:
    """Return what stopped it in the words of the rules; what permitted it besides stopped nothing."""
    reasons: Sequence[Mapping[str, Any]] = told["determined_by"] if told is not None else ()
    named = {each["message"]: each for each in reasons}
    return [
        Rule(message, named[message]["rule"], named[message]["basis"] or "")
        if message in named
        else Rule(message, "", "")
        for message in detail.reasons
    ]


def _facts(told: Any, words: Words) -> list[FactRead]:
    if told is None:
        return []
    return [
        FactRead(
            each["name"],
            about_told(each["name"], words),
            each.get("value"),
            each.get("value") is not None,
            source_told(each["name"], each["source"], words),
            each["at"],
        )
        for each in told["facts_read"]
    ]


def _yes(visit: Visit, detail: ApprovalDetail, contract: Mapping[str, Any], missing: int) -> list[str]:
    text = visit.words.text
    said = []
    if missing > 1:
        said.append(text("It goes on waiting: {count} more must approve after you.").format(count=missing - 1))
    where = contract.get("binding", _NONE).get("connection", "")
    once = text("It is judged once more and carried out, at most once{where}.")
    said.append(once.format(where=text(", by {name}").format(name=where) if where else ""))
    if detail.description:
        said.append(detail.description)
    if detail.address:
        said.append(text("It goes to {address}.").format(address=detail.address))
    delay = contract.get("delay")
    if delay and milliseconds(delay):
        said.append(text("It leaves {span} later.").format(span=visit.words.span(milliseconds(delay))))
    undo = contract.get("reversible_by", "")
    undone = text("It can be undone afterwards, by {action}.").format(action=undo.replace("_", " "))
    said.append(undone if undo else text("It cannot be undone afterwards."))
    return said


def _no(visit: Visit, detail: ApprovalDetail) -> list[str]:
    text = visit.words.text
    return [
        text("Nothing is done, and the request is over."),
        text("{who} learns that a person refused it.").format(who=detail.actor.partition(":")[2] or detail.actor),
        text("Your note stays on record with the decision."),
    ]


async def _agent(visit: Visit, detail: ApprovalDetail) -> Agent | None:
    asker = detail.asker
    if asker is None:
        return None
    register = await _asked(visit, "GET /v1/systems")
    systems = register.systems if register is not None else []
    system = next((each for each in systems if detail.actor in each.covers), None)
    facts = [
        (marked("Autonomy here"), visit.words.text(asker.autonomy.replace("_", " "))),
        (marked("Answers for it"), asker.owner),
        (marked("Made by"), asker.maker or (system.provider if system is not None else "")),
        (marked("Model"), asker.model or (system.model if system is not None else "")),
        (marked("Purpose"), system.purpose if system is not None else ""),
    ]
    return Agent(
        name=detail.actor.partition(":")[2],
        description=asker.description,
        facts=[(visit.words.text(name), value) for name, value in facts if value],
        risk_class=system.risk_class if system is not None else "",
        oversight=list(system.oversight) if system is not None else [],
    )
