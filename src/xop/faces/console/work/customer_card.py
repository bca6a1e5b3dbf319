"""A customer in short: what somebody must bear in mind who decides about them, with the way to all of it."""

from typing import Any
from urllib.parse import quote

from msgspec import Struct

from xop.faces.console.asking import Elsewhere
from xop.faces.console.page import PREFIX
from xop.faces.console.visit import Visit
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.customers import Context

_MOST = 6
"""Entries of one kind."""

_WANTED = frozenset({"open", "attempted"})
"""How intents stand that the customer still has."""

_NAMES = ("name", "full_name", "display_name", "first_name")
"""Profile fields that say what somebody is called."""


class CustomerCard(Struct, frozen=True):
    """What is shown of a customer beside something else."""

    id: str
    address: str
    name: str
    """What they are called, or an identifier; their id where this purpose sees neither."""
    facts: list[tuple[str, Any]]
    circumstances: list[str]
    intents: list[str]
    promises: list[tuple[str, str | None]]
    more: bool
    """Whether there is more of any of these."""
    hidden: int
    """How much of them this purpose may not see."""
    purpose: str


async def customer_card(visit: Visit, reference: str) -> CustomerCard | None:
    """Return a customer in short; None for somebody who is gone, or whom this person may not look at."""
    try:
        shown = await _context(visit, reference)
    except ProblemError:
        return None
    return _card(shown, visit) if shown is not None else None


async def _context(visit: Visit, reference: str) -> Context | None:
    operation = "GET /v1/customers/{customer}"
    try:
        found: Context | None = await visit.ask_if_allowed(operation, path={"customer": reference})
    except Elsewhere as elsewhere:
        found = await visit.ask(operation, path={"customer": elsewhere.customer})
    return found


def _card(shown: Context, visit: Visit) -> CustomerCard:
    named = next((str(shown.profile[each].value) for each in _NAMES if each in shown.profile), "")
    known = [f"{each.namespace} {each.value}" for each in shown.identifiers]
    fields = [(name.replace("_", " "), each.value) for name, each in shown.profile.items() if name not in _NAMES]
    wanted = [each.name.replace("_", " ") for each in shown.intents if each.status in _WANTED]
    promised = [(each.what, each.due) for each in shown.promises if each.status == "open"]
    return CustomerCard(
        id=shown.id,
        address=f"{PREFIX}/customers/{quote(shown.id, safe='')}",
        name=named or (known[0] if known else shown.id),
        facts=[(visit.words.text("known as"), known[:_MOST]), *fields[:_MOST]],
        more=max(len(each) for each in (known, fields, wanted, promised)) > _MOST,
        circumstances=sorted({each.flag.replace("_", " ") for each in shown.circumstances}),
        intents=wanted[:_MOST],
        promises=promised[:_MOST],
        hidden=len(shown.left_out),
        purpose=shown.purpose,
    )
