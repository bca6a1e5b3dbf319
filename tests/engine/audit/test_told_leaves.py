"""What the log is told of effects, incidents, duties, consent and rules, member by member."""

import json
from hashlib import sha256

from tests.kit.counter import ANA, call
from tests.kit.harbour import BOT, DAY, MINUTE, OLGA, OTTO, consent, proposal, signal
from tests.kit.lookout import EARLY, WORDS, approval_rule, lookout, told
from tests.kit.world import World
from xop.engine.incidents import incidents_of
from xop.kernel.commands import Activate, Approval, Halt, Outcome, Resume
from xop.kernel.erasure.commands import Erase, ImposeLegalHold, LiftLegalHold
from xop.kernel.halts.model import PLATFORM
from xop.kernel.oversight.commands import ClassifyIncident, CloseIncident, OpenIncident, ReportIncident, SeedProbe

RULES = lookout()
WAITING = lookout(effective_from=EARLY, rule=approval_rule("grant_loan"))

KEYS = {"commit", "id", "release", "time", "v"}
"""What every leaf has."""

ABOUT = {"subject_ref"}
"""What one about a customer has besides."""


async def leaves(world, *kinds, above=ABOUT):
    """Return the leaves of some types, each without what all of them have."""
    found = [json.loads(each) for each in await world.runtime.leaves.page(0, 10_000)]
    chosen = [each for each in found if each["type"] in kinds]
    for each in chosen:
        assert each.keys() >= KEYS | above
        assert ("subject_ref" in each) == bool(above)
    return [{name: each[name] for name in each.keys() - KEYS - {"subject_ref", "invocation"}} for each in chosen]


async def outcome(world, customer, invocation):
    await world.tell(Outcome(f"outcome:{invocation}:1", invocation, 1, "done", output={"granted": True}), customer)
    await world.settle(MINUTE)


async def test_an_effect_of_what_waits_for_a_person_does_not_agree_and_opens_an_incident():
    """A3."""
    async with World(rules=WAITING) as world:
        customer = await call(world)
        await world.tell(told(1, "ai_lending", OLGA), customer)
        held = await world.ask(proposal(1, "grant_loan", BOT), ANA)
        assert held.decision.verdict == "hold"
        await outcome(world, customer, held.decision.invocation)
        effects = await leaves(world, "effect")
        differing = {"type": "effect", "action": {"name": "grant_loan"}, "code": "not_permitted", "agrees": False}
        assert differing in effects
        assert [each["agrees"] for each in effects] == [False] * len(effects)
        opened = {"type": "incident.opened", "category": "other", "reason": "effect", "agent": "agent:helper_bot"}
        assert await leaves(world, "incident.opened", above=set()) == [opened]


async def test_an_effect_of_what_was_denied_does_not_agree():
    """A3."""
    async with World(rules=RULES) as world:
        customer = await call(world)
        denied = await world.ask(proposal(1, "offer_help", BOT), ANA)
        assert denied.decision.verdict == "deny"
        await outcome(world, customer, denied.decision.invocation)
        (effect,) = await leaves(world, "effect")
        assert (effect["code"], effect["agrees"]) == ("not_under_way", False)
        assert len(await leaves(world, "incident.opened", above=set())) == 1


async def test_an_effect_of_what_was_permitted_agrees():
    async with World(rules=RULES) as world:
        await call(world)
        await world.ask(proposal(1, "grant_loan", OLGA), ANA)
        await world.settle(MINUTE)
        done = {"type": "effect", "action": {"name": "grant_loan"}, "result": "done", "agrees": True}
        assert await leaves(world, "effect") == [done]


async def test_a_denial_is_told_with_its_rules_and_the_release_that_has_them():
    """A2."""
    async with World(rules=RULES) as world:
        await call(world)
        await world.ask(proposal(1, "offer_help", BOT), ANA)
        (denial,) = [each for each in await leaves(world, "decision") if each["outcome"] == "deny"]
        assert denial == {
            "type": "decision",
            "stage": "proposal",
            "outcome": "deny",
            "code": "xop.ai_not_disclosed",
            "reasons": ["xop.ai_not_disclosed"],
            "actor": "agent:helper_bot",
            "action": {"name": "offer_help", "version": 1},
            "purpose": "service",
            "channel": "web",
            "oversight": {"mode": "none"},
        }
        told = [json.loads(each) for each in await world.runtime.leaves.page(0, 99)]
        (whole,) = [each for each in told if each.get("code") == "xop.ai_not_disclosed"]
        assert whole["release"] == RULES.digest
        assert whole["commit"].keys() == {"entry", "evidence"}


