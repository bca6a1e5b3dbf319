"""Which changes of a contract break callers, and which do not."""

from typing import Any

import pytest
from msgspec.structs import replace

from xop.kernel.actions.model import Action, Binding, Deprecation
from xop.workspace.compatibility import contract_changes

OPEN = {"type": "object", "properties": {"size": {"type": "integer"}, "colour": {"enum": ["red", "blue"]}}}
CLOSED = {**OPEN, "additionalProperties": False}


def action(**more: Any) -> Action:
    whole = {"name": "paint", "version": 1, "description": "Paint.", "kind": "write", "purpose": "service"}
    return Action(**{**whole, "binding": Binding("desk"), "input": CLOSED, "output": OPEN, **more})


def changed(**more: Any):
    (change,) = contract_changes({"paint": action()}, {"paint": action(**more)})
    return change


def schema(base: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {**base, "properties": {**base["properties"], **properties}}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({**CLOSED, "required": ["size"]}, "the argument size is required now"),
        (schema(CLOSED, size={"type": "string"}), "the argument size takes integer no more"),
        (schema(CLOSED, colour={"enum": ["red"]}), "the argument colour takes blue no more"),
        (schema(CLOSED, colour={"const": "red"}), "the argument colour takes blue no more"),
        (schema(CLOSED, size={"type": "integer", "minimum": 2}), "the argument size is bounded by minimum 2 now"),
        (schema(CLOSED, size={"enum": [1, 2]}), "the argument size takes anything but 1, 2 no more"),
        ({**CLOSED, "properties": {"size": {"type": "integer"}}}, "the argument colour is taken no more"),
        ({**CLOSED, "oneOf": [{}]}, "the input has another `oneOf`, which cannot be compared"),
    ],
)
def test_an_input_that_takes_less_breaks_callers(given, said):
    change = changed(input=given)
    assert (change.change, change.unannounced) == ("breaking", True)
    assert said in change.breaks


@pytest.mark.parametrize(
    "given",
    [
        schema(CLOSED, size={"type": "number"}),
        schema(CLOSED, size={"type": ["integer", "null"]}),
        schema(CLOSED, colour={"enum": ["red", "blue", "green"]}),
        schema(CLOSED, weight={"type": "integer"}),
        schema(CLOSED, colour={}),
        OPEN,
    ],
)
def test_an_input_that_takes_more_breaks_nobody(given):
    assert changed(input=given).change == "compatible"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({**OPEN, "required": ["size"]}, OPEN, "size of the output may be missing now"),
        (OPEN, schema(OPEN, size={"type": ["integer", "null"]}), "size of the output may be null now"),
        (OPEN, schema(OPEN, colour={"enum": ["red", "blue", "green"]}), "colour of the output may be green now"),
    ],
)
def test_an_output_that_may_be_more_breaks_whoever_reads_it(before, after, said):
    (change,) = contract_changes({"paint": action(output=before)}, {"paint": action(output=after)})
    assert said in change.breaks


def test_an_output_with_one_more_field_breaks_nobody():
    assert changed(output=schema(OPEN, weight={"type": "integer"})).change == "compatible"


def test_fields_within_fields_are_compared_too():
    inner = {"type": "object", "properties": {"city": {"type": "string"}}}
    before, after = schema(CLOSED, place=inner), schema(CLOSED, place={**inner, "required": ["city"]})
    (change,) = contract_changes({"paint": action(input=before)}, {"paint": action(input=after)})
    assert change.breaks == ("the argument place.city is required now",)
    lists = [schema(CLOSED, places={"type": "array", "items": each}) for each in (inner, {"type": "string"})]
    (change,) = contract_changes(*({"paint": action(input=each)} for each in lists))
    assert change.breaks == ("the argument places[] takes object no more",)


def test_a_break_with_a_new_version_is_announced():
    change = changed(version=2, input={**CLOSED, "required": ["size"]})
    assert (change.change, change.unannounced) == ("breaking", False)


def test_kind_and_purpose_are_part_of_the_contract():
    assert changed(kind="read").breaks == ("it was a write and is a read",)
    assert changed(purpose="marketing").breaks == ("it serves the purpose service no more",)
    assert changed(other_purposes=("marketing",)).change == "compatible"


def test_actions_come_and_go():
    one = action()
    changes = contract_changes({"paint": one}, {"draw": replace(one, name="draw")})
    assert [(each.action, each.change, each.unannounced) for each in changes] == [
        ("draw", "new", False),
        ("paint", "gone", False),
    ]


def test_what_is_the_same_is_left_out_and_what_merely_differs_is_told():
    assert contract_changes({"paint": action()}, {"paint": action()}) == []
    assert changed(risk="high", deprecated=Deprecation("2026-01-01")).differs == ("risk differs", "it is deprecated")
