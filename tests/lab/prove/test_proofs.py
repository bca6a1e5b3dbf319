"""Invariants are proved, or a request that breaks them is shown and judged by the engine itself."""

import pytest
from msgspec.structs import replace

from tests.lab.prove.material import HEAD, LIMIT, bank, declared, edited, invariant, proof, report
from xop.lab.prove.examination import examine
from xop.lab.prove.proofs import breaks
from xop.lab.prove.terrain import survey
from xop.lab.prove.witness import replay
from xop.workspace.invariants import BASELINE_FILE, baseline_invariants, read_invariants

pytest.importorskip("z3")

LARGE = "context.arguments has cents && context.arguments.cents > 5000 && !context.approved"
CEILING = f"""
@id("pay.ceiling") @message("Too much.")
forbid({HEAD}) when {{ context.arguments has cents && context.arguments.cents >= 50000 }};
"""


def test_a_rule_that_keeps_an_invariant_proves_it():
    found = proof(bank(LIMIT), invariant(LARGE, over="{actions: [pay]}"))
    assert (found.result, found.witness, found.why) == ("proved", None, "")


def test_a_planted_hole_is_found_with_a_request_the_engine_confirms():
    release = bank(LIMIT.replace("principal,", "principal is Agent,"))
    text = invariant(LARGE, over="{actions: [pay]}")
    found = proof(release, text)
    assert found.result == "counterexample"
    assert found.witness is not None
    asked = found.witness.request
    assert (asked.action, asked.principal_type) == ("pay", "Operator")
    assert asked.principal == "olga", "nobody else of this release may pay and is no agent"
    assert asked.context["arguments"]["cents"] > 5000
    replayed = replay(survey(release), asked)
    assert replayed.agreed
    assert replayed.verdict == found.witness.verdict
    assert replayed.verdict.outcome == "permit"
    (the_invariant,) = declared(release, text)
    assert breaks(survey(release), the_invariant, found.witness)
    small = replace(asked, context={**asked.context, "arguments": {"cents": 5}})
    assert not breaks(survey(release), the_invariant, replace(found.witness, request=small))


def test_a_limit_that_is_off_by_one_is_found_at_the_very_number():
    found = proof(bank(LIMIT.replace("> 5000", "> 5001")), invariant(LARGE, over="{actions: [pay]}"))
    assert found.witness is not None
    assert found.witness.request.context["arguments"]["cents"] == 5001


def test_an_invariant_speaks_of_the_named_principals_only():
    release = bank(LIMIT.replace("principal,", "principal is Agent,"))
    assert proof(release, invariant(LARGE, over="{actions: [pay], principals: [Agent]}")).result == "proved"
    assert proof(release, invariant(LARGE, over="{actions: [pay], principals: [Trigger]}")).result == "counterexample"


@pytest.mark.parametrize(
    ("says", "result"),
    [
        ("never: permit", "proved"),
        ("always: hold", "counterexample"),
        ("always: deny", "counterexample"),
        ("never: deny", "counterexample"),
    ],
)
def test_an_invariant_names_what_never_or_always_happens(says, result):
    assert proof(bank(LIMIT), invariant(LARGE, says, "{actions: [pay]}")).result == result


def test_a_forbid_is_proved_to_deny_always():
    when = "context.arguments has cents && context.arguments.cents >= 50000"
    assert proof(bank(CEILING), invariant(when, "always: deny", "{actions: [pay]}")).result == "proved"


def test_a_number_beyond_64_bits_denies_and_so_breaks_what_must_not_be_denied():
    adds = f"""
@id("pay.adds") @message("Adds up.") @outcome("hold") @until("approval") @approver("supervisor")
forbid({HEAD}) when {{ context.arguments has cents && context.facts.owed + context.arguments.cents > 100 }};
"""
    text = invariant(
        "context.actor.granted && context.actor.purpose_allowed && context.consent.permitted"
        " && context.actor.engaged && context.actor.within_budget && !context.halted",
        "never: deny",
        "{actions: [pay], principals: [Agent]}",
    )
    found = proof(bank(adds), text)
    assert found.witness is not None
    assert "overflow" in (found.witness.verdict.error or "") or "64 bits" in (found.witness.verdict.error or "")


def test_what_an_earlier_release_let_in_is_part_of_the_proof():
    found = proof(bank(), invariant("!(context.arguments has cents)", over="{actions: [pay], principals: [Operator]}"))
    assert found.result == "counterexample"
    assert found.witness is not None
    assert found.witness.carried
    assert found.witness.request.context["stage"] != "proposal"


def test_an_invariant_that_no_request_meets_says_so():
    found = proof(bank(), invariant('context.kind == "contact"', over="{actions: [pay]}"))
    assert found.result == "proved"
    assert found.why == "no request is like this at all"


def test_what_cannot_be_encoded_is_never_called_proved_nor_broken_without_the_engine():
    open_rule = f'@id("pay.open") @message("m") forbid({HEAD}) when {{ {{a: context.arguments has cents}}.a }};'
    kept = proof(bank(open_rule), invariant("context.arguments has cents", over="{actions: [pay]}"))
    assert kept.result == "unknown"
    assert "left open" in kept.why
    broken = proof(bank(open_rule), invariant("!(context.arguments has cents)", over="{actions: [pay]}"))
    assert broken.result == "counterexample", "here the engine confirms what the solver guessed"


def test_the_invariants_of_the_baseline_hold_in_any_workspace():
    problems: list = []
    for release in (bank(), bank(files=edited("actions/tell.yaml", "other_purposes: [service]", ""))):
        found = read_invariants(baseline_invariants(), release, problems, BASELINE_FILE, "xop.")
        assert problems == []
        proofs = examine(survey(release), found).proofs
        assert {each.result for each in proofs} == {"proved"}
        assert all(each.invariant.startswith("xop.") for each in proofs)


def test_an_action_that_nobody_is_let_do_is_named():
    everybody = f'@id("pay.never") @message("m") forbid({HEAD});'
    assert report(bank(everybody)).nobody == ("pay",)
    assert report(bank()).nobody == ()
