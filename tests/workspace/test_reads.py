"""Reads: what a workspace may write of them, and what is said of mistakes."""

import json

import pytest

from tests.kit.airline import FACTS, READS, Archive, airline, files, kinds
from xop.kernel.release import Release
from xop.workspace import compile_workspace


def told(reads=READS, facts=FACTS, **needed):
    """Return what is wrong with the airline's reads or facts."""
    found = compile_workspace(files(reads, facts, **needed), kinds(Archive({})))
    assert isinstance(found, list), "the files compile"
    assert {each.file for each in found} == {"facts.yaml"}
    return [f"{each.cause}; {each.remedy}" for each in found]


def test_an_action_knows_all_it_needs_read_each_after_what_it_needs_itself():
    release = airline(Archive({}))
    assert [read.name for read in release.actions["cancel"].reads] == ["booking", "legs"]
    assert {read.name for read in release.actions["refund"].reads} == {"booking", "owner", "legs"}
    assert release.actions["refund"].reads[0].name == "booking"
    assert [fact.source.name for fact in release.actions["refund"].computed][-1] == "generous"
    assert release.actions["greet"].reads == ()


@pytest.mark.parametrize(
    ("changed", "cause", "remedy"),
    [
        ({"action": "get_bokking"}, "no action 'get_bokking'", "get_booking"),
        ({"action": "cancel"}, "is a write, not a read", "kind `read`"),
        ({"with": {"id": "{{reads.bookin.user}}"}}, "undefined field 'bookin'", "booking"),
        ({"with": {"id": "{{reads.booking.usr}}"}}, "undefined field 'usr'", "user"),
        ({"with": {"id": "{{each.id}}"}}, "undeclared reference to 'each.id'", "arguments"),
        ({"with": {"id": "{{read.id}}"}}, "undeclared reference to 'read.id'", "reads"),
        ({"with": {"id": "{{dyn(reads).size()}}"}}, "as a whole", "`reads.name`"),
        ({"with": {"id": "1", "name": "2"}}, "takes no argument 'name'", "id"),
        ({"with": {}}, "needs the argument 'id'", "add `id: …`"),
        ({"max_age": "soon"}, "does not fit", "15m"),
        ({"using": {}}, "is no field", "with"),
    ],
)
def test_a_wrong_read_is_told(changed, cause, remedy):
    (said,) = told(READS | {"owner": READS["owner"] | changed})
    assert cause in said
    assert remedy in said


def test_a_list_that_is_no_expression_is_told():
    (said,) = told(READS | {"legs": READS["legs"] | {"each": "reads.booking.flights +"}})
    assert "ends too early" in said


def test_reads_that_wait_for_one_another_are_told_with_the_way():
    asking = {
        name: {"action": "get_user", "with": {"id": f"{{{{reads.{other}.id}}}}"}} for name, other in ("ab", "bc", "ca")
    }
    (said,) = told(READS | asking)
    assert "the read waits for itself: " in said
    assert any(way in said for way in ("a → b → c → a", "b → c → a → b", "c → a → b → c"))


def test_facts_that_wait_for_one_another_are_told_with_the_way():
    facts = {"a": {"type": "bool", "value": "facts.b"}, "b": {"type": "bool", "value": "!facts.a"}}
    (said,) = told(facts=FACTS | facts)
    assert "the fact waits for itself: " in said
    assert "a → b" in said


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("reads.ownr.tier == 'x'", "undefined field 'ownr'"),
        ("facts.godl", "undefined field 'godl'"),
        ("facts.paid", "x"),
        ("size(dyn(facts)) > 0", "as a whole"),
    ],
)
def test_a_fact_of_what_there_is_not_is_told(value, cause):
    if value == "facts.paid":
        value, cause = "facts.paid && true", "no matching overload"
    (said,) = told(facts=FACTS | {"odd": {"type": "bool", "value": value}})
    assert cause in said


def test_a_read_named_like_a_read_action_that_a_fact_calls_is_told():
    facts = FACTS | {"tier": {"type": "string", "value": "read.tier", "read": "get_user"}}
    (said,) = told(READS | {"get_user": READS["owner"]}, facts)
    assert "'get_user' is also the read action" in said


def test_a_read_action_may_have_a_fact_that_reads_by_it():
    made = files()
    action = json.loads(made["actions/get_booking.yaml"])
    made["actions/get_booking.yaml"] = json.dumps(action | {"facts": ["flown"]}).encode()
    release = compile_workspace(made, kinds(Archive({})))
    assert isinstance(release, Release)
    assert [read.name for read in release.actions["get_booking"].reads] == ["booking", "legs"]
