"""Every decision of the example's scenarios is explained: truly, and in words that a customer knows."""

import re
from pathlib import Path

import pytest

import xop.kernel
from examples.northwind_mobile.server import WORKSPACE
from xop.engine.hindsight import recorded
from xop.faces.console.extraction import catalogue
from xop.kernel.base.phrase import Speech
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.account import Account, Entered, account_of
from xop.kernel.hindsight.counterfactual import holds
from xop.kernel.hindsight.customer_explanation import customer_explanation
from xop.kernel.hindsight.explanation import explanation
from xop.lab.scenarios.acts import perform
from xop.lab.scenarios.stage import Stage
from xop.lab.scenarios.suite import Suite, read_suite

INTERNAL = re.compile(
    r"\b[a-z]+_[a-z_]+\b|\b(?:dec|inv|cus|rel)_\w+|\b(?:xop|contact|billing|network|context|facts|arguments)\.[a-z]|"
    r"\b(?:agent|operator|source|trigger|journey|decision_set):\w"
)
"""Ids, rules, and names that only machines use."""

FORMS = {"- {line}", "  - {line}", "{one} {other}"}
"""How lines are put together in every language."""

KERNEL = "".join(file.read_text(encoding="utf-8") for file in Path(*xop.kernel.__path__).rglob("*.py"))

PEOPLE = ("robin", "sam", "dana", "kai", "Robin", "Sam", "Dana", "Kai")

Kind = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def suite() -> Suite:
    """The example's scenarios."""
    found = read_suite(WORKSPACE)
    assert isinstance(found, Suite), found
    return found


async def accounts(suite: Suite) -> dict[Kind, Account]:
    """Return one account of each kind of decision that any scenario leads to."""
    found: dict[Kind, Account] = {}

    async def releases(digest):
        return suite.release if digest == suite.release.digest else None

    for written in suite.scenarios:
        async with Stage(suite.release, written.start, written.scenario.seed) as stage:
            for _, block in written.scenario.blocks():
                for act in (*block.given, *block.when):
                    await stage.tick()
                    await perform(stage, act)
            ledger = stage.runtime.ledger
            for stored in await ledger.page(0, 100_000):
                decision = stored.entry.decision
                if decision is None or kind(decision) in found:
                    continue
                evidence = await stage.runtime.evidence.get(decision.id)
                step = await recorded(ledger, stored, releases)
                found[kind(decision)] = account_of(decision, evidence, step, Entered("northwind/log", "key", 7))
    return found


def kind(decision: Decision) -> Kind:
    return decision.stage, decision.verdict, decision.code, decision.action


async def test_each_of_many_kinds_of_decisions_has_counterfactuals_that_are_true(suite):
    told = await accounts(suite)
    assert len(told) > 30
    for name, account in told.items():
        assert account.recorded is not None
        assert all(holds(account.recorded, each) for each in account.found), name
    without = sorted(name for name, account in told.items() if not account.found)
    # In a choice nothing but eligibility may have decided, and an incident is no matter of rules.
    assert [name for name in without if name[0] != "choice"] == []
    assert len({name[2] for name, account in told.items() if account.found}) >= 10


async def test_what_a_customer_is_told_names_nothing_that_only_machines_or_colleagues_know(suite):
    for name, account in (await accounts(suite)).items():
        told = customer_explanation(account)["text"]
        assert not INTERNAL.search(told), (name, INTERNAL.search(told), told)
        assert not set(re.findall(r"\w+", told)) & {*PEOPLE}, (name, told)


async def test_what_an_auditor_is_told_names_the_rule_and_the_release(suite):
    for account in (await accounts(suite)).values():
        told = explanation(account)
        assert told["release"] == suite.release.digest
        assert all(each["rule"] in told["text"] for each in told["rules"] if "lost" not in each)


async def test_whatever_is_told_can_be_told_in_another_language(suite):
    asked: set[str] = set()

    def say(template: str) -> str:
        asked.add(template)
        return template

    for account in (await accounts(suite)).values():
        customer_explanation(account, Speech("eo", say))
        explanation(account, Speech("eo", say))
    unknown = asked - {str(message.id) for message in catalogue()}
    assert {each for each in unknown if "{" in each} == FORMS
    # What is left are the workspace's own words, which no catalogue that comes along can have.
    assert [each for each in unknown - FORMS if f'"{each}"' in KERNEL] == []
    assert len(asked) > 150


async def test_a_letter_in_another_language_has_english_in_it_only_where_the_workspace_wrote_it(suite):
    known = {str(message.id) for message in catalogue()}

    def say(template: str) -> str:
        places = " ".join(re.findall(r"\{\w+\}", template))
        return f"⟦{places}⟧" if template in known else template

    for name, account in (await accounts(suite)).items():
        told = customer_explanation(account, Speech("eo", say))
        assert told["language"] == "eo"
        for line in told["text"].split("\n"):
            assert not line or "⟦" in line or any(line == f"- {each['text']}" for each in told["rules"]), (name, line)
