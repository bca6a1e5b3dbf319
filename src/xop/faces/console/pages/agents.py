"""Agents: who acts on their own, what each has been doing, and what is halted."""

from typing import Any

import msgspec

from xop.faces.console.arbiter.consequence import page_of
from xop.faces.console.page import PREFIX, Act, Answer, Page, Shown
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked

LIST = "GET /v1/agents"
ONE = "GET /v1/agents/{agent}"
HALTS = "GET /v1/halts"
HISTORY = "GET /v1/halts/history"
HALT = "POST /v1/halts"
RESUME = "POST /v1/halts/resumption"

_DECISIONS = "GET /v1/decisions"

_LATEST = 12

_PROBE = r"""curl -s MCP \
  -H "Authorization: Bearer $XOP_KEY" \
  -H 'Content-Type: application/json' \
  -H 'Accept: application/json, text/event-stream' \
  -H 'MCP-Protocol-Version: 2026-07-28' \
  -H 'Mcp-Method: tools/list' \
  -d '{"jsonrpc": "2.0", "id": 1, "method": "tools/list",
       "params": {"_meta": {
         "io.modelcontextprotocol/protocolVersion": "2026-07-28",
         "io.modelcontextprotocol/clientCapabilities": {}}}}'
"""
"""What asks once, without a client, which tools an agent has."""


async def _agents(visit: Visit) -> Answer:
    told = await visit.ask(LIST)
    halts = (await visit.ask(HALTS)).halts
    history = await visit.ask(HISTORY, query={"limit": 15, "before": visit.query.get("before", "")})
    model = {
        "agents": [agent_row(visit, each) for each in told.agents],
        "halts": [halt_row(visit, each) for each in halts],
        "changes": [(each, PREFIX + page_of(each.scope)) for each in history.changes],
        "older": f"{PREFIX}/agents?before={history.next}#past-title" if history.next else "",
        "newest": f"{PREFIX}/agents#past-title" if visit.query.get("before") else "",
        "stops": visit.may(HALT),
    }
    return Shown("agents", model)


def agent_row(visit: Visit, agent: Any) -> dict[str, Any]:
    """Return one agent as its row, or its head, shows it."""
    did, name = agent.activity, agent.agent.partition(":")[2]
    asked = max(did.requests, 1)
    return {
        "told": agent,
        "name": name,
        "page": f"{PREFIX}/agents/{name}",
        "halt": halt_row(visit, agent.halted) if agent.halted is not None else None,
        "shares": ((did.permitted / asked, "good"), (did.held / asked, "wait"), (did.denied / asked, "bad")),
        "near": _near(visit, agent.breaker),
        "autonomy": [("" if of == "*" else of, level.replace("_", " ")) for of, level in agent.autonomy.items()],
    }


def halt_row(visit: Visit, halt: Any) -> dict[str, Any]:
    """Return something that is halted, with whether this person may let it go on."""
    own = halt.by == str(visit.caller.actor)
    return {
        "told": halt,
        "page": PREFIX + page_of(halt.scope),
        "own": own,
        "resumable": not own and visit.may(RESUME),
    }


def _near(visit: Visit, breaker: Any) -> list[tuple[str, str, bool]]:
    """Return every limit of a breaker with how much of it is used, and whether that is more than half."""
    text, number, share = visit.words.text, visit.words.number, visit.words.share
    found = []
    if breaker.rate is not None:
        used = f"{number(breaker.requests)} / {number(breaker.rate)}"
        found.append((text("requests"), used, breaker.requests * 2 > breaker.rate))
    for name, bad, of, limit in (
        (marked("refused"), breaker.refused, breaker.judged, breaker.denials),
        (marked("failed"), breaker.failed, breaker.acts, breaker.errors),
    ):
        if limit is not None:
            used = text("{bad} of {of}, at most {limit}").format(bad=number(bad), of=number(of), limit=share(limit))
            found.append((text(name), used, of >= breaker.least and bad * 2 > limit * of))
    if breaker.cost is not None:
        spent = ", ".join(breaker.costs) or "0"
        found.append((text("cost"), f"{spent} / {breaker.cost}", False))
    return found


async def _agent(visit: Visit) -> Answer:
    """Show one agent; while it is followed, only what it does and whether it is halted."""
    name, part = visit.path["agent"].removeprefix("agent:"), visit.query.get("part", "")
    customer = visit.query.get("customer", "").strip()
    followed = "live" in visit.query
    told = await visit.ask(ONE, path={"agent": name}, query={"customer": "" if followed else customer})
    latest = await visit.ask(_DECISIONS, query={"actor": told.agent, "limit": _LATEST, "handles": True})
    model: dict[str, Any] = {
        "row": agent_row(visit, told),
        "agent": told,
        "latest": latest.decisions,
        "part": part,
        "stops": visit.may(HALT),
        "customer": customer,
        "connect": _connect(visit),
    }
    if followed:
        return Shown("agent", model)
    if part == "oversight":
        model["oversight"] = await _oversight(visit, told.agent)
        return Shown("agent", model, name)
    return Shown("agent", {**model, **await _around(visit, told)}, name)


def _connect(visit: Visit) -> dict[str, str]:
    """Return where an agent connects, as the browser has this server, and what a client is given for it."""
    mcp = f"{visit.at.origin}/mcp"
    key = {"Authorization": "Bearer ${XOP_KEY}"}
    server = {"type": "http", "url": f"{mcp}?customer=email:ana@shop.test", "headers": key}
    snippet = msgspec.json.format(msgspec.json.encode({"mcpServers": {"xop": server}}), indent=2).decode()
    probe = _PROBE.replace("MCP", mcp, 1)
    return {"mcp": mcp, "card": f"{visit.at.origin}/.well-known/agent-card.json", "snippet": snippet, "probe": probe}


async def _around(visit: Visit, told: Any) -> dict[str, Any]:
    """Return what else is known of an agent: incidents, systems of the register, halts, and what it would do in shadow."""
    incidents = await visit.ask_if_allowed("GET /v1/incidents", query={"state": "all"})
    register = await visit.ask_if_allowed("GET /v1/systems")
    shadow = await visit.ask_if_allowed("GET /v1/shadow") if told.shadow else None
    history = await visit.ask(HISTORY, query={"scope": told.agent, "limit": 10})
    return {
        "incidents": [each for each in incidents.incidents if each.agent == told.agent] if incidents else [],
        "systems": [each for each in register.systems if each.system in told.systems] if register else [],
        "differing": [each for each in shadow.groups if each.subject == told.agent] if shadow else [],
        "changes": history.changes,
        "more": history.next is not None,
    }


async def _oversight(visit: Visit, agent: str) -> dict[str, Any]:
    """Return how people answered what an agent asked for in a month; the whole ledger is read for it."""
    report = await visit.ask("GET /v1/oversight", query={"month": visit.query.get("month", "")})
    return {
        "month": report.month,
        "sorts": [each for each in report.sorts if each.agent == agent],
        "figures": next((each for each in report.agents if each.agent == agent), None),
    }


PAGES = (
    Page(
        path="/agents",
        title="Agents",
        view=_agents,
        asks=(LIST, HALTS, HISTORY),
        live=("halts", "agents", "changes"),
        menu="Rules/agents",
        keys="g n",
    ),
    Page(path="/agents/{agent}", title="Agent", view=_agent, asks=(ONE, _DECISIONS), live=("standing", "latest")),
)

ACTS: tuple[Act, ...] = ()
