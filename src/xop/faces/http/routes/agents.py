"""Agents: who they are, how far each may go, and what it has been doing."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import asdict

from xop.engine.breaker import STANDARD
from xop.faces.http.commanding import Reference
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.halts import HaltView, halt_view
from xop.faces.http.sights import whole_shown
from xop.faces.http.spans import When, moment
from xop.faces.http.targets import customer
from xop.kernel.arbiter.case import counts
from xop.kernel.base.actor import Actor
from xop.kernel.base.principal import Autonomy, Budget, Principal
from xop.kernel.base.times import iso
from xop.kernel.budgets.model import affordable, used
from xop.kernel.halts.model import EVERYTHING
from xop.ports.insight import DAY, HOUR, MINUTE, STEPS, Wanted

_VERDICTS = ("permit", "hold", "deny")

Span = Annotated[When, Meta(description="From when on to count what it asked for: at most 400 days ago.")]


class AgentQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """How far back to count."""

    since: Span = "24h"


class OneAgentQuery(AgentQuery, frozen=True, forbid_unknown_fields=True):
    """How far back to count, and for whom to say what is left of budgets."""

    customer: Reference | None = None
    """Whose part of each budget is told; takes the scope `customers:read`."""


class Activity(Struct, frozen=True):
    """What an agent asked for, and the verdicts; not what it only asked about."""

    since: str
    requests: int
    permitted: int
    held: int
    denied: int
    last: str | None
    """When anything was decided for it last."""


class BreakerView(Struct, frozen=True):
    """When an agent is halted by itself, and how near it is to that."""

    within: str
    rate: int | None
    """Most requests within the span."""
    cost: str | None
    """Most that its acts may cost together."""
    denials: float | None
    """Most of its requests that may be refused, as a share."""
    errors: float | None
    """Most of its acts that may fail, as a share."""
    least: int
    """Shares are looked at from this many requests or acts on."""
    requests: int
    """Within the span until now, as far as this process saw them; so are the next five."""
    judged: int
    refused: int
    acts: int
    failed: int
    costs: list[str]


class BudgetView(Struct, frozen=True):
    """How much an agent may do for one customer in a span of time."""

    within: str
    most: int | None
    cost: str | None
    actions: list[str]
    """The actions and groups it counts; everything but reads when empty."""
    used: int | None
    """Acts it counts for the customer that was named; null when none was."""
    spent: list[str] | None
    """What those cost together."""
    left: bool | None
    """Whether it leaves room for another act that costs nothing."""


class AgentSummary(Struct, frozen=True):
    """One agent in short."""

    agent: str
    """`agent:` and its name, as decisions and halts have it."""
    description: str
    owner: str
    """Who answers for it."""
    maker: str
    model: str
    risk_class: str
    """Under the AI Act; empty where nobody said."""
    autonomy: dict[str, Autonomy]
    """How far it acts on its own, by action and group, with `*` for the rest."""
    customers: str
    """Whom it may touch: `engaged` or `all`."""
    shadow: bool
    """Whether it is only observed."""
    halted: HaltView | None
    """By which halt it is stopped."""
    systems: list[str]
    """The systems of the register that cover it."""
    activity: Activity
    breaker: BreakerView


class AgentList(Struct, frozen=True):
    """Every agent of the release that rules."""

    agents: list[AgentSummary]


class AgentGrant(Struct, frozen=True):
    """One action an agent may propose."""

    action: str
    risk: str
    autonomy: Autonomy


class AgentView(AgentSummary, frozen=True):
    """One agent with all there is to know about it."""

    client: str
    """The OAuth client it is; empty for none."""
    grants: list[AgentGrant]
    journeys: list[str]
    decisions: list[str]
    """The decision sets it may ask."""
    purposes: list[str]
    """Those it may pursue; all when empty."""
    scopes: list[str]
    budgets: list[BudgetView]


async def _list(call: Call) -> Reply:
    known = [each for each in call.platform.engine.release.principals.values() if each.kind == "agent"]
    counted = await _counted(call, call.query.since)
    return Reply(AgentList([await _summary(call, each, counted) for each in known]))


async def _show(call: Call) -> Reply:
    engine, asked = call.platform.engine, call.query
    name = call.path["agent"].removeprefix("agent:")
    principal = engine.release.principals.get(Actor("agent", name))
    if principal is None:
        raise ProblemError("agent-unknown", f"there is no agent {name[:64]!r}")
    return Reply(
        AgentView(
            **asdict(await _summary(call, principal, await _counted(call, asked.since))),
            client=principal.client,
            grants=_grants(call, principal),
            journeys=list(principal.journeys),
            decisions=list(principal.decisions),
            purposes=list(principal.purposes),
            scopes=list(principal.granted_scopes),
            budgets=await _budgets(call, principal, asked.customer),
        )
    )


class _Counted(Struct, frozen=True):
    since: int
    verdicts: Mapping[str, int]
    """By `name verdict`."""


async def _counted(call: Call, since: str) -> _Counted:
    """Count what agents asked for, by the finest step that is kept for so long."""
    insight, now = call.platform.engine.insight, call.platform.runtime.clock.now()
    begin = moment(since, now, "since")
    age = now - begin
    if age > 400 * DAY:
        raise ProblemError("parameter-invalid", "since is more than 400 days ago", "ask for less time")
    step = MINUTE if age <= 2 * HOUR else STEPS["5m"] if age <= 2 * DAY else HOUR
    begin -= begin % step
    await insight.settled()
    totals = await insight.totals(step, begin, now + 1)
    return _Counted(begin, totals.get("agents", {}))


async def _summary(call: Call, principal: Principal, counted: _Counted) -> AgentSummary:
    """Return what is told of every agent."""
    engine, name = call.platform.engine, str(principal.actor)
    register, halted = engine.release.register, engine.halted
    halt = halted.get(name) or halted.get(EVERYTHING)
    return AgentSummary(
        agent=name,
        description=principal.description,
        owner=principal.owner,
        maker=principal.maker,
        model=principal.model,
        risk_class=principal.risk_class or "",
        autonomy=_autonomy(principal),
        customers=principal.reach,
        shadow=principal.shadow,
        halted=halt_view(halt) if halt is not None else None,
        systems=[each for each, it in register.file.systems.items() if name in it.covers] if register else [],
        activity=await _activity(call, principal.actor, counted),
        breaker=_breaker(call, principal),
    )


def _autonomy(principal: Principal) -> dict[str, Autonomy]:
    written = principal.autonomy
    if isinstance(written, dict):
        return {**written, "*": written.get("*", "observe")}
    return {"*": principal.autonomy_in("", ())}


async def _activity(call: Call, actor: Actor, counted: _Counted) -> Activity:
    permitted, held, denied = (counted.verdicts.get(f"{actor.id} {verdict}", 0) for verdict in _VERDICTS)
    latest = await call.platform.engine.insight.ruled(Wanted(actor=str(actor)), None, 1)
    stored = await call.platform.runtime.ledger.at(latest)
    return Activity(
        since=iso(counted.since),
        requests=permitted + held + denied,
        permitted=permitted,
        held=held,
        denied=denied,
        last=iso(stored[0].entry.moment.at) if stored else None,
    )


def _breaker(call: Call, principal: Principal) -> BreakerView:
    limits, standing = principal.breaker or STANDARD, call.platform.engine.breaker(principal.actor)
    return BreakerView(
        within=str(limits.within),
        rate=limits.rate,
        cost=limits.cost,
        denials=limits.denials,
        errors=limits.errors,
        least=limits.least,
        requests=standing.requests,
        judged=standing.judged,
        refused=standing.refused,
        acts=standing.acts,
        failed=standing.failed,
        costs=list(standing.costs),
    )


def _grants(call: Call, principal: Principal) -> list[AgentGrant]:
    known = [each.action for each in call.platform.engine.release.actions.values()]
    granted = [each for each in known if principal.may_propose(each.name, each.groups)]
    return [AgentGrant(each.name, each.risk, principal.autonomy_in(each.name, each.groups)) for each in granted]


async def _budgets(call: Call, principal: Principal, reference: str | None) -> list[BudgetView]:
    """Return the budgets of an agent; what is left of them is another's for every customer."""
    if reference is None:
        return [_budget(each, None) for each in principal.budgets]
    call.caller.require("customers:read")
    found, release = await customer(call, reference), call.platform.engine.release
    await whole_shown(call, found.id, "acts")
    now, name = call.platform.runtime.clock.now(), str(principal.actor)

    def counted(budget: Budget, action: str) -> bool:
        return counts(release, budget, action)

    return [_budget(each, used(each, found.view.acts, name, now, counted)) for each in principal.budgets]


def _budget(budget: Budget, standing: tuple[int, tuple[str, ...]] | None) -> BudgetView:
    written = {name: value for name, value in asdict(budget).items() if name in {"most", "cost"}}
    told = {"within": str(budget.within), "actions": list(budget.actions), **written}
    if standing is None:
        return BudgetView(**told, used=None, spent=None, left=None)
    acts, costs = standing
    room = (budget.most is None or acts < budget.most) and (budget.cost is None or affordable(budget.cost, costs))
    return BudgetView(**told, used=acts, spent=list(costs), left=room)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/agents",
        summary="List agents",
        description="Who answers for each, how far it may go, and what it asked for of late.",
        handler=_list,
        scope="decisions:read",
        query=AgentQuery,
        answers=(Content(JSON, AgentList),),
    ),
    Operation(
        method="GET",
        path="/v1/agents/{agent}",
        summary="Look at one agent",
        description="What it may propose and for whom, its budgets and its breaker; what is left of a budget for one customer.",
        handler=_show,
        scope="decisions:read",
        parameters={"agent": "Its name, with or without `agent:` before it."},
        query=OneAgentQuery,
        answers=(Content(JSON, AgentView),),
        problems=("agent-unknown", "customer-unknown", "identifier-refused"),
    ),
)
