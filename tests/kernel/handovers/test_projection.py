"""A projection of a packet is never over its budget, whatever is in the packet."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xop.kernel.base.json import canonical
from xop.kernel.conversations.model import Tried
from xop.kernel.handovers.model import TranscriptReference
from xop.kernel.handovers.packet import (
    Barred,
    ConsentTold,
    ConversationTold,
    IdentityTold,
    IntentTold,
    NextStep,
    Packet,
    PromiseTold,
)
from xop.kernel.handovers.projection import project

LINK = "/v1/handovers/hnd_0123456789abcdef01234567/packet?token=" + "x" * 160

texts = st.text(max_size=200) | st.text(alphabet='aé漢😀"\\\n', max_size=400)
moments = st.integers(0, 2**45)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
verdicts = st.sampled_from(["permit", "deny", "hold", "unknown", ""])


def tuples(strategy: st.SearchStrategy[Any], most: int = 25) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=most).map(tuple)


packets = st.builds(
    Packet,
    handover=texts,
    customer=texts,
    queue=texts,
    status=texts,
    at=moments,
    handed_over_at=moments,
    handed_over_by=texts,
    conversation=st.builds(ConversationTold, id=texts, open=st.booleans(), topic=texts),
    intent=st.builds(IntentTold, name=texts, status=texts),
    identity=st.builds(IdentityTold, known=st.booleans(), method=texts),
    summary=st.text(max_size=8000) | texts,
    identifiers=tuples(texts),
    circumstances=tuples(texts, 5),
    barred=tuples(st.builds(Barred, action=texts, verdict=verdicts, code=texts, reasons=tuples(texts, 3))),
    promises=tuples(st.builds(PromiseTold, id=texts, what=texts, status=texts, made_at=moments)),
    next=tuples(
        st.builds(
            NextStep, by=texts, title=texts, arguments=st.dictionaries(texts, json_values, max_size=3), reason=texts
        )
    ),
    tried=tuples(st.builds(Tried, what=texts, outcome=st.sampled_from(["done", "denied"]), detail=texts)),
    consents=tuples(st.builds(ConsentTold, purpose=texts, channel=texts, permitted=st.booleans(), code=texts)),
    transcript=tuples(st.builds(TranscriptReference, uri=texts)),
    missing=tuples(texts, 6),
)


def whole_of(packet: Packet) -> dict[str, Any]:
    return json.loads(canonical(packet))


@settings(max_examples=200, deadline=None)
@given(packet=packets, budget=st.sampled_from([4096, 32_768]) | st.integers(0, 40_000))
def test_a_projection_is_never_over_its_budget_and_says_what_it_leaves_out(packet, budget):
    projected = project(packet, budget, LINK)
    assert len(projected) <= budget
    if budget < 2:
        return
    told = json.loads(projected.decode())
    whole = whole_of(packet)
    rest = told.pop("rest", None)
    if rest is None:
        assert told in (whole, {})
        return
    assert rest.get("link", LINK) == LINK
    for name, value in whole.items():
        if told.get(name) != value:
            assert name in rest["cut"]
    for name, value in told.items():
        if isinstance(value, list):
            assert [each for each in whole[name] if each in value]
        elif name == "summary" and value != whole[name]:
            assert value.endswith("…")
            assert whole[name].startswith(value[:-1])
        else:
            assert value == whole[name]


@settings(max_examples=100, deadline=None)
@given(packet=packets)
def test_four_kilobytes_always_hold_the_link_to_the_rest(packet):
    told = json.loads(project(packet, 4096, LINK))
    assert "rest" not in told or told["rest"]["link"] == LINK


def packet_with(**parts: Any) -> Packet:
    known: dict[str, Any] = {
        "handover": "hnd_1",
        "customer": "cus_1",
        "queue": "care",
        "status": "waiting",
        "at": 1,
        "handed_over_at": 1,
        "handed_over_by": "agent:bot",
        "conversation": ConversationTold("c1", open=True),
        "intent": IntentTold("refund"),
        "identity": IdentityTold(known=True, level=2),
    }
    return Packet(**{**known, **parts})


def test_what_matters_most_is_kept_when_there_is_little_room():
    packet = packet_with(
        summary="s" * 5000,
        barred=tuple(Barred(f"act_{number}", "deny", "rule") for number in range(40)),
        tried=tuple(Tried(f"look_{number}", "done", number) for number in range(40)),
        transcript=tuple(TranscriptReference(f"vcon:{number}") for number in range(40)),
    )
    told = json.loads(project(packet, 2048, LINK))
    assert {"handover", "customer", "queue", "intent", "summary", "identity", "barred", "tried"} <= told.keys()
    assert [each["action"] for each in told["barred"]][:3] == ["act_0", "act_1", "act_2"]
    assert told["rest"]["link"] == LINK
    assert {"summary", "barred", "tried", "transcript"} <= {*told["rest"]["cut"]}


@pytest.mark.parametrize("budget", [4096, 32_768])
def test_a_packet_that_fits_is_told_whole(budget):
    packet = packet_with(summary="All is said.")
    assert json.loads(project(packet, budget, LINK)) == whole_of(packet)


def test_room_that_naming_everything_would_have_taken_is_used():
    packet = packet_with(
        summary="s" * 300, tried=tuple(Tried(f"look_{number}", "done", number) for number in range(30))
    )
    told = json.loads(project(packet, 1400, LINK))
    assert told["rest"]["cut"] == ["tried"]
    assert 1400 - len(project(packet, 1400, LINK)) < 60


def test_no_budget_is_exceeded_by_a_byte():
    packet = packet_with(
        summary="s" * 1500,
        circumstances=("a",),
        language="en",
        missing=("b",),
        identifiers=("i",),
        promises=(PromiseTold("p", "w", "open", 1),),
        tried=tuple(Tried("x" * number, "done") for number in range(1, 9)),
        transcript=(TranscriptReference("u"),),
    )
    for budget in range(300, 2500):
        assert len(project(packet, budget, "l" * 20)) <= budget
