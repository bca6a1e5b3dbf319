"""`decide` is pure and never raises: whatever command that validated meets whatever state."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.harbour import BOT, NOON, OLGA, OTTO, SHY_BOT, WEB, ids, release
from xop.kernel.base.actor import Actor
from xop.kernel.base.json import canonical
from xop.kernel.commands import (
    Approval,
    Deadline,
    Execution,
    Merge,
    Outcome,
    Proposal,
    Reconciliation,
    Reconsideration,
    Signal,
    Unmerge,
)
from xop.kernel.context.customer import new_customer
from xop.kernel.decide import decide
from xop.kernel.fold import fold
from xop.kernel.moment import Moment

RULES = release()

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = [
    "path",
    "name",
    "zone",
    "plan",
    "call",
    "level",
    "channel",
    "id",
    "purpose",
    "reason",
    "cents",
    "until",
    "proof",
]
values = json_values | st.sampled_from(["/cancel", "marketing", "email", "sms", "c1", "p1", "Asia/Tokyo", 9000, 10, 2])
data = st.dictionaries(st.sampled_from(fields), values, max_size=4)
actors = st.sampled_from(
    [BOT, SHY_BOT, OLGA, OTTO, WEB, Actor("agent", "nobody"), Actor("trigger", "t"), Actor("partner", "x")]
)
identifiers = st.sampled_from(
    [ids("account:a"), ids("email:a@harbour.test", "cookie:c"), ids("phone:+442071838750"), ids("moon:1")]
)
numbers = st.integers(0, 1000)


@st.composite
def commands(draw, invocations: list[str]) -> Any:
    number = draw(numbers)
    name = draw(st.sampled_from([*invocations, "inv_nothing"]))
    kinds = [
        Signal(
            f"s{number}",
            draw(st.sampled_from([*RULES.signals, "no.such"])),
            "test",
            NOON + number,
            WEB,
            draw(identifiers),
            draw(data),
        ),
        Proposal(
            f"p{number}",
            draw(actors),
            draw(st.sampled_from([*RULES.actions, "nothing"])),
            draw(data),
            draw(st.sampled_from([None, "marketing", "moon"])),
            draw(st.sampled_from([None, "c1"])),
        ),
        Reconsideration(f"r{number}", name),
        Approval(f"a{number}", draw(actors), name, draw(st.booleans())),
        Execution(f"e{number}", name, 1),
        Outcome(
            f"o{number}", name, draw(st.integers(1, 9)), draw(st.sampled_from(["done", "retry", "failed", "uncertain"]))
        ),
        Reconciliation(f"c{number}", draw(actors), name, draw(st.sampled_from(["resend", "done", "drop"]))),
        Deadline(f"d{number}", draw(st.sampled_from(["p1", "nothing"]))),
        Merge(f"m{number}", OLGA, "cus_b"),
        Unmerge(f"u{number}", OLGA, "cus_b"),
    ]
    return draw(st.sampled_from(kinds))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_run_of_commands_steps_without_raising_and_the_same_way_twice(drawn):
    customer, other = new_customer("cus_a"), new_customer("cus_b")
    invocations: list[str] = []
    for number in range(drawn.draw(st.integers(1, 12))):
        command = drawn.draw(commands(invocations))
        moment = Moment(
            NOON + number * drawn.draw(st.sampled_from([1, 60_000, 86_400_000])), drawn.draw(numbers), "cus_a"
        )
        step = decide(RULES, customer, command, moment, other)
        again = decide(RULES, customer, command, moment, other)
        assert canonical([step.facts, step.decision, step.evidence]) == canonical(
            [again.facts, again.decision, again.evidence]
        )
        assert step.effects == again.effects
        if step.refusal is not None:
            assert (step.facts, step.effects, step.decision) == ((), (), None)
        folded = customer
        for fact in step.facts:
            folded = fold(folded, fact, "cus_a", moment.at)
        assert (step.after or customer) == folded
        customer = folded
        invocations = list(customer.view.invocations)


@settings(max_examples=100, deadline=None)
@given(actors, st.sampled_from([*RULES.actions]), data)
def test_nothing_is_permitted_about_a_customer_nothing_is_known_of_but_what_needs_no_consent(actor, action, arguments):
    step = decide(RULES, new_customer("cus_a"), Proposal("p1", actor, action, arguments), Moment(NOON, 1, "cus_a"))
    if step.decision is not None and step.decision.verdict == "permit":
        compiled = RULES.actions[action].action
        assert compiled.kind != "contact" or compiled.channel == "web"
        assert RULES.purposes[compiled.purpose].basis != "consent"
        assert compiled.assurance == 0
