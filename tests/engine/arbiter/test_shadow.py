"""A release that is only observed: what it would have decided stands beside what was decided, and nothing follows."""

import json

import pytest

from tests.kit.agents import BOT_RIGHTS, PEOPLE, approval_rule, harbour_of
from tests.kit.harbour import BOT, FOLDER, HOUR, NOON, OLGA, OTTO, proposal, release, signal
from tests.kit.world import World
from xop.assembly import compiled, workspace_files
from xop.engine import shadow as following
from xop.engine.contrast import Judged, beside, shared_reads
from xop.engine.shadow_report import findings
from xop.kernel.actions.invocation import InvocationDone
from xop.kernel.base.values import Known
from xop.kernel.commands import Approval, Evaluation
from xop.kernel.context.customer import new_customer
from xop.kernel.decide import decide
from xop.kernel.entry import Entry
from xop.kernel.moment import Moment
from xop.kernel.release import CompiledRead
from xop.ports.errors import StorageError
from xop.ports.shadows import Shadow

FORBIDDEN = '@id("desk.none")\n@message("None.")\nforbid (principal, action == Action::"issue_credit", resource);'


async def contrasts(world):
    await world.engine.shadow.settled()
    return [each for _, each in await world.runtime.shadows.page(None, 1000)][::-1]


async def told(world, digest):
    await world.engine.shadow.settled()
    return await findings(world.runtime.shadows, Shadow(digest, "", 0, ""))


async def credit(world, number, cents=500):
    await world.tell(signal(number, "page.viewed", "account:a", path="/"))
    return await world.ask(proposal(number, "issue_credit", BOT, cents=cents), "account:a")


async def test_a_decision_is_made_once_more_and_the_difference_is_kept():
    shadow = harbour_of(rule=FORBIDDEN)
    async with World(rules=harbour_of()) as world:
        world.engine.observe(shadow)
        answer = await credit(world, 1)
        found, *rest = [each for each in await contrasts(world) if each.stage == "proposal"]
        assert not rest
        assert (found.kind, found.subject) == ("release", shadow.digest)
        assert found.decision == answer.decision.id
        assert (found.aspect, found.live.verdict, found.live.code) == ("verdict", "permit", "xop.granted")
        assert (found.shadow.verdict, found.shadow.code) == ("deny", "desk.none")
        assert found.shadow.reasons[0].message == "None."


async def test_nothing_follows_from_what_is_observed():
    async with World(rules=harbour_of()) as world:
        world.engine.observe(harbour_of(rule=FORBIDDEN))
        await credit(world, 1)
        await world.settle()
        assert len(await world.facts(InvocationDone)) == 1
        assert {each.entry.release for each in await world.entries()} == {world.engine.release.digest}


async def test_a_release_that_decides_the_same_differs_in_nothing():
    rules = harbour_of()
    async with World(rules=rules) as world:
        world.engine.observe(rules)
        await credit(world, 1)
        await world.settle()
        found = await contrasts(world)
        assert [(each.stage, each.aspect) for each in found] == [("proposal", ""), ("execution", "")]
        report = await told(world, rules.digest)
        assert (report.decisions, report.differing, report.groups) == (2, 0, [])


async def test_every_stage_is_compared_on_the_state_it_was_decided_on():
    shadow = harbour_of(rule=approval_rule(limit=1000))
    async with World(rules=harbour_of(rule=approval_rule(limit=1000))) as world:
        world.engine.observe(shadow)
        answer = await credit(world, 1, cents=2000)
        approval = Approval("a1", OTTO, answer.decision.invocation, approved=True)
        assert (await world.tell(approval, answer.customer)).decision.verdict == "permit"
        await world.settle()
        await world.ask(Evaluation("e1", BOT, "issue_credit", {"cents": 2000}), "account:a")
        found = [(each.stage, each.live.verdict, each.aspect) for each in await contrasts(world)]
        assert found == [
            ("proposal", "hold", ""), ("approval", "permit", ""), ("execution", "permit", ""), ("evaluation", "hold", "")
        ]  # fmt: skip


async def test_an_approval_is_compared_although_another_release_was_shown():
    live, shadow = harbour_of(rule=approval_rule(limit=1000)), harbour_of(rule=approval_rule(limit=900))
    assert live.digest != shadow.digest
    async with World(rules=live) as world:
        world.engine.observe(shadow)
        answer = await credit(world, 1, cents=2000)
        await world.tell(Approval("a1", OTTO, answer.decision.invocation, approved=True), answer.customer)
        found = [each for each in await contrasts(world) if each.stage == "approval"]
        assert [(each.shadow.verdict, each.aspect) for each in found] == [("permit", "")]


async def test_a_hold_on_other_terms_differs():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        world.engine.observe(harbour_of(rule=approval_rule('@people("2")')))
        await credit(world, 1, cents=2000)
        assert [(each.aspect, each.shadow.verdict) for each in await contrasts(world)] == [("terms", "hold")]


