"""A backtest finds what was decided under the release that ruled, and exactly what another one changes."""

import msgspec
import pytest
from msgspec.structs import replace

from tests.kit.harbour import BOT, DAY, HOUR, MINUTE, NOON, OLGA, consent, proposal, signal
from tests.kit.world import World
from tests.lab.backtest.story import ANA, BEA, CLEO, compare, source, turmoil, weeks
from xop.kernel.base.json import canonical
from xop.kernel.commands import Approval, Execution, Outcome
from xop.lab.backtest import ReleaseSource
from xop.lab.backtest.bench import Assignment, Bench
from xop.lab.backtest.history import History
from xop.lab.backtest.markdown import markdown
from xop.ports.ledger import Stored

WEEKLY = "{most: 2, window: 7d}"
TRIGGER = """      - when: signal.data.path == "/cancel" && customer.counters.cancel_visits >= 3
        propose: {action: offer_help, arguments: {reason: "cancel page"}, once_per: 24h}
"""
LARGE = """context.arguments.cents > 5000 }"""


def told(report):
    """Return every sort of difference with its count, in words."""
    return {
        (each.kind, each.subject, each.change, each.rule_before, each.rule_after): each.count for each in report.groups
    }


async def test_a_release_compared_with_itself_never_differs():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source())
    assert (report.differences, report.groups, report.by_rule, report.contacts) == (0, [], [], [])
    assert report.decisions > 20
    assert report.before.reproduced == report.after.reproduced == report.decisions


@pytest.mark.parametrize("seed", range(6))
async def test_the_release_that_ruled_decides_again_what_was_decided(seed):
    ruling = failing()
    async with World() as world:
        world.engine.adopt(ruling.compile())
        await turmoil(world, seed)
        entries = await world.entries()
    changed = source(purposes_yaml=(WEEKLY, "{most: 1, window: 7d}"))
    bench = Bench(Assignment(ruling, changed, {}, 0, entries[-1].entry.moment.at + 1))
    run, _ = bench.runs(History(entries))
    stored = {each.entry.command.id: each.entry for each in entries}
    again = {name: record for name, record in run.records.items() if record.facts or record.decision}
    assert again.keys() == stored.keys()
    for name, entry in stored.items():
        assert canonical([entry.facts, entry.decision]) == canonical([again[name].facts, again[name].decision])


def failing() -> ReleaseSource:
    """Return the harbour with a desk that answers by lot, and not always well."""
    desk = {"adapter": "simulated", "settings": {"outcomes": ["retry", "failed", "done", "uncertain"], "seed": 5}}
    return ReleaseSource({**source().files, "connections.yaml": msgspec.json.encode({"connections": {"desk": desk}})})


@pytest.mark.parametrize("hours", [1, 3, 4, 5, 28, 29, 30, 31, 48, 150])
async def test_from_any_moment_on_the_release_that_ruled_decides_what_was_decided(hours):
    async with World() as world:
        await weeks(world)
        entries = await world.entries()
        start = NOON + hours * HOUR
        report = await compare(world, source(), start=start)
        later = [each.entry for each in entries if each.entry.moment.at >= start and each.entry.decision]
    assert report.differences == 0
    assert report.decisions == report.after.reproduced == report.after.decisions == len(later)


@pytest.mark.parametrize("seed", range(3))
async def test_what_was_under_way_at_the_start_goes_on_as_it_did(seed):
    ruling = failing()
    async with World() as world:
        world.engine.adopt(ruling.compile())
        await turmoil(world, seed)
        moments = [each.entry.moment.at for each in await world.entries()]
        reports = [await compare(world, ruling, ruling, start=at) for at in sorted(set(moments))[5::25]]
    assert all(report.differences == 0 for report in reports)
    assert all(report.decisions == report.after.reproduced == report.after.decisions for report in reports)
    assert reports[0].decisions > reports[-1].decisions > 0


async def test_nothing_at_or_after_the_end_is_taken():
    async with World() as world:
        await weeks(world)
        entries = await world.entries()
        end = NOON + 2 * HOUR
        report = await compare(world, source(purposes_yaml=(WEEKLY, "{most: 1, window: 7d}")), end=end)
    assert report.decisions == len([each for each in entries if each.entry.moment.at < end and each.entry.decision])
    assert report.before.reproduced == report.decisions
    assert [each.example.command for each in report.groups] == ["proposal:test:offer1"]


async def test_what_was_before_the_start_stays_as_it_was_stored():
    async with World() as world:
        await weeks(world)
        strict = source(purposes_yaml=(WEEKLY, "{most: 1, window: 7d}"))
        report = await compare(world, strict, start=NOON + 90 * MINUTE)
    # The second offer left before the start; only the one after the unmerge is left to be denied.
    assert [each.example.command for each in report.groups] == ["proposal:test:alone"]


