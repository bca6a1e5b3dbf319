"""A condition may name only segments, journeys, flags and intents that there are."""

import pytest

from tests.workspace.journey_material import with_journeys
from tests.workspace.material import compiled, problems_of

SIGNALS = """
signals:
  limit.reached: {changes: [{raise: {flag: over_limit}}]}
  leaving.seen: {changes: [{intent: {change: open, name: cancel_contract}}]}
  asked:
    changes:
      - when: CONDITION
        set: {"seen": "yes"}
"""


def files(condition, **others):
    journey = "name: welcome\ndescription: Greets.\nsteps: {last: {end: {outcome: done}}}\n"
    texts = {"segments": "segments: {at_risk: {when: customer.id != ''}}", "welcome": journey} | others
    asked = SIGNALS.replace("CONDITION", f'"{condition}"')
    return with_journeys(**texts) | {"signals/more.yaml": asked.encode()}


@pytest.mark.parametrize(
    ("condition", "cause", "near"),
    [
        ("'atrisk' in customer.segments", "there is no segment 'atrisk'", "at_risk"),
        ("customer.id != '' && !('welcom' in customer.journeys)", "there is no journey 'welcom'", "welcome"),
        ("has(customer.flags.overlimit)", "no signal type raises the flag 'overlimit'", "over_limit"),
        ("customer.flags['overlimit']", "no signal type raises the flag 'overlimit'", "over_limit"),
        (
            "customer.intents.cancel_contact == 'open'",
            "no signal type opens an intent 'cancel_contact'",
            "cancel_contract",
        ),
    ],
)
def test_a_name_that_nothing_declares_is_told_with_the_nearest(condition, cause, near):
    [problem] = problems_of(files(condition))
    assert (problem.file, problem.line, problem.cause) == ("signals/more.yaml", 7, cause)
    assert f"did you mean '{near}'?" in problem.remedy


@pytest.mark.parametrize(
    "condition",
    [
        "'at_risk' in customer.segments && 'welcome' in customer.journeys",
        "has(customer.flags.over_limit) || has(customer.flags.complaint)",
        "'cancel_contract' in customer.intents",
        "signal.source in customer.segments",
    ],
)
def test_a_name_that_is_declared_or_known_only_later_is_no_mistake(condition):
    compiled(files(condition))


def test_intents_that_are_named_by_data_may_be_any():
    opened = files("has(customer.intents.anything)")
    text = opened["signals/more.yaml"].decode().replace("name: cancel_contract", 'name: "{{signal.source}}"')
    compiled(opened | {"signals/more.yaml": text.encode()})


def test_a_placeholder_is_held_against_the_names_too():
    [problem] = problems_of(
        files("true")
        | {"signals/else.yaml": b"signals: {x: {changes: [{set: {a: \"{{'atrisk' in customer.segments}}\"}}]}}"}
    )
    assert problem.cause == "there is no segment 'atrisk'"