FINANCE = """
@id("desk.finance")
@message("Finance looks at it.")
@outcome("hold")
@until("approval")
@approver("head_of_care")
{terms}
forbid (principal, action == Action::"issue_credit", resource)
when {{ context.arguments has cents && context.arguments.cents > 1000 }} unless {{ context.approved }};
"""


@pytest.mark.parametrize(
    ("one", "other", "aspect"),
    [
        ('@people("2")', "", "terms"),
        ('@escalate_to("care") @escalate_after("2h")', "", "terms"),
        ('@deadline("4h")', '@deadline("5h")', ""),
    ],
)
async def test_holds_differ_that_ask_on_the_same_terms_together_and_on_others_of_each_role(one, other, aspect):
    workspaces = [approval_rule(mine) + FINANCE.format(terms=theirs) for mine, theirs in ((one, other), (other, one))]
    people = {**PEOPLE, "hal": {"roles": ["head_of_care"]}}
    agents = json.dumps({"sources": {"web": {}}, "agents": {"helper_bot": BOT_RIGHTS}, "operators": people})
    live, shadow = (harbour_of(rule=rule, agents=agents) for rule in workspaces)
    async with World(rules=live) as world:
        world.engine.observe(shadow)
        await credit(world, 1, cents=2000)
        assert [each.aspect for each in await contrasts(world)] == [aspect]


async def test_a_hold_with_another_deadline_differs():
    async with World(rules=harbour_of(rule=approval_rule())) as world:
        world.engine.observe(harbour_of(rule=approval_rule('@deadline("4h")')))
        await credit(world, 1, cents=2000)
        assert [each.aspect for each in await contrasts(world)] == ["terms"]


async def test_what_the_release_in_shadow_does_not_know_is_refused():
    async with World(rules=harbour_of()) as world:
        world.engine.observe(harbour_of(None, **{"actions/issue_credit": CREDIT.format(most=100, facts=[])}))
        await credit(world, 1)
        found = (await contrasts(world))[0]
        assert (found.aspect, found.shadow.verdict, found.shadow.code) == ("verdict", "refused", "arguments-unfit")


CREDIT = """
name: issue_credit
version: 2
description: Credit an amount.
kind: write
purpose: service
facts: {facts}
input: {{type: object, properties: {{cents: {{type: integer, maximum: {most}}}}}}}
binding: {{connection: desk, request: {{}}}}
"""


async def test_what_was_not_read_is_unknown_to_the_release_in_shadow_and_told():
    async with World(rules=harbour_of()) as world:
        shadow = harbour_of(None, **{"actions/issue_credit": CREDIT.format(most=1000, facts=["credit_score"])})
        world.engine.observe(shadow)
        await credit(world, 1)
        found = (await contrasts(world))[0]
        assert (found.shadow.verdict, found.shadow.code) == ("deny", "xop.fact_unknown")
        assert found.unread == ("look_up_score",)
        assert (await told(world, shadow.digest)).groups[0].unread == {"look_up_score": 1}


@pytest.mark.parametrize(
    ("facts", "verdict", "code", "unread"),
    [
        ("value: read.score, read: look_up_score", "deny", "harbour.score", ()),
        ("value: read.points, read: look_up_score", "deny", "xop.fact_unknown", ()),
        ("value: read.score, read: read_bill", "deny", "xop.fact_unknown", ("read_bill",)),
    ],
)
def test_what_was_read_counts_for_the_release_in_shadow_as_well(facts, verdict, code, unread):
    files = workspace_files(FOLDER)
    stricter = files["policies/harbour.cedar"].replace(b"credit_score < 500", b"credit_score < 700")
    other = files["facts.yaml"].decode().partition("  credit_score:")[0] + f"  credit_score: {{type: int, {facts}}}\n"
    shadow = compiled(files | {"policies/harbour.cedar": stricter, "facts.yaml": other.encode()})
    command, known = proposal(1, "raise_limit", OLGA), Known({"score": 600}, NOON, "look_up_score")
    moment, customer = Moment(NOON, 1, "cus_a", {"look_up_score": known}), new_customer("cus_a")
    decision = decide(release(), customer, command, moment).decision
    assert decision is not None
    assert decision.verdict == "permit"
    entry = Entry("cus_a", 1, "cus_a", release().digest, moment, command, (), decision)
    found = beside(release(), shadow, Judged(entry, decision), customer)
    assert (found.shadow.verdict, found.shadow.code, found.unread) == (verdict, code, unread)


def test_a_read_of_the_same_name_that_asks_another_action_is_another_read():
    known = {"score": Known(600, NOON, "look_up_score"), "bill": Known(1, NOON, "read_bill")}
    made = {"score": CompiledRead("score", "look_up_score"), "bill": CompiledRead("bill", "read_bill")}
    assert shared_reads(made, made, known) == (known, ())
    needed = made | {"score": CompiledRead("score", "read_bill")}
    assert shared_reads(made, needed, known) == ({"bill": known["bill"]}, ("score",))


