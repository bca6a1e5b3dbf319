"""Accounts of decisions: who had which part, what was erased, and nothing of anybody else."""

import json

import pytest

from tests.engine.hindsight.retrospect import account, taken
from tests.kit.agents import BOT_RIGHTS, approval_rule, harbour_of
from tests.kit.choosing import WHO as CHOOSER
from tests.kit.choosing import ChoosingWorld, choice, decision_set, release_of
from tests.kit.harbour import BOT, OLGA, OTTO, proposal, signal
from tests.kit.world import World
from xop.kernel.commands import Approval
from xop.kernel.hindsight.account import Entered, account_of
from xop.kernel.hindsight.customer_explanation import customer_explanation
from xop.kernel.hindsight.explanation import explanation

WHO = "account:a"
NOTED = """
name: issue_credit
version: 2
description: Credit an amount to the customer's account.
kind: write
purpose: service
input: {type: object, properties: {cents: {type: integer}, reason: {type: string}, names: {type: array, items: {type: string}}}}
binding: {connection: desk, request: {}}
"""
SYSTEMS = """
deployer: {name: Harbour Bank, contact: ai@harbour.example}
systems:
  clerk:
    covers: [agent:helper_bot, action:issue_credit]
    provider: A maker of models
    model: clerk-large
    version: "7"
    purpose: Settles small matters for customers.
    risk_class: none
    rationale: It decides nothing of Annex III.
    instructions: {id: clerk-guide, version: "2"}
"""
RULE = approval_rule() + (
    '@id("desk.reason") @message("The reason has to be another one.") @customer("Den Grund lassen wir nicht gelten.") '
    'forbid (principal, action == Action::"issue_credit", resource) '
    'when { context.arguments has reason && context.arguments.reason like "*neighbour*" };'
    '@id("desk.names") @message("Not for relatives.") forbid (principal, action == Action::"issue_credit", resource) '
    'when { context.arguments has names && context.arguments.names.containsAny(["aunt", "cousin"]) };'
)


def bank():
    files = {"systems": SYSTEMS, "actions/issue_credit": NOTED}
    return World(rules=harbour_of(BOT_RIGHTS, rule=RULE, **files))


async def asked(world, actor=BOT, number=1, **arguments):
    await world.tell(signal(f"met{number}", "page.viewed", WHO, path="/"))
    return (await world.ask(proposal(number, "issue_credit", actor, **arguments), WHO)).decision


@pytest.mark.parametrize(
    ("actor", "cents", "role"),
    [
        (BOT, 5, "automated"),
        (BOT, 5000, "ai_recommended_human_decided"),
        (OTTO, 5, "human_decided_ai_informed"),
    ],
)
async def test_the_part_of_ai_is_told_by_who_acted_and_who_decides(actor, cents, role):
    async with bank() as world:
        told = customer_explanation(await account(world, await asked(world, actor, cents=cents)))
        assert told["ai"]["role"] == role
        assert told["deployer"] == {"name": "Harbour Bank", "contact": "ai@harbour.example"}
        assert told["ai"]["systems"] == [
            {
                "name": "clerk",
                "provider": "A maker of models",
                "model": "clerk-large",
                "version": "7",
                "purpose": "Settles small matters for customers.",
            }
        ]


async def test_where_no_ai_had_a_part_none_is_named():
    async with World() as world:
        told = customer_explanation(await account(world, await asked(world, OTTO, cents=5)))
        assert (told["ai"]["role"], told["ai"]["systems"]) == ("none", [])
        assert "complaint_about_ai" not in {each["right"] for each in told["rights"]}


async def test_an_agent_without_a_register_is_told_as_it_is_declared():
    rights = {"maker": "A maker", "model": "m-1", "description": "Answers in chat."}
    async with World(rules=harbour_of(rights)) as world:
        told = explanation(await account(world, await asked(world, cents=5)))
        [machine] = told["ai"]["systems"]
        assert (machine["provider"], machine["model"], machine["registered"]) == ("A maker", "m-1", False)


async def test_who_approved_is_told_to_the_auditor_and_not_to_the_customer():
    async with bank() as world:
        held = await asked(world, cents=5000)
        await world.ask(Approval("approval:1", OLGA, held.invocation, approved=True), WHO)
        entries = [stored.entry.decision for stored in await world.entries()]
        approved = next(each for each in entries if each is not None and each.stage == "approval")
        told = await account(world, approved)
        assert explanation(told)["people"]["person"] == "operator:olga"
        assert "olga" not in json.dumps(customer_explanation(told))
        assert customer_explanation(told)["people"]["text"] == "One of our staff looked at this and decided."


