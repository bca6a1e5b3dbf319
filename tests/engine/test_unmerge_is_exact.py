"""Whatever happened before a merge, an unmerge restores: context, timers, caps and queued requests.

And whatever happened during it went to the side it came in by.
"""

from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.kit.harbour import BOT, MINUTE, OLGA, consent, proposal, signal
from tests.kit.world import World
from xop.kernel.commands import Merge, Unmerge
from xop.kernel.context.customer import Part, new_customer
from xop.kernel.fold import fold_entry
from xop.ports.outbox import OutboxState

WHO = {"a": "email:ana@harbour.test", "b": "email:bea@harbour.test"}

deeds = st.sampled_from(
    [
        "view",
        "cancel",
        "name",
        "tokyo",
        "call",
        "hang up",
        "verify",
        "fail",
        "grant",
        "withdraw",
        "object",
        "contact",
        "promise",
        "offer",
        "notice",
        "large credit",
        "pin",
        "wait",
    ]
)
acts = st.lists(st.tuples(st.sampled_from("ab"), deeds), max_size=12)

_SIGNALS: dict[str, tuple[str, dict[str, Any]]] = {
    "view": ("page.viewed", {"path": "/x"}),
    "cancel": ("page.viewed", {"path": "/cancel"}),
    "tokyo": ("profile.changed", {"zone": "Asia/Tokyo"}),
    "call": ("call.started", {"call": "c1"}),
    "hang up": ("call.ended", {"call": "c1"}),
    "verify": ("identity.verified", {"level": 2}),
    "fail": ("identity.refused", {}),
    "contact": ("mail.sent", {"channel": "email"}),
}
_PROPOSALS = {"offer": "send_offer", "notice": "send_notice", "pin": "reset_pin"}
_CONSENTS = {"grant": "granted", "withdraw": "withdrawn", "object": "objected"}


async def _act(world: World, number: str, side: str, deed: str) -> None:
    who, time = WHO[side], world.now
    if deed == "wait":
        await world.settle(MINUTE)
    elif deed in _SIGNALS:
        kind, data = _SIGNALS[deed]
        await world.tell(signal(number, kind, who, time=time, **data))
    elif deed in _CONSENTS:
        await world.tell(consent(number, _CONSENTS[deed], "marketing", "email", who, time=time))
    elif deed in _PROPOSALS:
        await world.ask(proposal(number, _PROPOSALS[deed]), who)
    elif deed == "name":
        await world.tell(signal(number, "profile.changed", who, time=time, name=f"{side}{number}"))
    elif deed == "promise":
        await world.tell(signal(number, "promise.made", who, time=time, id=f"p{number}"))
    else:
        await world.ask(proposal(number, "issue_credit", BOT, cents=9000), who)
    await world.settle()


async def _open(world: World) -> tuple[str, str]:
    first = await world.tell(signal("open-a", "page.viewed", WHO["a"], path="/"))
    second = await world.tell(signal("open-b", "page.viewed", WHO["b"], path="/"))
    return first.customer, second.customer


def _context(part: Part) -> Part:
    """Everything about a part but the count of its ledger entries, which also has the merge and the unmerge in it."""
    return replace(part, seq=0)


async def _picture(world: World, customers: tuple[str, str]) -> list[Any]:
    seen: list[Any] = []
    for name in customers:
        customer = await world.customer(name)
        seen.append((customer.id, [_context(part) for part in customer.parts], _context(customer.view)))
    seen.append(sorted(await world.runtime.timers.of(customers), key=lambda timer: (timer.part, timer.key)))
    seen.append(list(await world.runtime.outbox.page(get_args(OutboxState), None, 1000)))
    return seen


@settings(max_examples=60, deadline=None)
@given(before=acts)
async def test_a_merge_and_its_unmerge_leave_everything_as_it_was(before):
    async with World() as world:
        one, other = await _open(world)
        for number, (side, deed) in enumerate(before):
            await _act(world, str(number), side, deed)
        earlier = await _picture(world, (one, other))
        merged = await world.tell(Merge("merge:1", OLGA, other), one)
        assert merged.refusal is None
        assert len((await world.customer(one)).parts) == 2
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        assert await _picture(world, (one, other)) == earlier


@settings(max_examples=60, deadline=None)
@given(before=acts, during=acts, after=acts)
async def test_what_happens_during_a_merge_belongs_to_the_side_it_came_in_by(before, during, after):
    async with World() as world:
        one, other = await _open(world)
        for number, (side, deed) in enumerate(before):
            await _act(world, f"x{number}", side, deed)
        await world.tell(Merge("merge:1", OLGA, other), one)
        for number, (side, deed) in enumerate(during):
            await _act(world, f"y{number}", side, deed)
        await world.tell(Unmerge("unmerge:1", OLGA, other), one)
        for number, (side, deed) in enumerate(after):
            await _act(world, f"z{number}", side, deed)
        for name, side in ((one, "a"), (other, "b")):
            customer = await world.customer(name)
            assert [part.id for part in customer.parts] == [name]
            refolded = new_customer(name)
            for stored in await world.runtime.ledger.read([name]):
                refolded = fold_entry(refolded, stored.entry)
            assert refolded.parts[0] == customer.parts[0]
            assert [str(link.identifier) for link in customer.view.identifiers.values()] == [WHO[side]]