async def test_differences_of_one_sort_are_counted_together():
    shadow = harbour_of(rule=approval_rule(limit=1000))
    async with World(rules=harbour_of()) as world:
        world.engine.observe(shadow)
        ids = [(await credit(world, number, cents=2000)).decision.id for number in range(5)]
        await credit(world, 9, cents=10)
        report = await told(world, shadow.digest)
        group = next(each for each in report.groups if each.sort.stage == "proposal")
        assert (group.count, group.sort.live, group.sort.shadow) == (5, "permit xop.granted", "hold desk.credit")
        assert (group.sort.action, group.sort.actor) == ("issue_credit", str(BOT))
        assert [each.decision for each in group.examples] == ids[:1:-1]
        assert report.differing == sum(each.count for each in report.groups)
        assert report.decisions > report.differing


async def test_an_agent_in_shadow_is_in_the_same_report():
    async with World(rules=harbour_of({"shadow": True})) as world:
        await credit(world, 1)
        report = await told(world, "")
        group, *rest = report.groups
        assert not rest
        assert (group.sort.kind, group.sort.subject) == ("agent", str(BOT))
        assert (group.sort.live, group.sort.shadow) == ("observed", "permit xop.granted")
        assert report.decisions == 0


async def test_a_rule_in_shadow_is_in_the_same_report():
    async with World(rules=harbour_of(rule=approval_rule('@shadow("true")'))) as world:
        await credit(world, 1, cents=2000)
        await credit(world, 2, cents=10)
        await world.settle()
        report = await told(world, "")
        assert {(each.sort.kind, each.sort.subject, each.sort.shadow, each.count) for each in report.groups} == {
            ("rule", "desk.credit", "hold desk.credit", 1)
        }


async def test_an_agent_that_only_the_release_in_shadow_observes_differs():
    async with World(rules=harbour_of()) as world:
        world.engine.observe(harbour_of({"shadow": True}))
        await credit(world, 1)
        found = (await contrasts(world))[0]
        assert (found.aspect, found.live.verdict, found.shadow.verdict) == ("verdict", "permit", "observed")


async def test_a_release_that_cannot_decide_harms_nobody(monkeypatch):
    async with World(rules=harbour_of()) as world:
        shadow = harbour_of(rule=FORBIDDEN)
        monkeypatch.setattr(type(shadow.policies), "judge", Judge(shadow.policies, type(shadow.policies).judge).judge)
        world.engine.observe(shadow)
        assert (await credit(world, 1)).decision.verdict == "permit"
        await world.settle()
        assert len(await world.facts(InvocationDone)) == 1
        found = (await contrasts(world))[0]
        assert (found.shadow.verdict, found.shadow.cause) == ("fault", "ZeroDivisionError: nought")


class Judge:
    """Lets one policy engine fail."""

    def __init__(self, broken, judge) -> None:
        self.broken, self.real = broken, judge

    @property
    def judge(self):
        def judge(engine, *arguments):
            if engine is self.broken:
                raise ZeroDivisionError("nought")
            return self.real(engine, *arguments)

        return judge


async def test_contrasts_that_cannot_be_kept_harm_nobody(monkeypatch):
    async with World(rules=harbour_of()) as world:
        world.engine.observe(harbour_of(rule=FORBIDDEN))

        async def full(_contrasts):
            raise StorageError("the disk is full")

        monkeypatch.setattr(world.runtime.shadows, "note", full)
        assert (await credit(world, 1)).decision.verdict == "permit"
        await world.engine.shadow.settled()
        assert world.engine.shadow.missed >= 1
        monkeypatch.undo()
        await credit(world, 2)
        assert len(await contrasts(world)) >= 1


async def test_more_than_it_can_follow_is_passed_over_and_counted(monkeypatch):
    monkeypatch.setattr(following, "WAITING", 2)
    async with World(rules=harbour_of()) as world:
        world.engine.observe(harbour_of(rule=FORBIDDEN))
        for number in range(5):
            await credit(world, number)
        found = len(await contrasts(world))
        assert found + world.engine.shadow.missed >= 5
        assert world.engine.shadow.missed > 0


async def test_without_a_release_in_shadow_nothing_is_kept():
    async with World(rules=harbour_of()) as world:
        await credit(world, 1)
        world.engine.observe(harbour_of(rule=FORBIDDEN))
        world.engine.observe(None)
        await credit(world, 2)
        await world.settle(HOUR)
        assert await contrasts(world) == []
        assert world.engine.shadow.waiting == 0


async def test_what_waits_is_looked_at_before_the_end():
    world = World(rules=harbour_of())
    async with world:
        world.engine.observe(harbour_of(rule=FORBIDDEN))
        await credit(world, 1)
        assert not await world.runtime.shadows.page(None, 1)
    assert len(await world.runtime.shadows.page(None, 10)) >= 1
