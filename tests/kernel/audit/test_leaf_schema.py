"""The schema of leaves: what could identify somebody, or could not be read for certain, never gets into the log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from xop.kernel.audit.code import WITHHELD, code, is_code
from xop.kernel.audit.leaf import Leaf, completed, subject_of
from xop.kernel.audit.schema import LeafRefused, check_leaf
from xop.kernel.base.json import canonical
from xop.kernel.log.bundle import LONGEST_LEAF

SUBJECT = subject_of(b"s" * 32, "log.example/1", person=True)
LEAF = Leaf(
    type="decision",
    name="dec_1",
    at=1_795_165_201_000,
    release="rel_abcdefgh234567",
    members={"outcome": "deny", "reasons": ["contact.open_case"], "action": {"name": "send_offer", "version": 2}},
    invocation="inv_1",
    evidence="dec_1",
)


def written(**members) -> bytes:
    return completed(replace(LEAF, members={**LEAF.members, **members}), SUBJECT, b"{}", b"{}")


def test_a_leaf_of_a_decision_fits_and_is_canonical():
    check_leaf(written())


def test_a_leaf_names_neither_the_decision_nor_the_invocation_of_the_ledger():
    assert b"dec_1" not in written()
    assert b"inv_1" not in written()


@pytest.mark.parametrize(
    "members",
    [
        {"note": "called_twice"},
        {"action": {"name": "send_offer", "version": 2, "to": "home"}},
        {"attempt": 1.5},
        {"attempt": -1},
        {"attempt": True},
        {"code": "the customer asked twice"},
        {"code": "ann@example.com"},
        {"code": "x+4917012345678"},
        {"code": "x4917012345678"},
        {"code": "x-49-170-12-34-56-78"},
        {"code": "DE89370400440532013000"},
        {"reasons": ["fine", "not so fine"]},
        {"reasons": "fine"},
        {"type": "gossip"},
        {"time": "yesterday"},
        {"release": "+4917012345678"},
        {"shadow": "yes"},
        {"code": None},
        {"code": "é"},
    ],
)
def test_what_is_not_in_the_schema_is_refused(members):
    with pytest.raises(LeafRefused):
        check_leaf(written(**members))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        written().replace(b":", b": ", 1),
        written()[:-1] + b',"code":"a","code":"b"}',
        canonical({"outcome": "deny"}),
    ],
)
def test_bytes_that_are_no_canonical_leaf_are_refused(body):
    with pytest.raises(LeafRefused):
        check_leaf(body)


def test_a_leaf_too_long_for_a_bundle_is_refused():
    with pytest.raises(LeafRefused, match="at most"):
        check_leaf(written(reasons=["a_reason"] * (LONGEST_LEAF // 10)))


def test_a_refusal_never_repeats_what_it_refuses():
    with pytest.raises(LeafRefused) as refused:
        check_leaf(written(code="ann@example.com"))
    assert "ann" not in str(refused.value)


@given(st.text(max_size=60))
def test_any_name_of_a_workspace_becomes_a_code(name):
    told = code(name)
    assert is_code(told)
    assert told in {name, WITHHELD}


@pytest.mark.parametrize(
    "name",
    [
        "contact.quiet_hours",
        "agent:concierge",
        "llm-4-5-20251001",
        "model-2026-10-01",
        "thompson-0012345678ab",
        "a",
        "trigger:cart.left#2",
    ],
)
def test_names_that_machines_and_rules_have_are_told(name):
    assert code(name) == name


@pytest.mark.parametrize(
    "name", ["", "Ann Smith", "a.b@c.de", "p4917012345678", "p-0170-123-45-67", "1a", "a..b", "p#0170#123#45#67", "a#"]
)
def test_names_that_could_be_a_persons_are_withheld(name):
    assert code(name) == WITHHELD
