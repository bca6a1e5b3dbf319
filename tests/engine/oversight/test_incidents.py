"""Incidents: opened by the platform and by people, each with its deadline from when somebody became aware."""

import json

import pytest

from tests.kit.counter import ANA, call
from tests.kit.harbour import BOT, DAY, HOUR, MINUTE, NOON, OLGA, OTTO, proposal, release, signal
from tests.kit.lookout import EARLY, approval_rule, lookout, lookout_files, told
from tests.kit.world import World
from xop.assembly import compiled
from xop.engine.incidents import incident_state, incidents_of
from xop.kernel import facts as f
from xop.kernel.base.actor import SYSTEM
from xop.kernel.commands import Approval, Halt, Outcome, Proposal, Resume, Signal
from xop.kernel.halts.model import PLATFORM
from xop.kernel.oversight.commands import ClassifyIncident, CloseIncident, OpenIncident, ReportIncident
from xop.kernel.oversight.incident import MOST_ALIKE

RULES = lookout()

WAITING = lookout(effective_from=EARLY, rule=approval_rule("grant_loan"))


def opening(number, category="serious", actor=OLGA, **more):
    return OpenIncident(f"incident:test:{number}", actor, category, **more)


async def the_one(world):
    (known,) = await incidents_of(world.engine)
    return known


async def done(world, customer, invocation, number=1, output=None):
    return await world.tell(
        Outcome(f"outcome:{invocation}:{number}", invocation, number, "done", output=output), customer
    )


async def test_an_effect_that_nobody_permitted_is_noted_as_differing_and_opens_an_incident():
    """A3."""
    async with World(rules=WAITING) as world:
        customer = await call(world)
        await world.tell(told(1, "ai_lending", OLGA), customer)
        held = await world.ask(proposal(1, "grant_loan", BOT), ANA)
        assert held.decision.verdict == "hold"
        await done(world, customer, held.decision.invocation)
        await world.settle(MINUTE)
        (differed,) = await world.facts(f.EffectDiffered)
        assert (differed.why, differed.action) == ("not_permitted", "grant_loan")
        incident = await the_one(world)
        assert (incident.origin, incident.agent, incident.category) == ("effect", "agent:helper_bot", "other")
        assert (incident.keeps, incident.systems) == ((held.decision.id,), ("chat_bot",))


async def test_an_effect_of_something_denied_is_noted_as_differing():
    """A3."""
    async with World(rules=RULES) as world:
        customer = await call(world)
        denied = await world.ask(proposal(1, "offer_help", BOT), ANA)
        assert denied.decision.verdict == "deny"
        await done(world, customer, denied.decision.invocation)
        await world.settle(MINUTE)
        (differed,) = await world.facts(f.EffectDiffered)
        assert differed.why == "not_under_way"
        assert (await the_one(world)).invocation == denied.decision.invocation


async def test_an_effect_that_is_not_what_the_contract_promises_is_noted_as_differing():
    """A3."""
    async with World(rules=lookout(granted="perhaps")) as world:
        await call(world)
        await world.ask(proposal(1, "grant_loan", OLGA), ANA)
        await world.settle(MINUTE)
        assert [each.output for each in await world.facts(f.InvocationDone)] == [{"granted": "perhaps"}]
        assert [each.why for each in await world.facts(f.EffectDiffered)] == ["output_unfit"]
        assert (await the_one(world)).origin == "effect"


async def test_what_was_permitted_and_came_out_as_promised_is_no_incident():
    async with World(rules=RULES) as world:
        await call(world)
        await world.ask(proposal(1, "grant_loan", OLGA), ANA)
        await world.settle(MINUTE)
        assert await incidents_of(world.engine) == []
        assert await world.facts(f.EffectDiffered) == []
        assert len(await world.facts(f.InvocationDone)) == 1


async def test_a_breaker_that_halts_an_agent_opens_an_incident_in_the_same_step():
    async with World(rules=RULES) as world:
        answer = await world.tell(Halt("breaker:agent:helper_bot:1", SYSTEM, "agent:helper_bot", "too many requests"))
        assert [type(fact) for fact in answer.entry.facts] == [f.HaltImposed, f.IncidentOpened]
        incident = await the_one(world)
        assert (incident.origin, incident.agent, incident.systems) == ("breaker", "agent:helper_bot", ("chat_bot",))


