"""What a workspace may say of how actions are carried out, undone and given up."""

import json
from typing import Any

import pytest

from tests.kit.errands import GUIDED, WELCOME, action, files_of, task
from xop.assembly import KINDS
from xop.kernel.release import Release
from xop.workspace import compile_workspace


def problems(*actions: dict[str, Any], **files: str) -> list[str]:
    """Return what is wrong with the harbour and some actions."""
    written = {name.replace("__", "."): text.encode() for name, text in files.items()}
    found = compile_workspace(files_of(*actions) | written, KINDS)
    return [] if isinstance(found, Release) else [f"{each.cause} → {each.remedy}" for each in found]


def test_bindings_to_journeys_and_people_are_sound():
    assert problems(GUIDED, action("count_boats", task())) == []


@pytest.mark.parametrize(
    ("binding", "said"),
    [
        ({}, "does not say who carries the action out"),
        ({"journey": "welcome", "connection": "desk"}, "several ways"),
        ({"journey": "welcome", **task()}, "several ways"),
        ({"journey": "wellcome"}, "there is no journey 'wellcome'"),
        ({"journey": "welcome", "request": {"a": 1}}, "has no request"),
        ({"journey": "welcome", "data": {"a": "{{arguments.peer}}"}}, "peer"),
        ({"task": {"question": "Count."}}, "for a role or for a queue"),
        ({"task": {"question": "Count.", "role": "car"}}, "nobody has the role 'car'"),
        ({"task": {"question": "Count.", "queue": "pier"}}, "there is no queue 'pier'"),
        ({"task": {"question": "Count {{arguments.peer}}.", "role": "care"}}, "peer"),
        ({"connection": "desk", "data": {"a": 1}}, "are a journey's"),
    ],
)
def test_a_binding_that_says_too_little_or_too_much_is_reported(binding, said):
    (problem,) = problems(action("count_boats", binding))
    assert said in problem


def test_a_read_is_made_over_a_connection():
    (problem,) = problems(action("count_boats", task(), kind="read"))
    assert "carried out over a connection" in problem


def test_the_platforms_own_connections_are_not_declared():
    declared = {"desk": {"adapter": "simulated"}, "tasks": {"adapter": "simulated"}, "mine": {"adapter": "journey"}}
    found = problems(connections__yaml=json.dumps({"connections": declared}))
    assert any("'tasks' is a connection of the platform's own" in each for each in found)
    assert any("this connection is the platform's own" in each for each in found)


def test_a_release_has_the_platforms_own_connections_only_where_they_are_needed():
    assert set(released(GUIDED).connections) == {"desk", "journeys"}
    assert set(released().connections) == {"desk"}


def released(*actions: dict[str, Any]) -> Release:
    found = compile_workspace(files_of(*actions, journey=WELCOME), KINDS)
    assert isinstance(found, Release)
    return found


DESK = {"connection": "desk"}
UNDONE = action("undo_it", DESK, input={"type": "object", "properties": {"n": {}}, "required": ["n"]})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"reversal": {"n": 1}}, "does not say which action undoes it"),
        ({"reversible_by": "undo"}, "there is no action 'undo'"),
        ({"reversible_by": "undo_it", "reversal": {"m": 1}}, "has no argument 'm'"),
        ({"reversible_by": "undo_it", "reversal": {"m": 1, "n": 1}}, "has no argument 'm'"),
        ({"reversible_by": "undo_it", "reversal": {"n": "{{customer.id}}"}}, "customer"),
        ({"deprecated": {"since": "2026-01-01", "use": "undo"}}, "there is no action 'undo'"),
        ({"deprecated": {"since": "yesterday"}}, "yesterday"),
    ],
)
def test_a_reversal_or_successor_that_is_none_is_reported(more, said):
    assert any(said in each for each in problems(UNDONE, action("do_it", DESK, **more)))


def test_a_reversal_that_leaves_an_argument_out_is_reported():
    (problem,) = problems(UNDONE, action("do_it", DESK, reversible_by="undo_it", reversal={"n": 1})) or [""]
    assert problem == ""
    wanting = action(
        "undo_it", DESK, input={"type": "object", "properties": {"n": {}, "m": {}}, "required": ["n", "m"]}
    )
    (problem,) = problems(wanting, action("do_it", DESK, reversible_by="undo_it", reversal={"n": 1}))
    assert "needs the argument 'm'" in problem
