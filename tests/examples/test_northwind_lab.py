"""The laboratory on the example: scenarios reach every step of its journeys, planted changes are found and nothing else."""

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from examples.northwind_mobile.server import WORKSPACE
from tests.examples.northwind_day import changed, day, outage, planted, write
from xop.faces.cli.commands.prove import prove
from xop.kernel.facts import RunEnded
from xop.lab.backtest import ReleaseSource, Report, backtest
from xop.lab.scenarios.coverage import coverage
from xop.lab.scenarios.suite import Suite, read_suite, run_suite

ROOT = Path(__file__).resolve().parents[2]
XOP = Path(sys.executable).with_name("xop")

SORT = ("kind", "subject", "actor", "change", "rule_before", "rule_after")


def found(report: Report) -> Counter[tuple[str, ...]]:
    """Return how often each sort of difference was found."""
    return Counter({tuple(getattr(group, name) for name in SORT): group.count for group in report.groups})


def expected(name: str) -> Counter[tuple[str, ...]]:
    """Return how often a file of planted changes says that each sort of difference must be found."""
    return Counter({tuple(each.get(part, "") for part in SORT): each["count"] for each in planted(name)["differences"]})


def test_every_step_of_every_journey_is_reached_by_a_scenario_that_says_what_comes_of_it():
    suite = read_suite(WORKSPACE)
    assert isinstance(suite, Suite), suite
    told = list(run_suite(suite, range(len(suite.scenarios))))
    assert [failure for each in told for failure in each.failures] == []
    share = coverage(suite.files, suite.release, [each.touched for each in told])
    assert (share.steps.missing, share.percent) == ((), 100.0)
    journeys = ("activate_esim", "onboarding", "outage_notice", "payment_recovery", "port_number", "proactive_save")
    assert tuple(sorted(suite.release.routes.journeys)) == journeys


