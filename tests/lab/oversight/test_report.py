"""The monthly report: how people answered what AI systems asked, as figures and as a page."""

import json
import re
from html.parser import HTMLParser
from itertools import count

import msgspec
import pytest

from tests.kit.canaries import Examined, strewn
from tests.kit.counter import ANA, call
from tests.kit.harbour import BOT, DAY, HOUR, MINUTE, OLGA, OTTO, proposal
from tests.kit.lookout import TRAINED, approval_rule, lookout
from tests.kit.world import World
from xop.engine.incidents import incidents_of
from xop.kernel.base.actor import SYSTEM
from xop.kernel.commands import Approval, Halt, Withdrawal
from xop.lab.oversight import Measures, month_of, page, report

RULE = approval_rule("issue_credit").replace("@approver", '@deadline("2h")\n@approver')

RULES = lookout(rule=RULE, training={"olga": TRAINED})

SECOND = 1000

COUNTS = ("approved", "refused", "changed", "unanswered", "withdrawn", "stopped", "open")


async def _answered(world, customer, number, wait, *, approved, **more):
    asked = await world.ask(proposal(number, "issue_credit", BOT, cents=100), ANA)
    assert asked.decision.until == "approval"
    await world.settle(wait)
    command = Approval(f"approval:{number}", OLGA, asked.decision.invocation, approved=approved, **more)
    answer = await world.tell(command, customer)
    assert answer.refusal is None, answer.refusal


async def _report(world, month="2026-09"):
    measures = Measures(world.engine.release, *month_of(month))
    measures.take(stored.entry for stored in await world.entries())
    return report(month, world.engine.release, measures, await incidents_of(world.engine), world.now)


async def test_rates_and_times_are_those_of_the_ledger():
    async with World(rules=RULES) as world:
        customer = await call(world)
        await _answered(world, customer, 1, 5 * SECOND, approved=True)
        await _answered(world, customer, 2, MINUTE, approved=True)
        await _answered(world, customer, 3, HOUR, approved=False)
        await _answered(world, customer, 4, 2 * MINUTE, approved=True, arguments={"cents": 50})
        await world.ask(proposal(5, "issue_credit", BOT, cents=100), ANA)
        await world.settle(3 * HOUR)
        await world.ask(proposal(6, "issue_credit", BOT, cents=100), ANA)
        await world.ask(proposal(7, "issue_credit", OTTO, cents=100), ANA)
        found = await _report(world)
    (sort,) = found.sorts
    assert (sort.agent, sort.action, sort.roles) == ("agent:helper_bot", "issue_credit", ["supervisor"])
    told = sort.answers
    assert (told.asked, told.approved, told.refused, told.changed, told.unanswered, told.open) == (6, 2, 1, 1, 1, 1)
    assert (told.approval_rate, told.override_rate, told.hasty) == (0.5, 0.5, 1)
    assert (told.answer_median, told.answer_p90) == (90.0, 3600.0)
    (person,) = found.people
    assert (person.person, person.answers.asked) == ("operator:olga", 4)
    (agent,) = found.agents
    assert (agent.agent, agent.held, agent.done) == ("agent:helper_bot", 6, 2)


async def test_every_request_is_told_with_what_became_of_it_also_when_nobody_answered_it():
    async with World(rules=RULES) as world:
        customer = await call(world)
        withdrawn = await world.ask(proposal(1, "issue_credit", BOT, cents=100), ANA)
        await world.tell(Withdrawal("withdrawal:1", BOT, withdrawn.decision.invocation), customer)
        await world.ask(proposal(2, "issue_credit", BOT, cents=100), ANA)
        found = msgspec.to_builtins(await _report(world))
    heads = re.findall(r"<th [^>]*>([^<]*)</th>", page(found).partition("How people answered")[2])[:11]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page(found).partition("How people answered")[2])[:10]
    row = dict(zip(heads[1:], cells, strict=True))
    assert sum(int(row[name]) for name in COUNTS) == int(row["asked"]) == 2
    assert (row["withdrawn"], row["open"]) == ("1", "1")


async def test_a_request_counts_in_the_month_it_was_opened_in():
    async with World(rules=RULES) as world:
        await call(world)
        await world.ask(proposal(1, "issue_credit", BOT, cents=100), ANA)
        await world.settle(3 * DAY)
        assert (await _report(world, "2026-09")).total.unanswered == 1
        assert (await _report(world, "2026-10")).total.asked == 0


async def test_incidents_and_halts_of_the_month_are_in_it():
    async with World(rules=RULES) as world:
        await world.tell(Halt("breaker:1", SYSTEM, "agent:helper_bot", "too fast"))
        found = await _report(world)
    assert [(each.scope, each.by) for each in found.halts] == [("agent:helper_bot", "system:xop")]
    assert [(each.origin, each.agent, each.state) for each in found.incidents] == [
        ("breaker", "agent:helper_bot", "open")
    ]


@pytest.mark.parametrize(("month", "days"), [("2026-11", 30), ("2026-12", 31), ("2028-02", 29)])
def test_a_month_has_its_days(month, days):
    begins, ends = month_of(month)
    assert ends - begins == days * DAY


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


async def test_the_page_is_whole_fetches_nothing_and_names_its_language_tables_and_heads():
    async with World(rules=RULES) as world:
        customer = await call(world)
        await _answered(world, customer, 1, MINUTE, approved=True)
        found = msgspec.to_builtins(await _report(world))
    json.dumps(found)
    strange = Examined(page(strewn(found, count(1))))
    assert strange.faults == []
    assert len(strange.shown) > 5
    text = page(found)
    reader = _Reader()
    reader.feed(text)
    assert reader.open == []
    tags = [tag for tag, _ in reader.seen]
    assert {"script", "link", "img", "iframe"}.isdisjoint(tags)
    assert "http" not in text
    assert ("html", {"lang": "en"}) in reader.seen
    assert (tags.count("h1"), tags.count("main")) == (1, 1)
    assert tags.count("table") == tags.count("caption") > 0
    assert all("scope" in attributes for tag, attributes in reader.seen if tag == "th")
    assert "@media print" in text
    assert "agent:helper_bot" in text