async def test_a_halt_by_a_person_and_one_without_a_register_open_none():
    async with World(rules=RULES) as world:
        await world.tell(Halt("halt:1", OLGA, "agent:helper_bot"))
        assert await incidents_of(world.engine) == []
    async with World(rules=release()) as world:
        await world.tell(Halt("breaker:1", SYSTEM, "agent:helper_bot"))
        assert await incidents_of(world.engine) == []


async def test_a_harm_that_a_source_tells_of_opens_an_incident_that_does_not_name_the_customer():
    async with World(rules=RULES) as world:
        customer = await call(world)
        decision = (await world.ask(proposal(1, "offer_help", BOT), ANA)).decision.id
        harm = {"category": "serious", "agent": "agent:helper_bot", "decision": decision}
        await world.tell(signal(9, "xop.harm.reported", ANA, time=NOON, **harm))
        await world.settle(MINUTE)
        incident = await the_one(world)
        assert (incident.category, incident.keeps, incident.by) == ("serious", (decision,), "source:web")
        assert customer not in str(incident)
        assert "ana" not in str(incident)


@pytest.mark.parametrize(("category", "days"), [("serious", 15), ("widespread", 2), ("death", 10)])
async def test_a_serious_incident_is_due_some_days_after_somebody_became_aware_and_late_is_shown(category, days):
    """A9."""
    async with World(rules=RULES) as world:
        aware = world.now - HOUR
        await world.tell(opening(1, category, aware_at=aware, decisions=("dec_1",)))
        incident = await the_one(world)
        assert incident.due == aware + days * DAY
        assert incident.keeps == ("dec_1",)
        await world.settle(incident.due - world.now - 1)
        assert incident_state(await the_one(world), world.now) == "open"
        assert await world.facts(f.IncidentOverdue) == []
        await world.settle(1)
        assert incident_state(await the_one(world), world.now) == "overdue"
        assert [each.incident for each in await world.facts(f.IncidentOverdue)] == [incident.id]
        await world.settle(HOUR)
        await world.tell(ReportIncident("report:1", OLGA, incident.id, "the authority"))
        assert incident_state(await the_one(world), world.now) == "reported_late"
        await world.tell(CloseIncident("close:1", OLGA, incident.id))
        assert incident_state(await the_one(world), world.now) == "reported_late", "closing hides nothing"


async def test_a_report_in_time_ends_the_deadline():
    """A9."""
    async with World(rules=RULES) as world:
        await world.tell(opening(1))
        incident = await the_one(world)
        await world.tell(ReportIncident("report:1", OLGA, incident.id, "the provider", complete=False))
        assert incident_state(await the_one(world), world.now) == "reported"
        unreported = await world.tell(CloseIncident("close:1", OLGA, incident.id))
        assert unreported.refusal.code == "incident-unreported", "an incomplete report is not enough"
        await world.settle(20 * DAY)
        assert await world.facts(f.IncidentOverdue) == []
        await world.tell(ReportIncident("report:2", OLGA, incident.id, "the authority"))
        await world.tell(CloseIncident("close:2", OLGA, incident.id, "a rule was added"))
        closed = await the_one(world)
        assert (closed.outcome, incident_state(closed, world.now)) == ("a rule was added", "closed")
        assert (await world.tell(CloseIncident("close:3", OLGA, incident.id))).refusal.code == "incident-closed"


async def test_a_graver_class_brings_the_deadline_forward():
    """A9."""
    async with World(rules=RULES) as world:
        await world.tell(opening(1, "other"))
        incident = await the_one(world)
        assert incident.due == 0
        await world.settle(3 * DAY)
        await world.tell(ClassifyIncident("classify:1", OLGA, incident.id, "widespread"))
        await world.settle(MINUTE)
        assert incident_state(await the_one(world), world.now) == "overdue", "it counts from when they became aware"
        assert len(await world.facts(f.IncidentOverdue)) == 1
        await world.tell(ClassifyIncident("classify:2", OLGA, incident.id, "serious"))
        assert incident_state(await the_one(world), world.now) == "open"
        await world.settle(12 * DAY)
        assert len(await world.facts(f.IncidentOverdue)) == 2


async def test_opening_an_incident_can_suspend_the_agent_at_once():
    async with World(rules=RULES) as world:
        await call(world)
        await world.tell(opening(1, agent="agent:helper_bot", suspend=True))
        answer = await world.ask(proposal(1, "issue_credit", BOT, cents=100), ANA)
        assert answer.decision.code == "xop.halted"
        await world.tell(Resume("resume:1", OTTO, "agent:helper_bot"))
        answer = await world.ask(proposal(2, "issue_credit", BOT, cents=100), ANA)
        assert answer.decision.verdict == "permit"


