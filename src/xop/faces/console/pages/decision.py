"""One decision: its story and its graph, what would have changed it, its proof, and what another release makes of it."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from xop.faces.console.decision.letter import letter_of
from xop.faces.console.decision.story import story_of
from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Plain, Shown
from xop.faces.console.visit import Visit
from xop.faces.http.problems import ProblemError
from xop.faces.languages import named

EXPLANATION = "GET /v1/decisions/{decision}/explanation"
PROOF = "GET /v1/decisions/{decision}/proof"
BUNDLE = "GET /v1/decisions/{decision}/bundle"
COMPARISON = "GET /v1/decisions/{decision}/comparison"
SCENARIO = "GET /v1/decisions/{decision}/scenario"
CONSISTENCY = "GET /v1/log/consistency"
RELEASES = "GET /v1/releases"
NAMES = "GET /v1/names"

_JSON = "application/json"

_PATIENCE = 5
"""Seconds to wait for the proof of what was decided just now."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


async def _decision(visit: Visit) -> Answer:
    """Tell the story of a decision to whoever audits it, or show what the customer is told."""
    if visit.query.get("audience") == "customer":
        return await _to_customer(visit)
    told = await _explained(visit)
    story = story_of(told, visit.words, await _called(visit, told["decided"]["customer"]))
    name = told["decision"]
    model = {
        "story": story,
        "told": told,
        "address": _address(name),
        "proof": await _standing(visit, name),
        "releases": (await visit.ask(RELEASES)).releases,
        "compared": visit.query.get("release", ""),
        "comparison": await _comparison(visit, name),
        "may_export": visit.may(BUNDLE),
        "may_retell": visit.may(SCENARIO) and told["decided"]["stage"] == "proposal" and not story.erased,
        "curl": _curl(name),
        "audiences": _audiences(visit, name, "auditor"),
    }
    return Shown("decision", model, title=f"{story.heading}: {visit.words.text(told['decided']['verdict'])}")


async def _to_customer(visit: Visit) -> Answer:
    """Show the text for the customer; that it is looked at does not mean that it was given."""
    query = {"audience": "customer", "given": "false", "language": visit.query.get("language", "")}
    told = await visit.ask(EXPLANATION, path=visit.path, query=query)
    name = told["decision"]
    model = {
        "told": told,
        "letter": letter_of(told["text"]),
        "address": _address(name),
        "audiences": _audiences(visit, name, "customer"),
        "languages": _languages(visit, name, told["language"]),
    }
    return Shown("decision_letter", model, title="What the customer is told")


async def _give(visit: Visit) -> Answer:
    """Have it recorded that the customer is given the explanation."""
    query = {"audience": "customer", "language": visit.field("language")}
    told = await visit.ask(EXPLANATION, path=visit.path, query=query)
    back = f"{_address(told['decision'])}?audience=customer&language={quote(told['language'])}"
    if told["delivered"]:
        return Moved(back, visit.words.text("It is recorded that the customer was given this explanation."))
    said = visit.words.text("It could not be recorded now. Give it to the customer all the same, and try again.")
    return Moved(back, said, "problem")


async def _explained(visit: Visit) -> Mapping[str, Any]:
    told: Mapping[str, Any] = await visit.ask(EXPLANATION, path=visit.path, query={"audience": "auditor"})
    return told


async def _called(visit: Visit, customer: str) -> str:
    """Return what a customer is called; empty where nobody may say, or there is nobody any more."""
    try:
        found = await visit.ask_if_allowed(NAMES, query={"customers": customer})
    except ProblemError:
        return ""
    return str(found.names.get(customer, "")) if found is not None else ""


async def _standing(visit: Visit, name: str) -> Mapping[str, Any]:
    """Return how far a decision has got in the log; `erased` once nothing leads from it to its leaf any more."""
    try:
        proof = await visit.ask(PROOF, path={"decision": name})
    except ProblemError as problem:
        state = "erased" if problem.code == "decision-not-logged" else "unreadable"
        return {"state": state, "problem": problem.document()}
    return {"state": proof.state, "index": proof.index, "key": proof.key, "origin": proof.key.partition("+")[0]}


