"""Proposals and their verdicts."""

import asyncio

import pytest

from tests.faces.http.bakery import problem

ANN = "email:ann@example.org"
KEY = {"idempotency-key": "k1"}


@pytest.fixture
async def ann(bakery) -> str:
    """A customer known by an e-mail address."""
    return await bakery.customer(ANN)


async def test_a_verdict_is_durable_when_answered(bakery, ann):
    response = await bakery.post("/v1/proposals", {"action": "send_note", "customer": ANN}, "helper")
    verdict = response.json()
    assert response.status_code == 200
    assert verdict["verdict"] == "permit"
    assert verdict["reasons"] == ["The actor has been granted this action."]
    assert verdict["customer"] == ann
    assert verdict["duplicate"] is False
    assert response.headers["x-decision-id"] == verdict["decision"]
    stored = await bakery.platform.runtime.ledger.decided(verdict["decision"])
    assert stored.position == verdict["position"]
    assert str(stored.entry.decision.actor) == "agent:helper"


async def test_a_customer_may_be_named_by_id_or_by_any_way_of_writing_an_identifier(bakery, ann):
    for name in (ann, ANN, "email: ANN@example.org "):
        assert (await bakery.propose("send_note", name))["customer"] == ann


async def test_a_denied_proposal_says_why(bakery, ann):
    verdict = await bakery.propose("give_refund", ANN, arguments={"cents": 200_000})
    assert (verdict["verdict"], verdict["code"]) == ("deny", "bakery.huge_refund")
    assert verdict["reasons"] == ["Nobody gives back more than 1000.00."]
    assert "outcome" not in verdict


async def test_who_was_not_granted_the_action_is_denied(bakery, ann):
    assert (await bakery.propose("bake_cake", ANN, "helper"))["verdict"] == "deny"


async def test_consent_is_asked_for_the_purpose_that_is_named(bakery, ann):
    verdict = await bakery.propose("send_note", ANN, purpose="marketing")
    assert verdict["verdict"] == "deny"
    change = {"change": "grant", "purpose": "marketing", "channel": "email"}
    await bakery.post(f"/v1/customers/{ann}/consents", change)
    assert (await bakery.propose("send_note", ANN, purpose="marketing"))["verdict"] == "permit"


async def test_a_held_proposal_says_what_it_waits_for(bakery, ann):
    verdict = await bakery.propose("give_refund", ANN, arguments={"cents": 7000})
    assert (verdict["verdict"], verdict["until"], verdict["approvers"]) == ("hold", "approval", ["supervisor"])
    assert verdict["due"].endswith("Z")


async def test_the_outcome_can_be_waited_for(bakery, ann):
    verdict = await bakery.propose("give_refund", ANN, arguments={"cents": 10}, wait=20)
    assert verdict["outcome"] == {"status": "done", "output": {"cents": 10}}


async def test_a_failure_is_an_outcome(bakery, ann):
    verdict = await bakery.propose("bake_cake", ANN, wait=20)
    assert verdict["outcome"]["status"] == "failed"
    assert verdict["outcome"]["detail"]


async def test_who_waits_in_vain_is_told_so(bakery, ann):
    verdict = await bakery.propose("give_refund", ANN, arguments={"cents": 7000}, wait=0.01)
    assert verdict["outcome"] == {"status": "pending"}


async def test_many_may_wait_for_one_outcome(bakery, ann):
    body = {"action": "give_refund", "customer": ANN, "arguments": {"cents": 7000}}
    held = (await bakery.post("/v1/proposals", body, headers=KEY)).json()
    waits = (0.01, 20, 20, 20)
    waiting = [asyncio.create_task(bakery.post("/v1/proposals", {**body, "wait": wait}, headers=KEY)) for wait in waits]
    assert (await waiting[0]).json()["outcome"] == {"status": "pending"}
    refused = await bakery.post(f"/v1/invocations/{held['invocation']}/approval", {"approved": False}, "sue")
    assert refused.status_code == 200, refused.text
    outcomes = [(await each).json()["outcome"] for each in waiting[1:]]
    assert outcomes == [{"status": "cancelled", "detail": "xop.refused_by_person"}] * 3


