"""The order of a verdict: error, forbid, nobody permits, hold, permit."""

import pytest
from msgspec.structs import replace

from xop.kernel.policy.combine import combine
from xop.kernel.policy.model import Judgement, Rule, Terms, Verdict

RULES = {
    rule.id: rule
    for rule in (
        Rule("permit1", "permit", "m", "", obligations=("log", "mask")),
        Rule("permit2", "permit", "m", "", obligations=("mask", "notify")),
        Rule("forbid", "forbid", "m", ""),
        Rule("lead", "hold", "m", "", until="approval", approver="lead"),
        Rule("night", "hold", "m", "", until="quiet_hours_end"),
        Rule("boss", "hold", "m", "", until="approval", approver="boss"),
    )
}


@pytest.mark.parametrize(
    ("applied", "verdict"),
    [
        (("permit1", "permit2"), Verdict("permit", ("permit1", "permit2"), obligations=("log", "mask", "notify"))),
        ((), Verdict("deny")),
        (
            ("lead",),
            Verdict(
                "deny", overruled=(("lead", "nobody permits, so there is nothing to hold"),), asks=(("lead", Terms()),)
            ),
        ),
        (
            ("permit1", "lead", "night", "boss"),
            Verdict(
                "hold",
                ("lead", "night", "boss"),
                (("permit1", "a hold outranks a permit"),),
                ("approval", "quiet_hours_end"),
                ("lead", "boss"),
                asks=(("lead", Terms()), ("boss", Terms())),
            ),
        ),
        (
            ("permit1", "lead", "forbid"),
            Verdict(
                "deny",
                ("forbid",),
                (("permit1", "a forbid outranks it"), ("lead", "a forbid outranks it")),
                asks=(("lead", Terms()),),
            ),
        ),
        (("forbid",), Verdict("deny", ("forbid",))),
    ],
)
def test_the_stronger_rule_decides(applied, verdict):
    assert combine(RULES, Judgement(applied)) == verdict


def test_an_error_denies_whatever_applied():
    assert combine(RULES, Judgement(("permit1",), "no fact")) == Verdict("deny", error="no fact")


def test_a_rule_the_release_does_not_have_denies():
    verdict = combine(RULES, Judgement(("permit1", "ghost")))
    assert verdict.outcome == "deny"
    assert "ghost" in (verdict.error or "")


OBSERVED = RULES | {
    rule.id: rule
    for rule in (
        Rule("watch_forbid", "forbid", "m", "", halts="agent", shadow=True),
        Rule("watch_hold", "hold", "m", "", until="approval", approver="lead", shadow=True),
        Rule("watch_permit", "permit", "m", "", obligations=("log",), shadow=True),
    )
}


@pytest.mark.parametrize(
    ("applied", "observed", "would"),
    [
        (("permit1",), "watch_forbid", "deny"),
        (("permit1",), "watch_hold", "hold"),
        (("permit1",), "watch_permit", None),
        ((), "watch_permit", "permit"),
        ((), "watch_forbid", None),
        (("permit1", "lead"), "watch_forbid", "deny"),
        (("permit1", "forbid"), "watch_permit", None),
    ],
)
def test_a_rule_in_shadow_decides_nothing_and_tells_what_it_would_have(applied, observed, would):
    alone = combine(OBSERVED, Judgement(applied))
    with_it = combine(OBSERVED, Judgement((*applied, observed)))
    assert with_it.would == would
    assert with_it.overruled == (*alone.overruled, (observed, "it is only observed"))
    assert replace(with_it, overruled=alone.overruled, would=None) == alone