async def test_the_same_history_always_gives_the_same_report():
    async with World() as world:
        await turmoil(world, 1)
        changed = source(purposes_yaml=(WEEKLY, "{most: 1, window: 7d}"))
        first, second = [msgspec.json.encode(await compare(world, changed)) for _ in range(2)]
    assert first == second
    assert msgspec.json.decode(first)["differences"] > 0


async def test_a_tighter_cap_denies_the_contacts_beyond_it_and_nothing_else():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(purposes_yaml=(WEEKLY, "{most: 1, window: 7d}")))
    assert told(report) == {
        ("verdict", "send_offer", "permit → deny", "xop.granted", "xop.contact_cap"): 1,
        ("verdict", "send_offer", "hold → deny", "xop.quiet_hours", "xop.contact_cap"): 1,
    }
    assert [(each.by, each.customers) for each in report.contacts] == [(-1, 2)]
    assert (report.customers_contacted_less, report.customers_contacted_more) == (2, 0)
    assert report.after.contacts == report.before.contacts - 2
    assert [(row.name, row.differences) for row in report.by_action] == [("send_offer", 2)]
    assert [(row.name, row.differences) for row in report.by_actor] == [("operator:olga", 2)]
    rules = {row.name: (row.differences, row.before, row.after) for row in report.by_rule}
    assert rules["xop.contact_cap"] == (2, {"deny": 2}, {"deny": 4})


async def test_every_sort_of_difference_has_an_example_with_both_decisions_and_their_reasons():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(purposes_yaml=(WEEKLY, "{most: 1, window: 7d}")))
        ana = await world.customer(ANA)
    example = next(each.example for each in report.groups if each.change == "permit → deny")
    assert (example.customer, example.command) == (ana.id, "proposal:test:offer1")
    assert (example.before["verdict"], example.before["ends"]) == ("permit", "done")
    assert (example.after["verdict"], example.after["ends"]) == ("deny", "denied (xop.contact_cap)")
    assert "xop.contact_cap" in [reason["rule"] for reason in example.after["reasons"]]


async def test_a_looser_cap_sends_what_was_denied_and_more_is_contacted():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(purposes_yaml=(WEEKLY, "{most: 3, window: 7d}")))
    assert ("verdict", "send_offer", "deny → permit", "xop.contact_cap", "xop.granted") in told(report)
    assert report.customers_contacted_more == 1
    assert next(each for each in report.groups if each.change == "deny → permit").example.after["ends"] == "done"


async def test_a_rule_added_is_found_where_it_speaks():
    rule = (
        '@id("harbour.tiny")\n@message("Too small.")\nforbid (principal, action == Action::"issue_credit", resource)\n'
    )
    rule += "when { context.arguments has cents && context.arguments.cents < 200 };\n\n// A fresh"
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(policies_harbour_cedar=("// A fresh", rule)))
    assert told(report) == {("verdict", "issue_credit", "permit → deny", "xop.granted", "harbour.tiny"): 1}
    assert report.groups[0].example.command == "proposal:test:small"


async def test_a_trigger_removed_takes_its_proposal_with_it():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(signals_yaml=(TRIGGER, "")))
    assert told(report) == {("proposal", "offer_help", "only before (permit)", "xop.granted", ""): 1}
    assert report.groups[0].example.cause == "signal:test|visit2"
    assert [(row.name, row.differences) for row in report.by_actor] == [("trigger:page.viewed#3", 1)]
    assert report.customers_contacted_less == 1


async def test_a_trigger_that_only_gets_another_number_is_the_same_trigger():
    before = '      - when: signal.data.path == "/nowhere"\n        set: {"web.lost": true}\n' + TRIGGER
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(signals_yaml=(TRIGGER, before)))
    assert report.differences == 0


async def test_a_trigger_with_other_arguments_proposes_something_else():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(signals_yaml=('reason: "cancel page"', 'reason: "wants to go"')))
    assert list(told(report)) == [("arguments", "offer_help", "other arguments", "xop.granted", "xop.granted")]
    example = report.groups[0].example
    assert (example.before["arguments"], example.after["arguments"]) == (
        {"reason": "cancel page"},
        {"reason": "wants to go"},
    )


async def test_a_hold_that_becomes_a_permit_leaves_its_approval_without_anything_to_approve():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(policies_harbour_cedar=(LARGE, LARGE.replace("5000", "20000"))))
    assert told(report) == {
        ("verdict", "issue_credit", "hold → permit", "harbour.large_credit", "xop.granted"): 1,
        ("refusal", "approval", "taken → approval-not-open", "", "approval-not-open"): 1,
    }