async def test_who_approved_had_a_part_in_carrying_it_out_too():
    async with bank() as world:
        held = await asked(world, cents=5000)
        await world.ask(Approval("approval:1", OLGA, held.invocation, approved=True), WHO)
        await world.settle()
        entries = [stored.entry.decision for stored in await world.entries()]
        left = next(each for each in entries if each is not None and each.stage == "execution")
        told = await account(world, left)
        assert explanation(told)["ai"]["role"] == "ai_recommended_human_decided"
        assert explanation(told)["people"]["person"] == "operator:olga"
        assert customer_explanation(told)["people"]["text"] == "One of our staff looked at this and decided."


async def test_nothing_of_others_is_told_to_the_customer():
    async with bank() as world:
        denied = await asked(world, cents=5, reason="Her neighbour Zelda Quux called from +49 170 1234567")
        told = await account(world, denied)
        whole = json.dumps(customer_explanation(told))
        for each in ("Zelda", "Quux", "170", "neighbour"):
            assert each not in whole
        assert customer_explanation(told)["counterfactuals"]
        assert "Zelda" in json.dumps(explanation(told))


async def test_of_a_list_nothing_that_stands_in_it_is_told_to_the_customer():
    async with bank() as world:
        told = await account(world, await asked(world, cents=5, names=["aunt", "cousin", "Zelda Quux"]))
        assert told.found, "leaving out both relatives would have done"
        assert "Zelda" not in json.dumps(customer_explanation(told))
        assert "Zelda" in json.dumps(explanation(told)["counterfactuals"])


async def test_a_rule_is_told_in_the_words_of_the_house_and_to_the_auditor_as_it_is_written():
    async with bank() as world:
        told = await account(world, await asked(world, cents=5, reason="her neighbour"))
        assert customer_explanation(told)["decisive"] == ["Den Grund lassen wir nicht gelten."]
        assert explanation(told)["rules"][0]["text"] == "The reason has to be another one."


async def test_what_was_erased_of_the_evidence_is_not_found_out_again():
    async with bank() as world:
        denied = await asked(world, cents=5, reason="her neighbour Zelda")
        step = await taken(world, denied.id)
        told = account_of(denied, None, step, Entered("log.example", "key", 3))
        for each in (customer_explanation(told), explanation(told)):
            assert (each["evidence"], each["counterfactuals"]) == ("erased", [])
            assert "Zelda" not in json.dumps(each)
        assert "have been deleted since" in customer_explanation(told)["text"]
        assert "were erased" in explanation(told)["text"]


async def test_a_decision_whose_release_is_gone_is_told_as_far_as_it_is_kept():
    async with bank() as world:
        denied = await asked(world, cents=5, reason="her neighbour")
        evidence = await world.runtime.evidence.get(denied.id)
        told = account_of(denied, evidence, None, Entered("log.example", "key", None))
        assert customer_explanation(told)["rules"] == [{"order": 1, "text": "The reason has to be another one."}]
        assert explanation(told)["rules"][0]["rule"] == "desk.reason"
        assert "not in our public log" in customer_explanation(told)["text"]


async def test_the_version_of_a_model_is_told_of_the_system_it_belongs_to_and_of_no_other():
    kept = {"provider": "A maker", "purpose": "Helps.", "risk_class": "none", "rationale": "It decides nothing."}
    register = {
        "deployer": {"name": "Harbour", "contact": "ai@harbour.example"},
        "systems": {
            "chooser": {**kept, "covers": ["decision_set:next"], "version": "table"},
            "chatter": {**kept, "covers": ["agent:helper_bot"], "version": "7"},
        },
    }
    table = {"kind": "table", "table": {"offer": 0.3, "notice": 0.5, "credit": 0.1}}
    people = {"olga": {"actions": ["*"], "roles": ["supervisor", "finance"]}}
    agents = {"helper_bot": BOT_RIGHTS | {"decisions": ["next"]}}
    who = {"sources": {"web": {}}, "agents": agents, "operators": people}
    rules = release_of(decision_set(model=table), systems=register, agents=who)
    async with ChoosingWorld(rules) as world:
        await world.meet()
        answer = await world.ask(choice(1, actor=BOT), CHOOSER)
        told = explanation(await account(world, answer.decision))
        versions = {each["name"]: each["version"] for each in told["ai"]["systems"]}
        assert versions["chooser"].startswith("table_")
        assert versions["chatter"] == "7"