async def _comparison(visit: Visit, name: str) -> Mapping[str, Any] | None:
    """Return what a release that was picked makes of the decision, or why that cannot be told."""
    digest = visit.query.get("release", "")
    if not digest:
        return None
    try:
        found = await visit.ask(COMPARISON, path={"decision": name}, query={"release": digest})
    except ProblemError as problem:
        return {"problem": problem.document(), "found": None}
    return {"problem": None, "found": found}


async def _json(visit: Visit) -> Answer:
    told = await _explained(visit)
    return _file(f"{told['decision']}.json", msgspec.json.format(msgspec.json.encode(told)))


async def _bundle(visit: Visit) -> Answer:
    export = await visit.ask(BUNDLE, path=visit.path, query={"wait": _PATIENCE})
    return _file(f"{export.decision}-evidence.json", msgspec.json.format(msgspec.json.encode(export)))


async def _scenario(visit: Visit) -> Answer:
    """Hand out the decision as a scenario, or say why none tells it truly."""
    retold = await visit.ask(SCENARIO, path=visit.path)
    return _file(f"{retold.decision}.yaml", retold.scenario.encode(), "application/yaml")


async def _proof(visit: Visit) -> Answer:
    """Answer the browser's own check: the proof, and what the leaf is bound to for whoever may read that."""
    query = {"wait": _PATIENCE, "evidence": visit.may(BUNDLE)}
    return await _answered(visit, PROOF, path=visit.path, query=query)


async def _consistency(visit: Visit) -> Answer:
    query = {name: visit.query.get(name, "") for name in ("older", "size")}
    return await _answered(visit, CONSISTENCY, query=query)


async def _answered(visit: Visit, operation: str, **parts: Any) -> Plain:
    """Return what an operation answers as JSON, problems too."""
    try:
        return Plain(msgspec.json.encode(await visit.ask(operation, **parts)), _JSON)
    except ProblemError as problem:
        return Plain(msgspec.json.encode(problem.document()), _JSON, status=problem.status)


def _file(name: str, body: bytes, media_type: str = _JSON) -> Plain:
    stem, _, ending = name.rpartition(".")
    safe = f"{_UNSAFE.sub('-', stem)}.{ending}"
    return Plain(body, media_type, ((b"content-disposition", f'attachment; filename="{safe}"'.encode()),))


def _address(name: str) -> str:
    return f"{PREFIX}/decisions/{_UNSAFE.sub('', name)}"


def _audiences(visit: Visit, name: str, here: str) -> tuple[tuple[str, str, bool], ...]:
    text = visit.words.text
    return (
        (text("For an auditor"), _address(name), here == "auditor"),
        (text("As the customer gets it"), f"{_address(name)}?audience=customer", here == "customer"),
    )


def _languages(visit: Visit, name: str, here: str) -> tuple[tuple[str, str, bool], ...]:
    """Return the languages that the customer may be told in, each by its own name; none where there is but one."""
    known = sorted({"en", *visit.desk.languages.names()})
    return tuple(
        (named(each), f"{_address(name)}?audience=customer&language={quote(each)}", each == here)
        for each in known
        if len(known) > 1
    )


def _curl(name: str) -> str:
    safe = _UNSAFE.sub("", name)
    return f'curl -H "Authorization: Bearer $XOP_KEY" "$XOP_URL/v1/decisions/{safe}/explanation?audience=auditor"'


PAGES = (
    Page(path="/decisions/{decision}", title="Decision", view=_decision, asks=(EXPLANATION,)),
    Page(path="/decisions/{decision}/json", title="Decision", view=_json, asks=(EXPLANATION,)),
    Page(path="/decisions/{decision}/bundle", title="Decision", view=_bundle, asks=(BUNDLE,)),
    Page(path="/decisions/{decision}/scenario", title="Decision", view=_scenario, asks=(SCENARIO,)),
    Page(path="/decisions/{decision}/proof", title="Decision", view=_proof, asks=(PROOF,)),
    Page(path="/decisions/{decision}/consistency", title="Decision", view=_consistency, asks=(CONSISTENCY,)),
)

ACTS = (Act(path="/decisions/{decision}/given", view=_give, asks=(EXPLANATION,)),)
