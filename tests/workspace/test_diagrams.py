"""Journeys written out: YAML and JSON hold all of one, diagrams can be read by other tools and carry nothing out of place."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workspace.journey_material import EVERYTHING, HELPER
from xop.kernel.journeys.model import (
    AskStep,
    Awaited,
    BranchStep,
    Case,
    Ending,
    EndStep,
    EntryRule,
    Journey,
    JourneyStep,
    ProposeStep,
    Schedule,
    Share,
    SplitStep,
    WaitForStep,
    WaitStep,
)
from xop.workspace.diagrams.bpmn import MODEL, bpmn, iso_duration
from xop.workspace.diagrams.mermaid import mermaid
from xop.workspace.journeys.document import journey_json, journey_yaml, read_journey
from xop.workspace.journeys.version import journey_version

DI = "http://www.omg.org/spec/BPMN/20100524/DI"


def journey_of(text):
    journey = read_journey("journey.yaml", text.encode())
    assert isinstance(journey, Journey), journey
    return journey


ALL = journey_of(EVERYTHING)

TRICKY = [
    "",
    "no",
    "1e5",
    "12:30",
    "0x10",
    "-0",
    "null",
    "~",
    "on",
    "1_000",
    "# x",
    "a: b",
    "- a",
    "{{x}}",
    "<<",
    "=",
    ".5",
]
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True).filter(
    lambda name: name not in {"end", "join", "wait", "skip"}
)
TEXTS = st.one_of(st.sampled_from(TRICKY), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
SPANS = st.from_regex(r"[1-9][0-9]{0,3}(ms|s|m|h|d|w)", fullmatch=True)
PLAIN = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**17), 10**17),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
VALUES = st.dictionaries(NAMES, PLAIN, max_size=3)
STEPS = st.one_of(
    st.builds(ProposeStep, NAMES, NAMES, NAMES, VALUES).map(lambda step: JourneyStep(propose=step)),
    st.builds(WaitStep, SPANS, st.sampled_from([None, "09:00"])).map(lambda step: JourneyStep(wait=step)),
    st.builds(Awaited, TEXTS, NAMES, TEXTS, VALUES).map(
        lambda one: JourneyStep(wait_for=WaitForStep((one,), "1d", "end"))
    ),
    st.builds(Case, TEXTS, NAMES).map(lambda case: JourneyStep(branch=BranchStep((case,), "end"))),
    st.builds(Share, NAMES, st.floats(0.1, 9), NAMES).map(lambda share: JourneyStep(split=SplitStep((share, share)))),
    st.builds(AskStep, NAMES, TEXTS, st.dictionaries(NAMES, NAMES, min_size=1, max_size=3), SPANS, NAMES).map(
        lambda step: JourneyStep(ask=step)
    ),
    VALUES.map(lambda values: JourneyStep(sets=values)),
    st.builds(EndStep, NAMES).map(lambda step: JourneyStep(end=step)),
)
ENTRIES = st.one_of(
    st.builds(EntryRule, signal=TEXTS, when=st.one_of(st.none(), TEXTS), key=TEXTS, sets=VALUES),
    st.builds(EntryRule, schedule=st.builds(Schedule, NAMES, st.just("23:59"))),
)
JOURNEYS = st.builds(
    Journey,
    NAMES,
    TEXTS,
    st.dictionaries(NAMES, STEPS, min_size=1, max_size=5),
    entries=st.lists(ENTRIES, max_size=2).map(tuple),
    priority=st.integers(0, 100),
    goal=st.one_of(st.none(), st.builds(Ending, signal=TEXTS, when=TEXTS)),
    exits=st.dictionaries(NAMES, st.builds(Ending, signal=TEXTS, description=TEXTS), max_size=2),
)


@settings(max_examples=60, deadline=None)
@given(JOURNEYS)
@pytest.mark.parametrize("write", [journey_yaml, journey_json])
def test_a_journey_written_out_and_read_back_is_the_same(write, journey):
    again = journey_of(write(journey))
    assert again == journey
    assert list(again.steps) == list(journey.steps)
    assert journey_version(again) == journey_version(journey)


def test_yaml_is_as_people_write_it():
    text = journey_yaml(ALL)
    assert list(yaml.safe_load(text)) == ["name", "description", "entries", "reentry", "goal", "exits", "steps"]
    assert "&" not in re.sub(r"&& |> & ", "", text)
    assert json.loads(journey_json(ALL))["steps"]["pause"] == {"wait": {"for": "1d", "until": "09:00", "days": ["mon"]}}


def test_a_file_that_is_no_journey_is_told():
    problems = read_journey("x.json", b'{"name": "x", "description": "x", "steps": {"a": {"sett": {}}}}')
    assert isinstance(problems, list)
    (found,) = problems
    assert (found.file, found.remedy) == ("x.json", "did you mean 'set'?")


def parsed(journey, contacts=frozenset()):
    return ET.fromstring(bpmn(journey, contacts))  # noqa: S314 - our own document


def elements(root, tag):
    return root.findall(f".//{{{MODEL}}}{tag}")


def test_bpmn_holds_every_step_as_what_it_is():
    root = parsed(ALL, frozenset({"send_cart_reminder"}))
    found = {
        tag: sorted(each.get("id") for each in elements(root, tag))
        for tag in ("sendTask", "serviceTask", "userTask", "scriptTask", "callActivity", "eventBasedGateway", "parallelGateway",
                    "complexGateway", "exclusiveGateway", "boundaryEvent", "intermediateCatchEvent", "subProcess")
    }  # fmt: skip
    assert found == {
        "sendTask": ["step_remind"],
        "serviceTask": [],
        "userTask": ["step_over", "step_right"],
        "scriptTask": ["step_apologise"],
        "callActivity": ["step_other"],
        "eventBasedGateway": ["step_listen"],
        "parallelGateway": ["step_both"],
        "complexGateway": ["join_both"],
        "exclusiveGateway": ["outcome_other", "outcome_right", "step_divide", "step_weigh"],
        "boundaryEvent": ["denied_remind", "failed_remind", "held_remind", "late_over", "late_right"],
        "intermediateCatchEvent": [
            "again_denied_remind", "heard_0_listen", "heard_1_listen", "late_listen", "step_left", "step_moment", "step_pause",
            "until_pause",
        ],
        "subProcess": ["within_ending_goal", "within_ending_gone", "within_ending_many"],
    }  # fmt: skip
    assert {each.get("calledElement") for each in elements(root, "callActivity")} == {"journey_helper"}
    assert {each.text for each in elements(root, "timeDuration")} == {"P1D", "P3D", "PT0.5S", "PT2H", "P1W"}
    assert parsed(ALL).find(f".//{{{MODEL}}}serviceTask") is not None


def assert_sound(root):
    """Every id stands once, every reference leads somewhere, and every flow and shape is drawn."""
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    flows = {each.get("id"): each for each in elements(root, "sequenceFlow")}
    for flow in flows.values():
        assert {flow.get("sourceRef"), flow.get("targetRef")} <= set(ids)
    for tag in ("incoming", "outgoing"):
        assert sorted(each.text for each in elements(root, tag)) == sorted(flows)
    for name in ("signalRef", "errorRef", "escalationRef", "attachedToRef", "default"):
        assert {each.get(name) for each in root.iter() if each.get(name)} <= set(ids)
    drawn = {each.get("bpmnElement") for each in root.iter() if each.get("bpmnElement")}
    process = root.find(f"{{{MODEL}}}process")
    shown = {each.get("id") for each in process.iter() if each.get("id")}
    assert drawn == shown | {process.get("id")}
    for edge in root.iter(f"{{{DI}}}BPMNEdge"):
        assert len(edge) >= 2


@pytest.mark.parametrize("text", [EVERYTHING, HELPER])
def test_bpmn_is_sound(text):
    assert_sound(parsed(journey_of(text)))


@settings(max_examples=40, deadline=None)
@given(JOURNEYS)
def test_diagrams_of_any_journey_are_sound_whatever_its_texts_say(journey):
    assert_sound(parsed(journey))
    lines = mermaid(journey).splitlines()
    assert lines[0] == "flowchart TD"
    shape = r'\w+(\(\[|\[\[|\{\{|\[/|\[|\{)"[\w .,:()%;#…-]*"(\]\)|\]\]|\}\}|/\]|\]|\})'
    arrow = r'\w+( --> | -->\|"[\w .,:()%;#…-]*"\| | -\. "[\w .,:()%;#…-]*" \.-> )\w+'
    for line in lines[1:]:
        assert re.fullmatch(rf"    ({shape}|{arrow})", line), line


def test_no_two_shapes_of_a_diagram_lie_on_one_another():
    bounds = [
        tuple(int(each.get(name)) for name in ("x", "y", "width", "height"))
        for shape in parsed(ALL).iter(f"{{{DI}}}BPMNShape")
        for each in shape
        if not shape.get("bpmnElement").startswith(
            ("within_", "ending_", "ended_", "denied_", "held_", "failed_", "late_")
        )
    ]
    for number, (x, y, width, height) in enumerate(bounds):
        for left, top, wide, high in bounds[number + 1 :]:
            assert x + width <= left or left + wide <= x or y + height <= top or top + high <= y


def test_mermaid_says_what_happens_when_nothing_comes_of_a_step():
    text = mermaid(ALL)
    assert '    step_remind -. "held" .-> step_pause\n' in text
    assert '    step_remind -. "denied" .-> again_denied_remind\n' in text
    assert '    step_divide -->|"control 10.0% (control)"| step_finish\n' in text


@pytest.mark.parametrize(
    ("span", "duration"), [("15m", "PT15M"), ("7d", "P7D"), ("2w", "P2W"), ("1500ms", "PT1.5S"), ("007s", "PT7S")]
)
def test_spans_are_written_as_durations(span, duration):
    assert iso_duration(span) == duration
