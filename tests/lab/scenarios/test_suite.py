"""The same scenarios give the same results, whoever runs them."""

from pathlib import Path

import msgspec
import pytest

from tests.lab.scenarios.material import ana, results, suite
from xop.lab.scenarios.coverage import coverage
from xop.lab.scenarios.suite import Suite, processes, read_suite, run_suite

EXAMPLES = Path(__file__).parents[3] / "examples"

STEPS = """
when:
  - propose: {action: send_offer, actor: operator:olga}
  - after: {minutes}m
then:
  - sent: {count: 1}
  - verdict: deny
"""


def many(count: int) -> str:
    """Return scenarios of which every tenth fails once and the others twice."""
    texts = []
    for number in range(count):
        text = ana(STEPS.replace("{minutes}", "10" if number % 10 == 0 else "5"))
        texts.append(text.replace("name: Ana", f"name: Ana {number}").removeprefix("scenarios:\n"))
    return "scenarios:\n" + "".join(texts)


def test_a_result_does_not_depend_on_what_ran_before_it():
    found = suite(many(12))
    together = list(run_suite(found, range(12)))
    alone = [result for index in reversed(range(12)) for result in run_suite(found, [index])]
    assert msgspec.json.encode(together) == msgspec.json.encode(alone[::-1])
    assert [len(each.failures) for each in together] == [1, *[2] * 9, 1, 2]


def test_what_one_scenario_touches_is_not_counted_for_the_next():
    first = ana("when:\n  - signal: page.viewed\n    data: {path: /cancel}\nthen:\n  - not_sent: {}\n")
    second = ana("then:\n  - not_sent: {}\n").replace("name: Ana", "name: Nothing").removeprefix("scenarios:\n")
    one, other = results(first + second)
    assert {"page.viewed#1", "page.viewed#2"} <= set(one.touched.triggers)
    assert not [each for each in other.touched.triggers if each.startswith("page.")]


@pytest.mark.slow
def test_several_processes_give_the_same_bytes_as_one():
    found = suite(many(70))
    chosen = range(70)
    alone = list(run_suite(found, chosen, 1))
    for jobs in (2, 3):
        assert msgspec.json.encode(list(run_suite(found, chosen, jobs))) == msgspec.json.encode(alone)
    assert len({each.name for each in alone}) == 70


def test_another_seed_is_another_run():
    retried = """
  - respond: {result: retry, times: 6}
when:
  - propose: {action: issue_credit, actor: operator:olga, arguments: {cents: 5}}
  - after: 1d
then:
  - outcome: {status: uncertain}
"""
    one, same, other = (
        results(ana(retried).replace("    given:", f"    seed: {seed}\n    given:"))[0] for seed in (1, 1, 2)
    )
    assert one == same
    assert one.failures[0].explanation == same.failures[0].explanation
    assert one.failures[0].explanation != other.failures[0].explanation


def test_processes_are_started_when_they_are_worth_it():
    assert processes(1) == processes(1_999) == 1
    assert processes(1_000_000) >= 1


@pytest.mark.parametrize("name", ["northwind_mobile", "concierge"])
def test_the_examples_pass_and_touch_all_of_their_own(name):
    found = read_suite(EXAMPLES / name / "workspace")
    assert isinstance(found, Suite), "\n".join(map(str, found))
    told = list(run_suite(found, range(len(found.scenarios))))
    assert [failure for each in told for failure in each.failures] == []
    share = coverage(found.files, found.release, [each.touched for each in told])
    assert share.rules.missing == ()
    assert share.triggers.missing == ()
