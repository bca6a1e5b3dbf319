"""Whatever is true of a customer: nothing denied wins, the holdout is left alone, and a choice can be taken again."""

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.choosing import BOUGHT, CREDIT, NOTICE, OFFER, WHO, choice, decision_set, release_of
from tests.kit.harbour import DAY, NOON, consent, signal
from xop.kernel.base.json import canonical
from xop.kernel.choices.considered import ARBITRATED
from xop.kernel.commands import Command, Lapse, Proposal
from xop.kernel.context.customer import Customer, new_customer
from xop.kernel.decide import decide
from xop.kernel.effects import Schedule
from xop.kernel.facts import ActionChosen, ChoiceAnswered
from xop.kernel.moment import Moment, Score, Scores
from xop.kernel.release import Release

PART = "cus_1"

TEXT = {
    "name": "text",
    "value": 80,
    "treatments": [
        {"name": "now", "action": "send_text", "when": "request.hurry"},
        {"name": "mail", "action": "send_offer", "weight": 0.8},
    ],
}
LIMIT = {"name": "limit", "value": 500, "treatments": [{"name": "raise", "action": "raise_limit"}]}
LARGE = {
    "name": "large",
    "value": 900,
    "treatments": [{"name": "big", "action": "issue_credit", "arguments": {"cents": 9000}}],
}
CANDIDATES = [OFFER, NOTICE, CREDIT, TEXT, LIMIT, LARGE]


@cache
def rules() -> Release:
    """Return a release with decision sets for every arm."""
    common: dict[str, Any] = {"candidates": CANDIDATES, "results": BOUGHT, "explore": {"rate": 0.5}}
    mixed = {"random": 0.3, "no_model": 0.3, "holdout": 0.2}
    return release_of(
        decision_set(**common | {"arms": mixed}),
        decision_set(**common, name="left_alone") | {"arms": {"random": 0, "no_model": 0, "holdout": 1}},
    )


def happenings() -> st.SearchStrategy[list[Command]]:
    """Return lists of things that change what may be done for a customer."""
    kinds: list[Command] = [
        signal("seen", "page.viewed", WHO, "email:k1@harbour.example", "phone:+447700900123", path="/"),
        consent("yes", "granted", "marketing", "email", WHO),
        consent("text", "granted", "marketing", "sms", WHO),
        consent("no", "withdrawn", "marketing", "email", WHO),
        signal("call", "call.started", WHO, call="c1"),
        signal("end", "call.ended", WHO, call="c1"),
        signal("mail1", "mail.sent", WHO, channel="email"),
        signal("mail2", "mail.sent", WHO, channel="sms"),
        signal("zone", "profile.changed", WHO, zone="Asia/Tokyo"),
    ]
    return st.lists(st.sampled_from(kinds), max_size=8)


SCORES = st.builds(
    lambda numbers: Scores(
        "m1", tuple(Score(each["name"], "", p, spread) for each, (p, spread) in zip(CANDIDATES, numbers, strict=False))
    ),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 3)), max_size=6),
)


def lived(happened: list[Command]) -> Customer:
    customer = new_customer(PART)
    for number, command in enumerate(happened):
        customer = decide(rules(), customer, command, Moment(NOON + number, number, PART)).after or customer
    return customer


@settings(max_examples=150, deadline=None)
@given(happenings(), SCORES, st.integers(0, 2**56), st.integers(0, 23), st.booleans())
def test_what_wins_is_permitted_at_that_very_moment(happened, scores, seed, hour, hurry):
    customer, moment = lived(happened), Moment(NOON + hour * 3_600_000, seed, PART, scores=scores)
    step = decide(rules(), customer, choice(1, request={"hurry": hurry}), moment)
    assert step.decision is not None
    proposals = [
        each.command for each in step.effects if isinstance(each, Schedule) and not isinstance(each.command, Lapse)
    ]
    winners = [each for each in step.decision.candidates if not each.fell]
    assert len(winners) == len(proposals) <= 1
    for proposal in proposals:
        assert isinstance(proposal, Proposal)
        ruled = decide(rules(), step.after or customer, proposal, moment)
        assert ruled.decision is not None
        assert ruled.decision.verdict == "permit"
        assert ruled.decision.invocation == step.decision.invocation
        assert proposal.action == winners[0].action == step.decision.action


