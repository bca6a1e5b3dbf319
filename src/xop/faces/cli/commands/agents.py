"""`xop agents` and `xop connections`: who acts on their own here, and how the systems behind them are doing."""

from typing import Any

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output


@click.command(short_help="List agents and what they have been doing.")
@click.argument("agent", required=False)
@click.option("--since", default="24h", show_default=True, metavar="WHEN", help="From when on to count.")
@click.option("--customer", metavar="REFERENCE", help="Say what is left of an AGENT's budgets for this customer.")
@reaches()
@answers
def agents(*, agent: str | None, since: str, customer: str | None, reach: Reach, output: Output) -> None:
    """List the agents of the workspace, or look at one AGENT: what it may do, how near it is to being halted."""
    if agent is None and customer is not None:
        raise click.UsageError("--customer goes with an AGENT.")
    with reach.door() as door:
        path = "/v1/agents" if agent is None else place("agents", agent)
        answer = door.get(path, since=since, customer=customer)
    output.answer(answer, lambda: _tell_agents(answer, output) if agent is None else _tell_agent(answer, output))


def _tell_agents(answer: dict[str, Any], output: Output) -> None:
    names = ("requests", "permitted", "held", "denied", "last")
    rows = [
        (each["agent"], each["owner"], _levels(each), *(each["activity"][name] or "" for name in names), _state(each))
        for each in answer["agents"]
    ]
    output.table(("agent", "owner", "autonomy", *names, "state"), rows, "The workspace has no agents.")
    if rows:
        output.line("Next: `xop agents AGENT`, `xop halt AGENT`.")


def _tell_agent(answer: dict[str, Any], output: Output) -> None:
    names = (
        "agent",
        "description",
        "owner",
        "maker",
        "model",
        "risk_class",
        "client",
        "customers",
        "systems",
        "purposes",
    )
    told = {name.replace("_", " "): answer[name] for name in names}
    output.fields(
        {**told, "autonomy": _levels(answer), "state": _state(answer), "asked for": _asked(answer["activity"])}
    )
    output.line()
    grants = [(each["action"], each["risk"], each["autonomy"]) for each in answer["grants"]]
    output.table(("may propose", "risk", "autonomy"), grants, "It may propose nothing.")
    output.line()
    budgets = [
        (each["within"], each["most"] or "", each["cost"] or "", each["actions"], _used(each))
        for each in answer["budgets"]
    ]
    output.table(("budget within", "acts", "cost", "of", "used for the customer"), budgets, "It has no budget.")
    output.line()
    output.table(("breaker", "limit", "now"), _breaker(answer["breaker"]), "")


def _levels(agent: dict[str, Any]) -> str:
    levels = agent["autonomy"]
    return ", ".join(level if name == "*" else f"{name}: {level}" for name, level in levels.items())


def _state(agent: dict[str, Any]) -> str:
    halt = agent["halted"]
    if halt is not None:
        return f"halted by {halt['by']}" + (f": {halt['reason']}" if halt["reason"] else "")
    return "in shadow" if agent["shadow"] else ""


def _asked(activity: dict[str, Any]) -> str:
    parts = ", ".join(f"{activity[name]} {name}" for name in ("permitted", "held", "denied"))
    return f"{activity['requests']} requests since {activity['since']}: {parts}"


def _used(budget: dict[str, Any]) -> str:
    if budget["used"] is None:
        return ""
    spent = f", {' and '.join(budget['spent'])}" if budget["spent"] else ""
    return f"{budget['used']} acts{spent}{'' if budget['left'] else ', spent'}"


def _breaker(breaker: dict[str, Any]) -> list[tuple[str, str, str]]:
    within = breaker["within"]
    rows = (
        (f"requests within {within}", breaker["rate"], breaker["requests"]),
        ("of which refused", breaker["denials"], f"{breaker['refused']} of {breaker['judged']}"),
        ("acts that failed", breaker["errors"], f"{breaker['failed']} of {breaker['acts']}"),
        ("cost of acts", breaker["cost"], ", ".join(breaker["costs"])),
    )
    return [(name, "none" if limit is None else str(limit), str(now)) for name, limit, now in rows]


@click.command(short_help="List connections and how they are doing.")
@click.argument("connection", required=False)
@click.option("--fresh", is_flag=True, help="Ask the CONNECTION's other side what it offers now.")
@reaches()
@answers
def connections(*, connection: str | None, fresh: bool, reach: Reach, output: Output) -> None:
    """List the outside systems, or look at one CONNECTION and what it offers otherwise than was accepted."""
    if connection is None:
        if fresh:
            raise click.UsageError("--fresh goes with a CONNECTION.")
        with reach.door() as door:
            answer = door.get("/v1/connections")
        output.answer(answer, lambda: _tell_connections(answer, output))
        return
    with reach.door() as door:
        answer = door.get(place("connections", connection))
        offers = bool(answer["pinned"]) or fresh
        path = place("connections", connection, "operations")
        found = door.get(path, fresh="true" if fresh else None) if offers else None
    output.answer({**answer, "operations": found}, lambda: _tell_connection(answer, found, output))


def _tell_connections(answer: dict[str, Any], output: Output) -> None:
    rows = [
        (
            each["connection"],
            each["adapter"],
            _circuit(each),
            each["waiting"]["pending"] + each["waiting"]["sending"],
            each["waiting"]["failed"] + each["waiting"]["uncertain"],
            each["quarantined"],
            each["trouble"]["detail"] if each["trouble"] else "",
        )
        for each in answer["connections"]
    ]
    columns = ("connection", "kind", "circuit", "on its way", "dead letters", "in quarantine", "last trouble")
    output.table(columns, rows, "The workspace has no connections.")
    if any(row[4] for row in rows):
        output.line("Next: `xop dead-letters`.")


def _circuit(each: dict[str, Any]) -> str:
    return (
        "halted" if each["halted"] else each["circuit"] + (f" until {each['open_until']}" if each["open_until"] else "")
    )


def _tell_connection(answer: dict[str, Any], found: dict[str, Any] | None, output: Output) -> None:
    trouble, limits = answer["trouble"], [f"{answer['concurrency']} at once"]
    if answer["rate"] is not None:
        limits.append(f"{answer['rate']:g} a second")
    output.fields(
        {
            **{name: answer[name] for name in ("connection", "adapter", "description")},
            "circuit": _circuit(answer),
            "limits": limits,
            "failures in a row": f"{answer['failures']} of {answer['failures_most']}",
            "last trouble": f"{trouble['at']} {trouble['action']}: {trouble['detail']}" if trouble else "",
            "waiting": [f"{count} {state}" for state, count in answer["waiting"].items() if count],
            "carries out": answer["actions"],
        }
    )
    if found is None:
        return
    output.line()
    for each in found["differences"]:
        output.line(f"{each['kind']} {each['name']}: {each['change']}", "yellow")
        for line in each["lines"]:
            output.line(f"  {line}")
    if found["looked"] is None:
        output.line("Nobody looked at what it offers since the server began: ask it with --fresh.")
    elif not found["differences"]:
        output.line("Everything is as it was accepted.", "green")
    if found["acceptance"] is not None:
        output.line(
            "In the workspace's folder: " + ", then ".join(f"`{each}`" for each in found["acceptance"]["commands"])
        )
