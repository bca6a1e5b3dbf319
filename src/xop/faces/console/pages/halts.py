"""Halts: stopping something at once, and letting it go on as a second person."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from xop.faces.console.arbiter.consequence import EVERYTHING, RESUMING, halting, page_of
from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Shown
from xop.faces.console.pages.agents import HALT, HALTS, LIST, RESUME, halt_row
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.http.problems import ProblemError

_NOTHING: Mapping[str, Any] = {"problem": None, "reason": ""}


async def _halt(visit: Visit) -> Answer:
    """Ask once, with what it means; or ask what is to be halted."""
    scope = visit.query.get("scope", "")
    if not scope:
        return Shown("halt_choice", {"groups": await _choices(visit)})
    return await _asked(visit, scope, _NOTHING)


async def _asked(visit: Visit, scope: str, again: Mapping[str, Any], *, status: int = 200) -> Answer:
    about = await halting(visit, scope)
    if about is None:
        raise ProblemError("halt-scope", f"{scope[:80]!r} is nothing that can be halted", "choose it from the list")
    halted = {each.scope: each for each in (await visit.ask(HALTS)).halts}
    already = halted.get(scope)
    model = {"about": about, "already": halt_row(visit, already) if already is not None else None, **again}
    return Shown("halt", model, status=status)


async def _choices(visit: Visit) -> list[tuple[str, list[tuple[str, str, str, bool]]]]:
    """Return everything that can be halted: by kind, each with its name, what it is, its address and whether it is halted."""
    halted = {each.scope for each in (await visit.ask(HALTS)).halts}
    agents = (await visit.ask(LIST)).agents
    catalogue = await visit.ask_if_allowed("GET /v1/catalog")
    connections = await visit.ask_if_allowed("GET /v1/connections")
    found = {
        marked("Agents"): [(each.agent, each.description) for each in agents],
        marked("Everything"): [(EVERYTHING, visit.words.text("Nothing is done for any customer by anybody."))],
        marked("Connections"): [(f"connection:{it.connection}", it.description) for it in connections.connections]
        if connections
        else [],
        marked("Actions"): [(f"action:{each.name}", each.description) for each in catalogue.actions]
        if catalogue
        else [],
    }
    return [
        (
            kind,
            [
                (
                    scope.partition(":")[2] or visit.words.text("Everything at once"),
                    said,
                    f"{PREFIX}/halt?scope={quote(scope)}",
                    scope in halted,
                )
                for scope, said in each
            ],
        )
        for kind, each in found.items()
        if each
    ]


async def _halted(visit: Visit) -> Answer:
    scope, reason = visit.field("scope"), visit.field("reason")
    if not reason:
        problem = ProblemError("parameter-invalid", "a halt needs a reason", "say why: whoever lets it go on reads it")
        return await _asked(visit, scope, {"problem": problem.document(), "reason": ""}, status=problem.status)
    try:
        await visit.ask(HALT, body={"scope": scope, "reason": reason})
    except ProblemError as problem:
        return await _asked(visit, scope, {"problem": problem.document(), "reason": reason}, status=problem.status)
    told = visit.words.text("{scope} is halted. A second person can let it go on.")
    return Moved(PREFIX + page_of(scope), told.format(scope=scope))


async def _resume(visit: Visit) -> Answer:
    return await _resumable(visit, visit.query.get("scope", ""), None)


async def _resumable(visit: Visit, scope: str, problem: Any, status: int = 200) -> Answer:
    """Ask once, with who halted it and why; whoever did that themselves is told to find somebody else."""
    halted = {each.scope: each for each in (await visit.ask(HALTS)).halts}
    found = halted.get(scope)
    if found is None:
        return Moved(PREFIX + page_of(scope), visit.words.text("It is not halted."), "note")
    said = [visit.words.text(each) for each in RESUMING]
    row = halt_row(visit, found)
    return Shown("resume", {"halt": row, "consequences": said, "problem": problem}, status=status)


async def _resumed(visit: Visit) -> Answer:
    scope = visit.field("scope")
    try:
        await visit.ask(RESUME, body={"scope": scope, "reason": visit.field("reason")})
    except ProblemError as problem:
        return await _resumable(visit, scope, problem.document(), problem.status)
    return Moved(PREFIX + page_of(scope), visit.words.text("{scope} goes on.").format(scope=scope))


PAGES = (
    Page(path="/halt", title="Halt", view=_halt, asks=(LIST, HALTS, HALT)),
    Page(path="/resume", title="Let it go on", view=_resume, asks=(HALTS, RESUME)),
)

ACTS = (
    Act(path="/halt", view=_halted, asks=(HALTS, HALT)),
    Act(path="/resume", view=_resumed, asks=(HALTS, RESUME)),
)
