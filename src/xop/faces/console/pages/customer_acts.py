"""Doing something for a customer: any action that one is granted, judged by the arbiter like anybody's wish."""

from collections.abc import Mapping
from typing import Any

from xop.faces.console.page import Act, Answer, Moved, Page, Shown
from xop.faces.console.pages.customer import CONTEXT, head, place
from xop.faces.console.visit import Visit
from xop.faces.console.work.packet_view import actions_of, draft_of
from xop.faces.console.work.undoing import undo
from xop.faces.console.work.wish import PROPOSE, propose, proposed, sent
from xop.faces.http.problems import ProblemError

_NOTHING: Mapping[str, Any] = {"problem": None, "sent": {}}


async def _acting(visit: Visit) -> Answer:
    return await _shown(visit, _NOTHING)


async def _shown(visit: Visit, again: Mapping[str, Any], status: int = 200) -> Answer:
    """Show what may be done; `again` has what was typed before, and what was wrong with it."""
    above, typed = await head(visit, "act"), again["sent"]
    model: dict[str, Any] = {
        **above,
        **again,
        "proposed": await proposed(visit),
        "address": place(above["customer"], "act"),
    }
    if "live" not in visit.query:
        model["actions"] = await actions_of(visit)
        wanted = visit.query.get("act") or typed.get("wanted", "")
        model["draft"] = await draft_of(visit, wanted, {}, dict(typed)) if wanted else None
        conversations = [(each.id, f"{each.id}, {each.channel}") for each in above["known"].conversations]
        model["conversations"] = [("", visit.words.text("none")), *conversations]
        model["within"] = typed.get("conversation", "") if typed else conversations[-1][0] if conversations else ""
    return Shown("customer_acts", model, above["called"] or above["customer"], status)


async def _propose(visit: Visit) -> Answer:
    """Propose what a form says; what is wrong is said beside what was typed, which stays."""
    customer = visit.path["customer"]
    try:
        decision, notice, kind = await propose(visit, customer, visit.field("conversation"))
    except ProblemError as problem:
        return await _shown(visit, {"problem": problem.document(), "sent": sent(visit)}, problem.status)
    return Moved(place(customer, "act", proposed=decision), notice, kind)


async def _undo(visit: Visit) -> Answer:
    """Take back or undo what was done, as far as that is still possible."""
    customer = visit.path["customer"]
    notice, kind = await undo(visit, visit.field("invocation"))
    return Moved(place(customer, "act", proposed=visit.field("proposed")), notice, kind)


PAGES = (
    Page(
        path="/customers/{customer}/act",
        title="Do something",
        view=_acting,
        asks=(CONTEXT, PROPOSE),
        live=("proposed",),
    ),
)

ACTS = (
    Act(path="/customers/{customer}/act", view=_propose, asks=(CONTEXT, PROPOSE)),
    Act(path="/customers/{customer}/act/undo", view=_undo, asks=(CONTEXT, PROPOSE)),
)
