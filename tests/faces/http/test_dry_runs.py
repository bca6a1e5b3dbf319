"""Dry runs: the verdict without the deed."""

from tests.faces.http.bakery import problem

ANN = "email:ann@example.org"

REFUND = {"action": "give_refund", "customer": ANN, "arguments": {"cents": 100}}


async def test_a_dry_run_gives_the_verdict_and_does_nothing(bakery):
    await bakery.customer(ANN)
    response = await bakery.post("/v1/evaluations", REFUND)
    told = response.json()
    assert (response.status_code, told["verdict"]) == (200, "permit")
    assert response.headers["x-decision-id"] == told["decision"]
    listed = (await bakery.get("/v1/decisions")).json()["decisions"]
    assert [each["stage"] for each in listed if each["decision"] == told["decision"]] == ["evaluation"]
    assert (await bakery.get("/v1/outbox")).json()["requests"] == []


async def test_a_dry_run_tells_what_a_proposal_would_wait_for(bakery):
    await bakery.customer(ANN)
    told = (await bakery.post("/v1/evaluations", {**REFUND, "arguments": {"cents": 7000}})).json()
    assert (told["verdict"], told["until"], told["approvers"]) == ("hold", "approval", ["supervisor"])
    assert (await bakery.get("/v1/approvals?all=true")).json()["approvals"] == []


async def test_asking_about_somebody_else_takes_a_scope_of_its_own(bakery):
    await bakery.customer(ANN)
    asked = {**REFUND, "actor": "agent:shy"}
    problem(await bakery.post("/v1/evaluations", asked, "helper"), 403, "scope-missing")
    own = await bakery.post("/v1/evaluations", {**REFUND, "actor": "agent:helper"}, "helper")
    assert own.json()["verdict"] == "permit"


async def test_a_dry_run_is_refused_as_the_proposal_would_be(bakery):
    await bakery.customer(ANN)
    problem(await bakery.post("/v1/evaluations", {**REFUND, "action": "fly"}), 422, "action-unknown")
    problem(await bakery.post("/v1/evaluations", {**REFUND, "arguments": {}}), 422, "arguments-unfit")
    problem(await bakery.post("/v1/evaluations", {**REFUND, "customer": "email:no@x.org"}), 404, "customer-unknown")
