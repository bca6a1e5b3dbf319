"""What a change brings with it, so that nothing told twice contradicts itself."""

import pytest

from xop.kernel.hindsight.altered import altered, value_at

CONTEXT = {
    "consent": {"permitted": False, "code": "withdrawn", "basis": "consent"},
    "contact": {"do_not_contact": True, "suppressed": True, "suppressed_by": ["support", "complaint"]},
    "care": {"support": True, "complaint": True, "vulnerable": False},
    "flags": ["support", "complaint", "do_not_contact", "vip"],
    "assurance": {"level": 2, "method": "pin"},
    "arguments": {"note": "x"},
}


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({"consent.permitted": True}, "consent.code", "granted"),
        ({"contact.do_not_contact": False}, "flags", ["support", "complaint", "vip"]),
        ({"contact.suppressed_by": ["support"]}, "care.complaint", False),
        ({"contact.suppressed_by": ["support"]}, "flags", ["support", "do_not_contact", "vip"]),
        ({"contact.suppressed_by": []}, "contact.suppressed", False),
        ({"care.support": False}, "contact.suppressed_by", ["complaint"]),
        ({"flags": ["vip"]}, "care.support", False),
        ({"flags": ["vip"]}, "contact.suppressed", False),
        ({"flags": ["vip"]}, "contact.do_not_contact", False),
        ({"assurance.level": 0}, "assurance.method", ""),
        ({"assurance.level": 3}, "assurance.method", "pin"),
        ({"arguments.note": None}, "arguments.note", None),
        ({"facts.score": 5}, "facts.score", 5),
    ],
)
def test_what_follows_from_a_change_changes_with_it(changes, path, value):
    assert value_at(altered(CONTEXT, changes), path) == value


def test_a_withdrawal_and_an_objection_are_told_apart():
    granted = {"consent": {"permitted": True, "code": "granted", "basis": "consent"}}
    needless = {"consent": {"permitted": True, "code": "not_needed", "basis": "contract"}}
    assert value_at(altered(granted, {"consent.permitted": False}), "consent.code") == "unknown"
    assert value_at(altered(needless, {"consent.permitted": False}), "consent.code") == "objected"


def test_the_context_that_was_stays_as_it_was():
    before = repr(CONTEXT)
    altered(CONTEXT, {"care.support": False, "consent.permitted": True, "a.b.c": 1})
    assert repr(CONTEXT) == before
