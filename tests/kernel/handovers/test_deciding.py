"""Whatever handover command meets whatever state, `decide` never raises, gives the same step twice, and ends well."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.counter import FAY, QUEUES, release_with
from tests.kit.harbour import BOT, MINUTE, NOON, OLGA, OTTO, SHY_BOT, proposal, signal
from xop.kernel.base.actor import Actor
from xop.kernel.base.json import canonical
from xop.kernel.base.values import Known
from xop.kernel.commands import Accept, Decline, Escalate, HandBack, HandOver
from xop.kernel.context.customer import new_customer
from xop.kernel.conversations.model import Tried
from xop.kernel.decide import decide
from xop.kernel.fold import fold
from xop.kernel.handovers.model import Suggestion, TranscriptReference, is_open
from xop.kernel.moment import Moment
from xop.kernel.steps.queueing import DESK, timer_key

RULES = release_with(
    {
        **QUEUES,
        "care": {**QUEUES["care"], "capacity": 3, "handling": "1h", "declines": 2},
        "night": {"roles": ["care"], "hours": [{"from": "18:00", "to": "06:00"}], "fallback": {"queue": "care"}},
        "round": {"roles": ["finance"], "escalation": "circle", "fallback": {"queue": "circle"}},
        "circle": {"roles": ["finance"], "escalation": "round", "fallback": {"queue": "round"}, "capacity": 1},
    },
    most=2,
)

actors = st.sampled_from([BOT, SHY_BOT, OLGA, OTTO, FAY, Actor("agent", "nobody"), Actor("trigger", "t")])
texts = st.sampled_from(["", "refund", "x" * 100])
suggestions = st.sampled_from([Suggestion("a", "issue_credit", {"cents": 1}), Suggestion("b", "none"), Suggestion("c")])


@st.composite
def commands(draw, number: int, customer: Any) -> Any:
    handovers = [*customer.view.handovers.values()]
    name = draw(st.sampled_from([*(each.id for each in handovers), "hnd_nothing"]))
    dues = [0, *(each.due for each in handovers)]
    actor = draw(actors)
    kinds = [
        signal(number, draw(st.sampled_from(["call.started", "call.ended"])), "email:a@harbour.test", call="c1"),
        proposal(number, "issue_credit", actor, conversation="c1", cents=100),
        HandOver(
            f"h{number}",
            actor,
            draw(st.sampled_from(["c1", "c2", ""])),
            draw(st.sampled_from([*RULES.queues, "", "moon"])),
            draw(texts),
            draw(texts),
            draw(st.sampled_from([(), (TranscriptReference("vcon:1"),)])),
            draw(st.sampled_from([(), (Tried("walk", "done"),)])),
            tuple(draw(st.lists(suggestions, max_size=3))),
            urgent=draw(st.booleans()),
            anyway=draw(st.booleans()),
        ),
        Accept(f"a{number}", actor, name),
        Decline(f"d{number}", actor, name, draw(texts)),
        HandBack(
            f"b{number}",
            actor,
            name,
            draw(st.sampled_from(["resolved", "other"])),
            draw(st.sampled_from(["agent", "journey", "person"])),
            facts=draw(st.dictionaries(st.sampled_from(["a", "b.c"]), st.integers(), max_size=2)),
        ),
        Escalate(f"e{number}", name, draw(st.sampled_from(dues))),
    ]
    return draw(st.sampled_from(kinds))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_run_of_commands_steps_without_raising_and_the_same_way_twice(drawn):
    customer, at = new_customer("cus_a"), NOON
    timers: dict[str, int] = {}
    first = signal("first", "call.started", "email:a@harbour.test", call="c1")
    for number in range(drawn.draw(st.integers(1, 14))):
        command = first if number == 0 else drawn.draw(commands(number, customer))
        at += drawn.draw(st.sampled_from([1, MINUTE, 60 * MINUTE]))
        waiting = {"care": drawn.draw(st.sampled_from([0, 3])), "circle": drawn.draw(st.sampled_from([0, 1]))}
        moment = Moment(at, number, "cus_a", {DESK: Known(waiting, at, DESK)})
        step, again = (decide(RULES, customer, command, moment) for _ in range(2))
        assert canonical([step.facts, step.decision]) == canonical([again.facts, again.decision])
        assert step.effects == again.effects
        if step.refusal is not None:
            assert (step.facts, step.effects) == ((), ())
        folded = customer
        for fact in step.facts:
            folded = fold(folded, fact, "cus_a", at)
        assert (step.after or customer) == folded
        customer = folded
        for effect in step.effects:
            key = getattr(effect, "key", "")
            if key.startswith(timer_key("")):
                timers[key] = getattr(effect, "due", 0)
        _stands_well(customer.view, timers)


def _stands_well(part: Any, timers: dict[str, int]) -> None:
    """Whatever waits has a moment at which it goes on, a conversation in no more than one place, and somebody who holds it."""
    opened = [each for each in part.handovers.values() if is_open(each)]
    named = [each.conversation for each in opened if each.conversation]
    assert len(named) == len({*named})
    for each in part.handovers.values():
        assert is_open(each) or not timers.get(timer_key(each.id), 0)
    for each in opened:
        assert timers.get(timer_key(each.id), 0) == each.due
        assert each.due or each.status == "accepted"
        conversation = part.conversations.get(each.conversation)
        if conversation is not None:
            assert conversation.held_by == (each.accepted_by or f"queue:{each.queue}")