async def test_another_delay_is_another_time_and_nothing_more():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(actions_send_offer_yaml=("delay: 10m", "delay: 20m")))
    assert {(each.kind, each.subject) for each in report.groups} == {("timing", "send_offer")}
    example = report.groups[0].example
    assert (example.before["left"], example.after["left"]) == ("2026-09-28T12:10:00.000Z", "2026-09-28T12:20:00.000Z")


async def test_quiet_hours_that_end_earlier_let_a_held_contact_go_earlier():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(purposes_yaml=('to: "08:00"', 'to: "07:00"')))
    timing = [each.example for each in report.groups if each.kind == "timing"]
    assert timing
    assert timing[0].before["due"] > timing[0].after["due"]
    assert timing[0].after["left"] == timing[0].after["due"]


async def test_a_fact_that_only_one_release_notes_is_a_difference():
    async with World() as world:
        await weeks(world)
        report = await compare(
            world, source(signals_yaml=('set: {name: "{{signal.data.name}}"}', "raise: {flag: named}"))
        )
    assert {(each.kind, each.subject, each.change) for each in report.groups} == {
        ("fact", "ProfileChanged", "only before"),
        ("fact", "FlagRaised", "only after"),
    }
    assert {row.name for row in report.by_fact} == {"ProfileChanged", "FlagRaised"}


async def test_a_signal_that_a_release_does_not_declare_is_refused_by_it():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(signals_yaml=("  promise.kept:", "  promise.held:")))
    assert ("refusal", "promise.kept", "taken → signal-unknown", "", "signal-unknown") in told(report)
    assert ("fact", "PromiseBroken", "only after", "", "") in told(report)


async def test_what_failed_in_the_history_fails_again():
    async with World(connection={"outcomes": ["failed"]}) as world:
        await world.tell(signal(1, "page.viewed", ANA, path="/"))
        await world.ask(proposal("large", "issue_credit", BOT, cents=9000), ANA)
        await world.settle(HOUR)
        await world.ask(proposal("small", "issue_credit", BOT, cents=100), ANA)
        await world.settle(HOUR)
        await world.tell(signal(2, "page.viewed", ANA, path="/"))
        report = await compare(world, source(policies_harbour_cedar=(LARGE, LARGE.replace("5000", "20000"))))
    # The large credit is sent first in place of the small one, which was the first of the history, and failed.
    assert list(told(report)) == [("verdict", "issue_credit", "hold → permit", "harbour.large_credit", "xop.granted")]
    assert report.groups[0].example.after["ends"] == "failed"


async def test_an_attempt_takes_as_long_as_the_one_in_whose_place_it_is_made():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", ANA, path="/"))
        await world.ask(proposal("large", "issue_credit", BOT, cents=9000), ANA)
        await world.settle(HOUR)
        await world.ask(proposal("small", "issue_credit", BOT, cents=100), ANA)
        await world.settle(MINUTE)
        await world.tell(signal(2, "page.viewed", ANA, path="/"))
        entries = await world.entries()
    slow = [_later(each, 20_000) if isinstance(each.entry.command, Outcome) else each for each in entries]
    changed = source(policies_harbour_cedar=(LARGE, LARGE.replace("5000", "20000")))
    _, run = Bench(Assignment(source(), changed, {}, 0, NOON + DAY)).runs(History(slow))
    ended = {
        record.command.invocation: record.at for record in run.records.values() if isinstance(record.command, Outcome)
    }
    assert list(ended.values()) == [NOON + 20_000, NOON + HOUR + 20_000]


def _later(stored: Stored, by: int) -> Stored:
    moment = replace(stored.entry.moment, at=stored.entry.moment.at + by)
    return replace(stored, entry=replace(stored.entry, moment=moment))


async def test_what_was_read_in_the_history_is_what_a_step_knows_that_was_not_in_it():
    async with World() as world:
        scored = source(actions_look_up_score_yaml=("request: {", "request: {output: {score: 480}, "))
        world.engine.adopt(scored.compile())
        await world.tell(signal(1, "page.viewed", ANA, path="/"))
        denied = await world.ask(proposal("limit", "raise_limit"), ANA)
        assert denied.decision.code == "harbour.score"
        await world.settle(DAY)
        await world.tell(signal(2, "page.viewed", ANA, path="/"))
        rules = "context.facts.credit_score < 500"
        looser = ReleaseSource(
            {**scored.files, **_only(source(policies_harbour_cedar=(rules, rules.replace("500", "400"))), "policies")}
        )
        report = await compare(world, looser, scored)
    assert report.groups[0].change == "deny → permit"
    # It was never carried out, so nothing was read for that; what was read for the proposal is the latest known.
    assert report.groups[0].example.after["ends"] == "done"