async def test_the_same_key_again_gets_the_first_answer(bakery, ann):
    body = {"action": "give_refund", "customer": ANN, "arguments": {"cents": 10}}
    first = (await bakery.post("/v1/proposals", {**body, "wait": 20}, headers=KEY)).json()
    again = (await bakery.post("/v1/proposals", {**body, "wait": 20}, headers=KEY)).json()
    assert again == {**first, "duplicate": True}
    assert len((await bakery.get("/v1/outbox")).json()["requests"]) == 1


async def test_the_same_key_at_the_same_time_counts_once(bakery, ann):
    body = {"action": "give_refund", "customer": ANN, "arguments": {"cents": 10}}
    responses = await asyncio.gather(*(bakery.post("/v1/proposals", body, headers=KEY) for _ in range(8)))
    assert len({each.json()["decision"] for each in responses}) == 1
    assert sorted(each.json()["duplicate"] for each in responses) == [False] + [True] * 7


@pytest.mark.parametrize(
    "changed",
    [
        {"arguments": {"cents": 11}},
        {"action": "send_note", "arguments": {}},
        {"conversation": "c"},
        {"customer": "email:bob@example.org"},
    ],
)
async def test_the_same_key_for_something_else_is_a_conflict(bakery, ann, changed):
    await bakery.customer("email:bob@example.org")
    body = {"action": "give_refund", "customer": ANN, "arguments": {"cents": 10}}
    await bakery.post("/v1/proposals", body, headers=KEY)
    problem(await bakery.post("/v1/proposals", {**body, **changed}, headers=KEY), 409, "command-conflict")


async def test_each_principal_has_keys_of_its_own(bakery, ann):
    body = {"action": "send_note", "customer": ANN}
    first = (await bakery.post("/v1/proposals", body, "helper", headers=KEY)).json()
    other = (await bakery.post("/v1/proposals", body, "mill", headers=KEY)).json()
    assert other["duplicate"] is False
    assert other["decision"] != first["decision"]


async def test_what_was_refused_may_be_sent_again_corrected_with_the_same_key(bakery, ann):
    body = {"action": "give_refund", "customer": ANN, "arguments": {}}
    problem(await bakery.post("/v1/proposals", body, headers=KEY), 422, "arguments-unfit")
    body["arguments"] = {"cents": 10}
    assert (await bakery.post("/v1/proposals", body, headers=KEY)).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 129, "a\tb", "é"])
async def test_an_idempotency_key_is_short_and_plain(bakery, ann, key):
    headers = {"idempotency-key": key.encode("latin-1")}
    response = await bakery.post("/v1/proposals", {"action": "send_note", "customer": ANN}, headers=headers)
    problem(response, 400, "parameter-invalid")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"action": "fly"}, 422, "action-unknown"),
        ({"arguments": {"cents": "ten"}}, 422, "arguments-unfit"),
        ({"purpose": "marketing"}, 422, "purpose-unfit"),
        ({"customer": "email:nobody@example.org"}, 404, "customer-unknown"),
        ({"customer": "cus_nobody"}, 404, "customer-unknown"),
        ({"customer": "email:guest"}, 422, "identifier-refused"),
        ({"customer": "shoe:44"}, 422, "identifier-refused"),
        ({"customer": ":"}, 422, "identifier-refused"),
        ({"customer": "\x00"}, 404, "customer-unknown"),
    ],
)
async def test_a_proposal_that_cannot_be_judged_is_refused_and_nothing_changes(bakery, ann, changed, status, code):
    body = {"action": "give_refund", "customer": ANN, "arguments": {"cents": 10}, **changed}
    before = await bakery.platform.runtime.ledger.last()
    problem(await bakery.post("/v1/proposals", body), status, code)
    assert await bakery.platform.runtime.ledger.last() == before


async def test_a_former_id_still_reaches_the_customer(bakery, ann):
    bob = await bakery.customer("email:bob@example.org")
    await bakery.post("/v1/identity/merge", {"keep": ann, "other": bob})
    assert (await bakery.propose("send_note", bob))["customer"] == ann