async def test_only_a_person_says_what_became_of_an_incident_and_only_of_one_there_is():
    async with World(rules=RULES) as world:
        await world.tell(opening(1))
        name = (await the_one(world)).id
        for command in (
            ClassifyIncident("c", BOT, name, "other"),
            ReportIncident("r", BOT, name, "nobody"),
            CloseIncident("x", BOT, name),
        ):
            assert (await world.tell(command)).refusal.code == "incident-person"
        assert (await world.tell(CloseIncident("y", OLGA, "inc_none"))).refusal.code == "incident-unknown"
        assert (await world.tell(opening(2, agent="agent:nobody"))).refusal.code == "incident-agent"
        assert (await world.tell(opening(3, suspend=True))).refusal.code == "incident-agent"
        assert (await world.tell(opening(4, aware_at=world.now + 1))).refusal.code == "incident-time"
        assert [each.id for each in await incidents_of(world.engine)] == [name]


TELL_OFFICER = {
    "name": "tell_officer",
    "version": 1,
    "description": "Tell whoever reports incidents.",
    "kind": "write",
    "purpose": "service",
    "input": {"type": "object", "required": ["incident"], "properties": {"incident": {"type": "string"}}},
    "binding": {"connection": "desk", "request": {"incident": "{{arguments.incident}}"}},
}


def telling(rule=""):
    """Return the release with an action that is told of overdue incidents."""
    files = lookout_files(rule=rule)
    change = {"propose": {"action": "tell_officer", "arguments": {"incident": "{{signal.data.incident}}"}}}
    files["signals/incident.yaml"] = json.dumps({"signals": {"xop.incident.overdue": {"changes": [change]}}}).encode()
    files["actions/tell_officer.yaml"] = json.dumps(TELL_OFFICER).encode()
    return compiled(files)


async def test_whoever_listens_is_told_that_an_incident_was_not_reported_in_time():
    async with World(rules=telling()) as world:
        late = await world.tell(opening(1, "widespread"))
        reported = await world.tell(opening(2, "widespread"))
        names = [answer.entry.facts[0].incident.id for answer in (late, reported)]
        await world.tell(ReportIncident("report:2", OLGA, names[1], "the authority"))
        await world.settle(2 * DAY + HOUR)
        assert [each.invocation.arguments for each in await world.facts(f.InvocationQueued)] == [{"incident": names[0]}]
        assert len(await world.facts(f.InvocationDone)) == 1


async def test_a_person_answers_where_telling_of_an_incident_waits_for_one():
    rule = approval_rule("tell_officer").replace("principal is Agent", "principal")
    async with World(rules=telling(rule)) as world:
        await world.tell(opening(1, "widespread"))
        await world.settle(2 * DAY + HOUR)
        (held,) = await world.facts(f.InvocationHeld)
        answer = await world.tell(Approval("approval:1", OLGA, held.invocation.id, approved=True), PLATFORM)
        assert answer.refusal is None, answer.refusal
        await world.settle(MINUTE)
        assert len(await world.facts(f.InvocationDone)) == 1


async def test_nobody_asks_anything_of_the_platform_as_if_it_were_a_customer():
    async with World(rules=telling()) as world:
        await world.tell(opening(1, "other"))
        for actor in (OLGA, BOT):
            wish = Proposal(f"proposal:{actor}", actor, "tell_officer", {"incident": "inc_1"})
            assert (await world.tell(wish, PLATFORM)).refusal.code == "customer-unknown"
        told_of = Signal("own:1", "xop.incident.overdue", "web", world.now, BOT, data={})
        assert (await world.tell(told_of, PLATFORM)).refusal.code == "customer-unknown"


async def test_an_effect_that_always_differs_opens_so_many_incidents_and_no_more_until_one_is_closed():
    async with World(rules=RULES) as world:
        for number in range(MOST_ALIKE + 2):
            await world.tell(opening(number, "other", SYSTEM, origin="effect", summary="grant_loan: odd"))
        await world.tell(opening("b", "other", SYSTEM, origin="effect", summary="issue_credit: odd"))
        await world.tell(opening("c", "other", OLGA, summary="grant_loan: odd"))
        known = await incidents_of(world.engine)
        assert len(known) == MOST_ALIKE + 2
        await world.tell(CloseIncident("close:1", OLGA, known[0].id))
        await world.tell(opening("d", "other", SYSTEM, origin="effect", summary="grant_loan: odd"))
        assert len(await incidents_of(world.engine)) == MOST_ALIKE + 3