def _only(one: ReleaseSource, folder: str) -> dict[str, bytes]:
    return {path: text for path, text in one.files.items() if path.startswith(folder)}


async def test_a_difference_within_a_merge_is_counted_for_the_merged_customer():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(signals_yaml=(TRIGGER, "")))
        dan = await world.customer("cookie:c1")
    assert len(dan.parts) == 2
    assert report.groups[0].example.customer == dan.id
    assert report.groups[0].example.part != dan.id
    assert report.customers == 4


async def test_a_merge_that_only_one_release_allows_is_a_difference():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(identity_yaml=("limit: 4", "limit: 1")))
    assert ("refusal", "merge", "taken → merge-declined", "", "merge-declined") in told(report)
    assert ("refusal", "unmerge", "taken → unmerge-nothing", "", "unmerge-nothing") in told(report)


async def test_an_approval_of_what_is_now_denied_is_refused():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", CLEO, path="/"))
        held = await world.ask(proposal(1, "issue_credit", BOT, cents=9000), CLEO)
        await world.ask(Approval("approval:1", OLGA, held.decision.invocation, approved=True), CLEO)
        await world.settle(HOUR)
        report = await compare(
            world, source(agents_yaml=("actions: [issue_credit, send_notice, read_bill]", "actions: [send_notice]"))
        )
    assert ("verdict", "issue_credit", "hold → deny", "harbour.large_credit", "xop.nobody_permits") in told(report)
    assert ("refusal", "approval", "taken → approval-not-open", "", "approval-not-open") in told(report)


async def test_what_was_held_at_the_start_goes_back_to_what_led_to_it():
    never = '@id("harbour.never")\n@message("Not at all.")\nforbid (principal, action == Action::"send_offer", resource);\n\n'
    async with World() as world:
        await world.tell(consent(1, "granted", "marketing", "email", CLEO))
        await world.tell(signal(2, "profile.changed", CLEO, zone="Asia/Tokyo"))
        await world.ask(proposal("night", "send_offer"), CLEO)
        await world.settle(DAY)
        await world.tell(signal(3, "page.viewed", CLEO, path="/"))
        after = source(policies_harbour_cedar=("// A fresh", never + "// A fresh"))
        report = await compare(world, after, start=NOON + HOUR)
    assert told(report) == {("verdict", "send_offer", "permit → deny", "xop.granted", "harbour.never"): 1}
    assert report.groups[0].example.cause == "proposal:test:night"
    assert report.groups[0].example.after["ends"] == "cancelled (harbour.never)"


async def test_a_step_that_was_missed_before_the_start_is_not_made_up_for():
    async with World() as world:
        await world.tell(signal(1, "page.viewed", ANA, path="/"))
        await world.ask(proposal(1, "issue_credit", BOT, cents=100), ANA)
        await world.settle(2 * DAY)
        await world.tell(signal(2, "page.viewed", ANA, path="/"))
        entries = await world.entries()
    stopped = [each for each in entries if not isinstance(each.entry.command, Execution | Outcome)]
    whole, _ = Bench(Assignment(source(), source(), {}, 0, NOON + 3 * DAY)).runs(History(stopped))
    later, _ = Bench(Assignment(source(), source(), {}, NOON + DAY, NOON + 3 * DAY)).runs(History(stopped))
    assert any(isinstance(record.command, Execution) for record in whole.records.values())
    assert list(later.records) == ["signal:test|2"]


async def test_remembering_contacts_for_longer_is_no_difference_in_itself():
    async with World() as world:
        await world.tell(signal(1, "mail.sent", ANA, channel="email"))
        await world.tell(signal(2, "page.viewed", ANA, path="/"))
        report = await compare(world, source(purposes_yaml=("{most: 5, window: 7d}", "{most: 5, window: 14d}")))
    assert report.differences == 0


async def test_customers_are_counted_once_for_each_sort_of_difference():
    async with World() as world:
        for number in range(3):
            await world.tell(signal(number, "profile.changed", ANA, BEA, time=world.now, name=f"Ana {number}"))
        report = await compare(world, source(signals_yaml=('set: {name: "{{', 'set: {called: "{{')))
    assert {(each.subject, each.count, each.customers) for each in report.groups} == {("ProfileChanged", 3, 1)}


async def test_names_in_a_table_are_written_as_text():
    async with World() as world:
        await weeks(world)
        report = await compare(world, source(purposes_yaml=(WEEKLY, "{most: 1, window: 7d}")))
    named = [replace(each, subject="<b>|[x](y)") for each in report.groups]
    text = markdown(replace(report, groups=named))
    assert "&lt;b&gt;\\|\\[x\\](y)" in text
    assert "<b>" not in text