async def test_the_texts_of_an_outage_leave_at_the_pace_of_their_own_connection():
    async with outage(100) as stage:
        left = sorted(each.at for each in stage.outside.attempts if each.connection == "outage_texts")
    # Whoever sleeps hears of it in the morning, or not at all.
    assert len(left) > 90
    gaps = {later - earlier for earlier, later in pairwise(left)}
    assert gaps == {1_000 // 5}


# ---------------------------------------------------------------- backtest


async def test_the_day_taken_again_under_its_own_release_comes_out_the_same():
    async with day() as stage:
        report = await backtest(stage.runtime, ReleaseSource(changed()), ReleaseSource(changed()))
        ends = Counter(
            (fact.journey, fact.outcome)
            for each in stage.record.entries
            for fact in each.facts
            if isinstance(fact, RunEnded)
        )
    assert (report.differences, report.groups) == (0, [])
    assert report.before.reproduced == report.after.reproduced == report.decisions > 300
    assert ends == {("payment_recovery", "unpaid"): 11, ("proactive_save", "undecided"): 1}


@pytest.mark.parametrize("name", ["cap", "rule", "threshold", "step", "release_b"])
async def test_a_backtest_finds_exactly_the_planted_differences(name):
    async with day() as stage:
        after = ReleaseSource(changed(*planted(name).get("changes", [name])))
        report = await backtest(stage.runtime, ReleaseSource(changed()), after)
        decisions = [each.decision for each in stage.record.entries if each.decision is not None]
    assert found(report) == expected(name)
    assert report.differences == sum(each["count"] for each in planted(name)["differences"])
    assert report.before.reproduced == report.decisions == len(decisions)


async def test_the_planted_differences_are_as_many_as_the_history_says():
    async with day() as stage:
        first = [
            each.decision
            for each in stage.record.entries
            if each.decision is not None and each.decision.stage == "proposal"
        ]
    asked = Counter((str(each.actor), each.action, each.verdict) for each in first)
    reminders = sum(asked["trigger:segment.track#1", "send_offer_email", verdict] for verdict in ("permit", "hold"))
    notices = sum(asked["trigger:payment.failed#2", "send_service_notice", verdict] for verdict in ("permit", "hold"))
    counts = {name: [each["count"] for each in planted(name)["differences"]] for name in ("rule", "threshold", "step")}
    assert reminders == sum(counts["rule"][:2])
    assert notices == sum(counts["threshold"])
    assert {asked["journey:payment_recovery", "open_case", "permit"]} == set(counts["step"])


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_history_that_the_demonstration_leaves_shows_what_a_release_would_have_changed(tmp_path):
    demo = ROOT / "examples" / "northwind_mobile" / "demo.py"
    options = ("--exit", "--customers", "60", "--seconds", "1", "--port", "0", "--data", tmp_path / "demo")
    played = _run(sys.executable, demo, *options)
    assert played.returncode == 0, played.stdout + played.stderr
    store = tmp_path / "demo" / "store"
    same = _run(XOP, "backtest", "--release", WORKSPACE, "--against", WORKSPACE, "--data", store, "--json")
    assert same.returncode == 0, same.stdout + same.stderr
    release_b = write(changed(*planted("release_b")["changes"]), tmp_path / "b")
    other = _run(XOP, "backtest", "--release", release_b, "--against", WORKSPACE, "--data", store, "--json")
    assert other.returncode == 1, other.stdout + other.stderr
    groups = json.loads(other.stdout)["groups"]
    # Each of five customers had two failures; what takes days, the journey's step, did not happen within a minute.
    notices = [each["count"] for each in groups if each["actor"] == "trigger:payment.failed#2"]
    assert sum(notices) == (60 - 8) // 10
    assert {each["rule_after"] for each in groups if each["kind"] == "verdict"} >= {"planted.baskets_are_left_alone"}
    assert {each["actor"] for each in groups} <= {sort[2] for sort in expected("release_b")}


# ---------------------------------------------------------------- prove


def xop_prove(*arguments: str | Path) -> Result:
    """Run `xop prove` in this process."""
    pytest.importorskip("z3")
    return CliRunner().invoke(prove, [*map(str, arguments), "--json"])


def test_every_invariant_of_the_example_is_proved_and_one_rule_stands_for_its_words_alone():
    report = json.loads(xop_prove(WORKSPACE).stdout)
    assert {each["result"] for each in report["proofs"]} == {"proved"}
    assert [each["why"] for each in report["proofs"] if each["why"]] == []
    assert "offers_need_consent" in {each["invariant"] for each in report["proofs"]}
    # Triggers may propose whatever their workspace declares; the rule tells why this proposal is welcome.
    assert [(each["rule"], each["flaw"]) for each in report["effectless"]] == [("contact.help_is_wanted", "shadowed")]


def test_a_dead_rule_is_named_with_its_place_and_changes_no_verdict(tmp_path):
    report = json.loads(xop_prove(write(changed("dead_rule"), tmp_path), "--against", WORKSPACE).stdout)
    dead = [each for each in report["effectless"] if each["flaw"] == "dead"]
    assert [(each["rule"], each["place"]) for each in dead] == [
        ("planted.nobody_gives_away_thousands", "policies/planted.cedar:1")
    ]
    assert {each["result"] for each in report["proofs"]} == {"proved"}
    assert report["comparison"]["differences"] == []


def test_a_hole_is_shown_by_a_request_that_goes_through_it_and_not_through_the_example(tmp_path):
    folder, requests = write(changed("hole"), tmp_path / "hole"), tmp_path / "requests"
    broken = planted("hole")["breaks"]
    report = json.loads(xop_prove(folder, "--out", requests).stdout)
    (shown,) = [each for each in report["proofs"] if each["result"] != "proved"]
    assert (shown["invariant"], shown["result"]) == (broken, "counterexample")
    context = shown["witness"]["request"]["context"]
    assert shown["witness"]["request"]["principal_type"] == "Agent"
    assert context["arguments"]["amount_cents"] > 2000
    assert context["assurance"]["level"] >= 2
    assert context["approved"] is False

    request = requests / f"{broken}.json"
    through = json.loads(xop_prove(folder, "--request", request).stdout)
    assert (through["verdict"]["outcome"], through["agreed"], through["breaks"]) == ("permit", True, [broken])
    stopped = json.loads(xop_prove(WORKSPACE, "--request", request).stdout)
    assert (stopped["verdict"]["outcome"], stopped["verdict"]["determining"]) == (
        "hold",
        ["billing.credit_above_limit"],
    )
    assert stopped["breaks"] == []


def _run(*command: Path | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), check=False, capture_output=True, encoding="utf-8", timeout=150, cwd=ROOT
    )
