"""Whatever handovers two customers had before a merge, its unmerge gives back, and at the desk they never moved."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.kit.counter import QUEUES, accept, decline, hand_back, hand_over, release_with
from tests.kit.harbour import BOT, HOUR, MINUTE, OLGA, OTTO, proposal, signal
from tests.kit.world import World
from xop.kernel.commands import Merge, Unmerge
from xop.kernel.context.customer import new_customer
from xop.kernel.fold import fold_entry
from xop.kernel.handovers.model import is_open
from xop.ports.desk import DeskSelection

WHO = {"a": "email:ana@harbour.test", "b": "email:bea@harbour.test"}

RULES = release_with({name: {**queue, "handling": "1h"} for name, queue in QUEUES.items()})

deeds = st.sampled_from(
    ["call", "hang up", "hand over", "accept", "decline", "back", "credit", "pin", "minutes", "hours"]
)
acts = st.lists(st.tuples(st.sampled_from("ab"), deeds), max_size=14)


async def _act(world: World, number: str, side: str, deed: str, origin: str) -> None:
    who, name = WHO[side], f"call-{side}"
    customer = await world.customer(who)
    part = customer.part(origin)
    opened = next((each for each in part.handovers.values() if is_open(each)), None)
    if deed in {"call", "hang up"}:
        kind = "call.started" if deed == "call" else "call.ended"
        await world.tell(signal(number, kind, who, time=world.now, call=name))
    elif deed == "hand over":
        await world.tell(hand_over(number, conversation=name), origin)
    elif deed in {"credit", "pin"}:
        action, arguments = ("issue_credit", {"cents": 9000}) if deed == "credit" else ("reset_pin", {})
        await world.tell(proposal(number, action, BOT, conversation=name, **arguments), origin)
    elif opened is not None:
        actor = OTTO if opened.queue == "care" else OLGA
        wish: Any = {"accept": accept, "decline": decline, "back": hand_back}.get(deed)
        if wish is not None:
            await world.tell(wish(number, opened.id, actor), origin)
    await world.settle({"minutes": 10 * MINUTE, "hours": HOUR}.get(deed, 0))


async def _open(world: World) -> dict[str, str]:
    answers = {side: await world.tell(signal(f"open-{side}", "page.viewed", WHO[side], path="/")) for side in "ab"}
    return {side: answer.customer for side, answer in answers.items()}


async def _picture(world: World, customers: dict[str, str]) -> list[Any]:
    names = list(customers.values())
    seen: list[Any] = [[replace(part, seq=0) for part in (await world.customer(name)).parts] for name in names]
    timers = await world.runtime.timers.of(names)
    seen.append(sorted((timer.part, timer.key, timer.due) for timer in timers))
    seen.append([await world.runtime.desk.page(DeskSelection(part=name), None, 99) for name in names])
    return seen


@settings(max_examples=40, deadline=None)
@given(before=acts)
async def test_a_merge_and_its_unmerge_leave_handovers_their_timers_and_the_desk_as_they_were(before):
    async with World(rules=RULES) as world:
        customers = await _open(world)
        for number, (side, deed) in enumerate(before):
            await _act(world, str(number), side, deed, customers[side])
        earlier = await _picture(world, customers)
        await world.tell(Merge("merge:1", OLGA, customers["b"]), customers["a"])
        await world.settle()
        await world.tell(Unmerge("unmerge:1", OLGA, customers["b"]), customers["a"])
        await world.settle()
        assert await _picture(world, customers) == earlier


@settings(max_examples=40, deadline=None)
@given(before=acts, during=acts, after=acts)
async def test_what_happens_to_handovers_during_a_merge_belongs_to_their_side(before, during, after):
    async with World(rules=RULES) as world:
        customers = await _open(world)
        for number, (side, deed) in enumerate(before):
            await _act(world, f"x{number}", side, deed, customers[side])
        await world.tell(Merge("merge:1", OLGA, customers["b"]), customers["a"])
        for number, (side, deed) in enumerate(during):
            await _act(world, f"y{number}", side, deed, customers[side])
        await world.tell(Unmerge("unmerge:1", OLGA, customers["b"]), customers["a"])
        for number, (side, deed) in enumerate(after):
            await _act(world, f"z{number}", side, deed, customers[side])
        await world.settle(9 * HOUR)
        for side, name in customers.items():
            (part,) = (await world.customer(name)).parts
            refolded = new_customer(name)
            for stored in await world.runtime.ledger.read([name]):
                refolded = fold_entry(refolded, stored.entry)
            assert refolded.parts[0] == part
            assert all(each.conversation == f"call-{side}" and not is_open(each) for each in part.handovers.values())
            standing = await world.runtime.desk.page(DeskSelection(part=name), None, 99)
            assert {each.handover for each in standing} == set(part.handovers)
