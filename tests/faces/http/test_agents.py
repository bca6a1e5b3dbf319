"""Agents over HTTP: what each may do, what it did, and what is left of it."""

from datetime import datetime

from tests.faces.http.bakery import FOLDER, problem
from xop.assembly import workspace_files

ANN, BEN = "email:ann@example.org", "email:ben@example.org"

HELPER = b"""
  helper:
    key: ${env:HELPER_KEY}
    actions: [send_note, give_refund]
    customers: all
    autonomy: {send_note: act, give_refund: act_with_approval}
    owner: The head baker
    budgets: [{within: 1d, most: 2, actions: [send_note]}]
    breaker: {within: 1h, denials: 0.5}
"""


async def publish(bakery):
    files = workspace_files(FOLDER)
    before, _, after = files["agents.yaml"].partition(b"\n  helper:")
    files["agents.yaml"] = before + HELPER + after[after.index(b"\n  shy:") + 1 :]
    await bakery.platform.publish(files, "cli")


async def agent(bakery, name="helper", **query):
    return (await bakery.get(f"/v1/agents/{name}", params=query)).json()


async def test_what_an_agent_asked_for_is_counted_by_verdict(bakery):
    await bakery.customer(ANN)
    await bakery.propose("give_refund", ANN, "helper", arguments={"cents": 5})
    await bakery.post("/v1/halts", {"scope": "agent:helper", "reason": "odd refunds"}, "olga")
    await bakery.propose("give_refund", ANN, "helper", arguments={"cents": 5})
    listed = (await bakery.get("/v1/agents")).json()["agents"]
    assert [each["agent"] for each in listed] == ["agent:helper", "agent:shy"]
    helper, shy = listed
    counted = {name: helper["activity"][name] for name in ("requests", "permitted", "held", "denied")}
    assert counted == {"requests": 2, "permitted": 1, "held": 0, "denied": 1}
    assert datetime.fromisoformat(helper["activity"]["last"]) > datetime.fromisoformat(helper["activity"]["since"])
    assert (shy["activity"]["requests"], shy["activity"]["last"]) == (0, None)
    halt = helper["halted"]
    assert (halt["scope"], halt["by"], halt["reason"]) == ("agent:helper", "operator:olga", "odd refunds")
    assert shy["halted"] is None


async def test_what_an_agent_only_asks_about_is_no_request(bakery):
    await bakery.customer(ANN)
    body = {"action": "give_refund", "customer": ANN, "arguments": {"cents": 5}}
    assert (await bakery.post("/v1/evaluations", body, "helper")).status_code == 200
    assert (await agent(bakery))["activity"]["requests"] == 0


async def test_an_agent_is_shown_with_how_far_it_may_go(bakery):
    await publish(bakery)
    shown = await agent(bakery, "agent:helper")
    assert shown["owner"] == "The head baker"
    assert shown["autonomy"] == {"send_note": "act", "give_refund": "act_with_approval", "*": "observe"}
    assert {each["action"]: each["autonomy"] for each in shown["grants"]} == {
        "send_note": "act",
        "give_refund": "act_with_approval",
    }
    assert (shown["breaker"]["denials"], shown["breaker"]["rate"]) == (0.5, 6000)
    assert shown["budgets"][0]["used"] is None
    assert (await agent(bakery, "shy"))["autonomy"] == {"*": "suggest"}


async def test_what_is_left_of_a_budget_is_said_for_one_customer(bakery):
    await publish(bakery)
    await bakery.customer(ANN)
    await bakery.customer(BEN)
    for _ in range(2):
        assert (await bakery.propose("send_note", ANN, "helper", arguments={"text": "hi"}))["verdict"] == "permit"
    assert (await bakery.propose("send_note", ANN, "olga", arguments={"text": "hi"}))["verdict"] == "permit"
    budget = (await agent(bakery, customer=ANN))["budgets"][0]
    assert (budget["most"], budget["used"], budget["left"]) == (2, 2, False)
    other = (await agent(bakery, customer=BEN))["budgets"][0]
    assert (other["used"], other["left"]) == (0, True)


async def test_whoever_may_not_see_customers_is_told_of_no_budget_of_theirs(bakery):
    await bakery.customer(ANN)
    problem(await bakery.get("/v1/agents/helper", "paul"), 403, "scope-missing")
    problem(await bakery.get("/v1/agents/helper?customer=email:nobody@example.org"), 404, "customer-unknown")


async def test_what_counts_towards_the_breaker_is_told(bakery):
    await publish(bakery)
    await bakery.customer(ANN)
    await bakery.propose("send_note", ANN, "helper", arguments={"text": "hi"})
    await bakery.post("/v1/halts", {"scope": "agent:shy"})
    breaker = (await agent(bakery))["breaker"]
    assert (breaker["requests"], breaker["judged"], breaker["refused"]) == (1, 1, 0)
    await bakery.post("/v1/halts", {"scope": "action:send_note"})
    await bakery.propose("send_note", ANN, "helper", arguments={"text": "hi"})
    assert (await agent(bakery))["breaker"]["refused"] == 1


async def test_an_agent_that_is_not_there_is_not_found(bakery):
    problem(await bakery.get("/v1/agents/nobody"), 404, "agent-unknown")
    problem(await bakery.get("/v1/agents?since=500d"), 400, "parameter-invalid")


async def test_who_halted_and_who_resumed_stays_on_record(bakery):
    await bakery.post("/v1/halts", {"scope": "agent:helper", "reason": "odd"}, "olga")
    await bakery.post("/v1/halts", {"scope": "all", "reason": "fire"}, "olga")
    await bakery.post("/v1/halts/resumption", {"scope": "all", "reason": "out"}, "sue")
    changes = (await bakery.get("/v1/halts/history")).json()["changes"]
    assert [(each["what"], each["scope"], each["by"], each["reason"]) for each in changes] == [
        ("resumed", "all", "operator:sue", "out"),
        ("halted", "all", "operator:olga", "fire"),
        ("halted", "agent:helper", "operator:olga", "odd"),
    ]
    named = (await bakery.get("/v1/halts/history?scope=agent:helper")).json()["changes"]
    assert [each["scope"] for each in named] == ["agent:helper"]
    assert [*filter(None, await paged(bakery, "/v1/halts/history?limit=1"))] == [[each] for each in changes]


async def paged(house, path):
    """Return the changes on each page of the history of halts."""
    page = (await house.get(path)).json()
    pages = [page["changes"]]
    while page["next"] is not None:
        page = (await house.get(f"{path}&before={page['next']}")).json()
        pages.append(page["changes"])
    return pages