@settings(max_examples=100, deadline=None)
@given(happenings(), SCORES, st.integers(0, 2**56))
def test_a_choice_taken_again_gives_the_same_bytes(happened, scores, seed):
    customer, moment = lived(happened), Moment(NOON, seed, PART, scores=scores)
    first = decide(rules(), customer, choice(1), moment)
    again = decide(rules(), lived(happened), choice(1), moment)
    assert canonical([first.facts, first.decision]) == canonical([again.facts, again.decision])


@settings(max_examples=60, deadline=None)
@given(happenings(), SCORES, st.integers(0, 2**56), st.booleans())
def test_nothing_is_ever_proposed_for_the_holdout(happened, scores, seed, propose):
    moment = Moment(NOON, seed, PART, scores=scores)
    step = decide(rules(), lived(happened), choice(1, "left_alone", propose=propose), moment)
    assert all(not isinstance(each.command, Proposal) for each in step.effects if isinstance(each, Schedule))
    [fact] = [each for each in step.facts if isinstance(each, ActionChosen)]
    assert (fact.chosen.candidate, fact.chosen.invocation, fact.chosen.probability) == ("", "", 1.0)


@settings(max_examples=100, deadline=None)
@given(happenings(), SCORES, st.integers(0, 2**56))
def test_every_candidate_is_accounted_for_and_probabilities_add_up(happened, scores, seed):
    step = decide(rules(), lived(happened), choice(1), Moment(NOON, seed, PART, scores=scores))
    assert step.decision is not None
    candidates = step.decision.candidates
    assert sorted(each.name for each in candidates) == sorted(each["name"] for each in CANDIDATES)
    ranked = [each for each in candidates if each.fell in ARBITRATED]
    assert sorted(each.rank for each in ranked) == list(range(1, len(ranked) + 1))
    assert all(each.rank == 0 == each.probability for each in candidates if each.fell not in ARBITRATED)
    total = sum(each.probability for each in ranked)
    if step.decision.candidates and step.decision.action:
        assert total <= 1 + 1e-9
    else:
        assert abs(total + step.decision.probability - 1) < 1e-6
    assert not any(each.name == "limit" for each in ranked), "its score could not be had, and unknown never permits"
    assert not any(each.name == "large" for each in ranked), "it would have to wait for an approval"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["ask", "sale", "lapse", "no"]), min_size=1, max_size=12), st.integers(0, 2**40))
def test_every_choice_is_answered_once(acts, seed):
    customer, at = lived(happened=[signal("seen", "page.viewed", WHO, "email:k1@harbour.example", path="/")]), NOON
    made: set[str] = set()
    answered: list[str] = []
    for number, act in enumerate(acts):
        at += DAY
        moment = Moment(at, seed + number, PART)
        if act == "ask":
            commands: list[Command] = [choice(number, propose=False)]
        elif act == "lapse":
            commands = [Lapse(f"lapse:{each}", each) for each in sorted(made)]
        else:
            candidate = "notice" if act == "sale" else "nothing"
            commands = [signal(number, "offer.bought", WHO, candidate=candidate)]
        for command in commands:
            step = decide(rules(), customer, command, moment)
            customer = step.after or customer
            made |= {each.chosen.id for each in step.facts if isinstance(each, ActionChosen)}
            answered += [each.chosen.id for each in step.facts if isinstance(each, ChoiceAnswered)]
    assert len(answered) == len(set(answered))
    assert set(answered) | set(customer.view.choices) == made
    assert not set(answered) & set(customer.view.choices)
