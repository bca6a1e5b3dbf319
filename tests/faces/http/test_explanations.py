"""Explanations of decisions over HTTP: for customers and auditors, recorded when given, and nothing of what was erased."""

import re

import pytest

from tests.faces.http.bakery import problem
from xop.kernel.base.actor import Actor
from xop.kernel.erasure.commands import Erase
from xop.kernel.facts import ExplanationDelivered
from xop.kernel.identity.model import Identifier

OLGA = Actor("operator", "olga")
ANN, BOB = "email:ann@example.org", "email:bob@example.org"

REQUIRED = {
    "decision",
    "at",
    "decided",
    "effect",
    "ai",
    "deployer",
    "rules",
    "inputs",
    "decisive",
    "counterfactuals",
    "people",
    "rights",
    "verify",
}

INTERNAL = re.compile(
    r"\b[a-z]+_[a-z_]+\b|\b(?:dec|inv|cus|rel)_|\bxop\.|\bbakery\.[a-z]|\b(?:agent|operator|source|trigger):"
)
"""Names that no customer knows."""


async def refused_refund(bakery, who="helper", cents=200_000):
    await bakery.customer(BOB)
    ruled = await bakery.propose("give_refund", BOB, who, arguments={"cents": cents})
    return ruled["decision"]


async def explained(bakery, decision, audience, **more):
    answer = await bakery.get(f"/v1/decisions/{decision}/explanation", params={"audience": audience}, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("audience", ["customer", "auditor"])
async def test_an_explanation_has_all_that_the_law_asks_for(bakery, audience):
    told = await explained(bakery, await refused_refund(bakery), audience)
    assert told.keys() >= REQUIRED
    assert all(told[name] for name in REQUIRED)
    assert {each["right"] for each in told["rights"]} >= {"object", "human_review", "complaint", "complaint_about_ai"}
    assert told["verify"]["index"] >= 0


async def test_an_auditor_reads_rules_values_and_what_would_have_been(bakery):
    told = await explained(bakery, await refused_refund(bakery), "auditor")
    assert told["rules"][0]["rule"] == "bakery.huge_refund"
    assert ("arguments.cents", 200_000) in [(each["name"], each["value"]) for each in told["inputs"]]
    assert told["counterfactuals"][0]["changes"][0]["name"] == "arguments.cents"
    assert told["ai"]["role"] in {"automated", "ai_recommended_human_decided"}
    assert told["ai"]["systems"][0]["name"] == "helper"


async def test_a_customer_reads_no_internal_names_ids_or_values_of_others(bakery):
    told = await explained(bakery, await refused_refund(bakery), "customer")
    assert not INTERNAL.search(told["text"])
    assert "Nobody gives back more than 1000.00." in told["text"]
    assert "value" not in told["inputs"][0]
    assert "rule" not in told["rules"][0]


async def test_a_customers_explanation_comes_as_text_too(bakery):
    decision = await refused_refund(bakery)
    path = f"/v1/decisions/{decision}/explanation?audience=customer"
    answer = await bakery.get(path, headers={"accept": "text/plain"})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("What was decided\n")


async def test_that_a_customer_is_given_an_explanation_is_recorded_once(bakery):
    decision = await refused_refund(bakery)
    await explained(bakery, decision, "auditor")
    for _ in range(2):
        assert (await explained(bakery, decision, "customer"))["delivered"] is True
    entries = [stored.entry for stored in await bakery.platform.runtime.ledger.page(0, 1000)]
    given = [fact for entry in entries for fact in entry.facts if isinstance(fact, ExplanationDelivered)]
    assert [(each.decision, each.by, each.language) for each in given] == [(decision, "operator:olga", "en")]
    leaves = await bakery.platform.runtime.leaves.page(0, 1000)
    assert sum(b'"type":"explanation.delivered"' in leaf for leaf in leaves) == 1


async def test_an_invocation_stands_for_its_latest_decision(bakery):
    await bakery.customer(ANN)
    held = await bakery.propose("give_refund", ANN, "helper", arguments={"cents": 7000})
    told = await explained(bakery, held["invocation"], "auditor")
    assert told["ai"]["role"] == "ai_recommended_human_decided"
    assert told["decision"] == held["decision"]


async def test_what_is_unknown_is_a_problem_and_so_is_another_language(bakery):
    problem(await bakery.get("/v1/decisions/dec_none/explanation"), 404, "decision-unknown")
    decision = await refused_refund(bakery)
    path = f"/v1/decisions/{decision}/explanation?language=xx"
    problem(await bakery.get(path), 400, "parameter-invalid")


async def test_of_an_erased_customer_only_the_leaf_and_its_proof_are_left(bakery):
    decision = await refused_refund(bakery)
    before = (await bakery.get(f"/v1/decisions/{decision}/bundle", params={"wait": 20})).json()
    assert (before["erased"], before["decision"]) == ([], decision)
    await bakery.platform.engine.submit(Erase("erase:1", OLGA), Identifier.parse(BOB))
    await _gone(bakery)
    problem(await bakery.get(f"/v1/decisions/{decision}/explanation"), 404, "decision-unknown")
    problem(await bakery.get(f"/v1/decisions/{decision}/bundle"), 404, "decision-not-logged")
    asked = {"index": before["index"], "wait": 20}
    after = (await bakery.get(f"/v1/decisions/{decision}/bundle", params=asked)).json()
    assert after["leaf"] == before["leaf"]
    assert after["erased"] == ["entry", "evidence"]
    assert (after["entry"], after["evidence"], after["salt"]) == (None, None, None)


@pytest.mark.parametrize("index", [0, 10**6])
async def test_what_is_no_decision_is_not_exported_as_one_that_was_erased(bakery, index):
    leaves = await bakery.platform.runtime.leaves.page(0, 1)
    assert b'"type":"decision"' not in leaves[0]
    problem(await bakery.get(f"/v1/decisions/dec_none/bundle?index={index}"), 404, "decision-not-logged")


async def test_a_bundle_is_for_whoever_may_read_facts(bakery):
    decision = await refused_refund(bakery)
    problem(await bakery.get(f"/v1/decisions/{decision}/bundle", "helper"), 403, "scope-missing")


async def _gone(bakery):
    """Wait until the engine has erased the customer."""
    while await bakery.platform.engine.customer(Identifier.parse(BOB)) is not None:
        await bakery.platform.engine.grown()
