"""Budgets: one agent's are no other's, and an amount that nobody knows is never free."""

import pytest

from tests.engine.arbiter.test_proxies import agents_of, met
from tests.engine.arbiter.test_rights import credited
from tests.kit.agents import BOT_RIGHTS, harbour_of
from tests.kit.harbour import HOUR, SHY_BOT, proposal
from tests.kit.world import World
from xop.assembly import WorkspaceRefused
from xop.kernel.actions.cost import cost_of
from xop.kernel.budgets.model import affordable

SPENDING = """
name: issue_credit
version: 2
description: Credit an amount.
kind: write
purpose: service
spends: {argument: cents, currency: EUR}
input:
  type: object
  properties: {PROPERTIES}
  required: [REQUIRED]
  additionalProperties: false
binding: {connection: desk, request: {}}
"""
TOLD = SPENDING.replace("PROPERTIES", "cents: {type: integer, minimum: 1}").replace("REQUIRED", "cents")


async def test_another_agents_shorter_budget_does_not_make_an_act_forgotten():
    agents = agents_of(
        {"budgets": [{"within": "30d", "most": 1}]}, shy_bot=BOT_RIGHTS | {"budgets": [{"within": "1h", "most": 9}]}
    )
    async with World(rules=harbour_of(agents=agents)) as world:
        await met(world)
        assert (await credited(world, 1)).verdict == "permit"
        await world.settle(2 * HOUR)
        other = await world.ask(proposal(2, "issue_credit", SHY_BOT, cents=5), "account:a")
        assert other.decision.verdict == "permit"
        assert (await credited(world, 3)).code == "xop.budget_spent"


@pytest.mark.parametrize("cents", [10**400, 10**30])
async def test_an_amount_beyond_all_measure_is_judged(cents):
    budget = {"budgets": [{"within": "1d", "cost": "12.00 EUR"}]}
    async with World(rules=harbour_of(budget, **{"actions/issue_credit": TOLD})) as world:
        await met(world)
        assert (await credited(world, 1, cents=cents)).verdict == "deny"


@pytest.mark.parametrize(
    "arguments", [{}, {"cents": None}, {"cents": True}, {"cents": "5"}, {"cents": -(10**400)}, {"cents": float("nan")}]
)
def test_an_amount_that_nobody_knows_is_more_than_any_budget(arguments):
    action = harbour_of({}, **{"actions/issue_credit": TOLD}).actions["issue_credit"].action
    assert not affordable("999999999.0000 EUR", [cost_of(action, arguments)])
    assert affordable("0.05 EUR", [cost_of(action, {"cents": 5})])


@pytest.mark.parametrize(
    ("properties", "required", "cause"),
    [
        ("euros: {type: integer}", "euros", "the input has no argument 'cents'"),
        ("cents: {type: integer}", "", "the argument 'cents' may be left out"),
        ("cents: {type: string}", "cents", "the argument 'cents' is not always a number"),
        ("cents: {type: [integer, 'null']}", "cents", "the argument 'cents' is not always a number"),
        ("cents: {}", "cents", "the argument 'cents' is not always a number"),
    ],
)
def test_a_contract_that_does_not_always_tell_what_it_spends_is_refused(properties, required, cause):
    contract = SPENDING.replace("PROPERTIES", properties).replace("REQUIRED", required)
    with pytest.raises(WorkspaceRefused) as refused:
        harbour_of({}, **{"actions/issue_credit": contract})
    assert cause in [problem.cause for problem in refused.value.problems]


@pytest.mark.parametrize("limits", [{"budgets": [{"within": "0s", "most": 1}]}, {"breaker": {"within": "0ms"}}])
def test_a_limit_over_no_time_is_refused(limits):
    with pytest.raises(WorkspaceRefused) as refused:
        harbour_of(limits)
    (problem,) = refused.value.problems
    assert problem.cause.startswith("within no time")
