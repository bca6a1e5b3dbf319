"""Whatever goes wrong with a read, a fact that is required and rests on it never lets anything through."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.airline import ANSWERS, Airport, Archive
from tests.kit.harbour import OLGA, proposal, signal
from xop.ports.adapter import Sent

WHO = "account:a"
SENT = st.sampled_from([Sent("failed"), Sent("retry"), Sent("uncertain")])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(["user", "flights", "tier", "date"]), part)
    ),
    max_leaves=6,
)
PERMITTING = {"get_user u1": {"tier": "gold"}, "get_flight 1 A": {"status": "ok"}, "get_flight 1 B": {"status": "ok"}}


async def _verdicts(answers: dict[str, Any]) -> dict[str, str]:
    async with Airport(Archive(answers)) as world:
        await world.tell(signal(1, "page.viewed", WHO, path="/"))
        asked = {action: proposal(action, action, OLGA, booking="b1") for action in ("cancel", "upgrade", "refund")}
        return {action: (await world.ask(each, WHO)).decision.verdict for action, each in asked.items()}


def test_all_is_permitted_when_everything_is_known() -> None:
    assert {*asyncio.run(_verdicts(ANSWERS | PERMITTING)).values()} == {"permit"}


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(ANSWERS)), SENT | JSON, min_size=1))
def test_what_fails_or_fits_nothing_never_permits(wrong: dict[str, Any]) -> None:
    verdicts = asyncio.run(_verdicts(ANSWERS | PERMITTING | wrong))
    booking = wrong.get("get_booking b1", ANSWERS["get_booking b1"])
    known = isinstance(booking, dict) and booking.get("user") == "u1"
    if not known or "get_user u1" in wrong:
        # No made-up answer calls anybody gold.
        assert verdicts["upgrade"] == verdicts["refund"] == "deny"
    if "get_booking b1" not in wrong and not wrong.keys().isdisjoint({"get_flight 1 A", "get_flight 1 B"}):
        # Nor does any have a status.
        assert verdicts["cancel"] == verdicts["refund"] == "deny"