async def test_an_erasure_that_a_legal_hold_forbids_is_told_with_its_ground():
    """E5."""
    async with World(rules=RULES) as world:
        customer = await call(world)
        await world.tell(ImposeLegalHold("hold:1", OLGA, "dispute with Ana", "legal_claims"), customer)
        await world.tell(Erase("erase:1", OLGA), customer)
        await world.tell(LiftLegalHold("lift:1", OLGA, "dispute with Ana"), customer)
        kinds = ("legal_hold.imposed", "erasure.refused", "erasure.requested", "legal_hold.lifted")
        assert await leaves(world, *kinds) == [
            {"type": "legal_hold.imposed", "reason": "legal_claims"},
            {"type": "erasure.refused", "reasons": ["legal_claims"]},
            {"type": "legal_hold.lifted"},
        ]


async def test_a_halt_and_its_end_are_told():
    """A4."""
    async with World(rules=RULES) as world:
        await world.tell(Halt("halt:1", OLGA, "agent:helper_bot", "it went wrong"))
        await world.tell(Resume("resume:1", OTTO, "agent:helper_bot"))
        assert await leaves(world, "system.halt", "system.resume", above=set()) == [
            {"type": "system.halt", "scope": "agent:helper_bot"},
            {"type": "system.resume", "scope": "agent:helper_bot"},
        ]


async def test_every_step_of_an_incident_is_told_without_its_words():
    async with World(rules=RULES) as world:
        command = OpenIncident("incident:1", OLGA, "serious", summary="Ana was harmed", agent="agent:helper_bot")
        await world.tell(command)
        (incident,) = await incidents_of(world.engine)
        await world.settle(16 * DAY)
        await world.tell(ClassifyIncident("classify:1", OLGA, incident.id, "death", "she died"))
        await world.tell(ReportIncident("report:1", OLGA, incident.id, "the authority", reference="A-1"))
        await world.tell(CloseIncident("close:1", OLGA, incident.id, "a rule was added"))
        kinds = [f"incident.{step}" for step in ("opened", "overdue", "classified", "reported", "closed")]
        assert await leaves(world, *kinds, above=set()) == [
            {"type": "incident.opened", "category": "serious", "reason": "report", "agent": "agent:helper_bot"},
            {"type": "incident.overdue"},
            {"type": "incident.classified", "category": "death"},
            {"type": "incident.reported"},
            {"type": "incident.closed"},
        ]


async def test_the_answer_to_a_probe_is_an_evaluation():
    async with World(rules=lookout(rule=approval_rule("issue_credit"))) as world:
        customer = await call(world)
        seeded = await world.tell(SeedProbe("probe:1", OTTO, "gift"), customer)
        await world.tell(Approval("approval:1", OLGA, seeded.decision.invocation, approved=True), customer)
        assert await leaves(world, "evaluation") == [{"type": "evaluation", "name": "gift", "caught": False}]


async def test_a_text_that_a_customer_was_given_is_told_by_its_digest():
    async with World(rules=RULES) as world:
        customer = await call(world)
        await world.tell(told(1, channel="web"), customer)
        await world.tell(told(2, "ai_lending", OLGA), customer)
        words = {"ai_chat": WORDS, "ai_lending": "An AI helps to decide on loans."}
        text = {
            name: {"name": name, "version": 1, "language": "en", "sha256": sha256(said.encode()).hexdigest()}
            for name, said in words.items()
        }
        assert await leaves(world, "disclosure.ai") == [
            {"type": "disclosure.ai", "system": "chat_bot", "text": text["ai_chat"], "channel": "web"}
        ]
        assert await leaves(world, "notice.art26_11") == [
            {"type": "notice.art26_11", "system": "lender", "text": text["ai_lending"]}
        ]


async def test_the_end_of_a_consent_is_told_when_it_comes():
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", ANA))
        assert await leaves(world, "consent.expired") == []
        await world.settle(366 * DAY)
        assert await leaves(world, "consent.given", "consent.expired") == [
            {"type": "consent.given", "purpose": "marketing", "channel": "email"},
            {"type": "consent.expired", "purpose": "marketing", "channel": "email"},
        ]


async def test_a_release_that_begins_to_rule_is_told_by_its_digest():
    async with World(rules=RULES) as world:
        await world.tell(Activate("activation:1", OLGA, RULES.digest), PLATFORM)
        assert await leaves(world, "policy.activated", above=set()) == [{"type": "policy.activated"}]
        (leaf,) = [json.loads(each) for each in await world.runtime.leaves.page(0, 9)]
        assert leaf["release"] == RULES.digest


async def test_words_that_people_choose_are_withheld():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", "account:a", path="/"))
        await world.ask(
            ImposeLegalHold("hold:1", OLGA, "case 1", "legal_claims", detail="maria_huber_asked"), "account:a"
        )
        told = await world.runtime.leaves.page(0, 9)
        assert [json.loads(each)["reason"] for each in told if b"legal_hold" in each] == ["legal_claims"]
        assert b"maria_huber" not in b"".join(told)
