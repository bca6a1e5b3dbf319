"""The context of a customer as a resource: only of the one a conversation is with, and only what a purpose needs."""

from typing import Any

import msgspec
from mcp_types.jsonrpc import INVALID_PARAMS

from xop.faces.http.disclosure import Look, look_of, record
from xop.faces.http.problems import UNAVAILABLE, ProblemError
from xop.faces.mcp import verdicts
from xop.faces.mcp.call import Call
from xop.faces.mcp.proposing import named_purpose
from xop.faces.mcp.subject import Subject, subject
from xop.faces.mcp.wire import REFUSED, RpcError
from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.engagement import engaged
from xop.kernel.context.customer import Customer
from xop.kernel.halts.model import PLATFORM, halting
from xop.kernel.picture import picture
from xop.kernel.privacy.screen import Screen

SCHEME = "xop://"
URI = "xop://customer"

CUSTOMER_RESOURCE: dict[str, Any] = {
    "uri": URI,
    "name": "customer",
    "description": "What is true now about the customer of this conversation, as far as your purpose needs it.",
    "mimeType": "application/json",
}


async def read_customer(call: Call, uri: str) -> dict[str, Any]:
    """Return the customer's context as a resource's contents; raises RpcError when there is none or it may not be seen."""
    await _require_running(call)
    section = uri.removeprefix(URI).strip("/")
    about = subject(call, {}, {})
    customer = await call.desk.engine.customer(about.target)
    if customer is None or not _may_see(call, about, customer.view):
        raise RpcError(REFUSED, "You are in no conversation or task with such a customer.")
    look = _look(call)
    screen = Screen(call.release.privacy, look.access)
    whole = picture(call.release, customer.view, call.desk.now)
    whole["consents"] = {name: records[-1].status for name, records in customer.view.consents.items() if records}
    if section and section not in whole:
        raise RpcError(INVALID_PARAMS, "Resource not found", {"uri": uri})
    drawn = screen.picture({section: whole[section]} if section else whole)
    if section and section not in drawn:
        raise RpcError(REFUSED, f"Your purpose may not see this: {', '.join(screen.left_out)}.")
    drawn |= {"purpose": look.purpose, "left_out": screen.left_out}
    await _record(call, look, customer, screen)
    text = msgspec.json.encode(drawn[section] if section else drawn).decode()
    return {"contents": [{"uri": uri, "mimeType": "application/json", "text": text}]}


async def _require_running(call: Call) -> None:
    """Let agents read that may act: who is halted, perhaps for a leak, learns nothing more; raises RpcError."""
    platform = await call.desk.engine.customer(PLATFORM)
    if platform is not None and halting(platform.view.halts, (str(call.actor),)):
        text = "You are halted until a person lets you go on; try again later."
        raise RpcError(REFUSED, text, verdicts.authorization(verdicts.HALTED, ""))


def _may_see(call: Call, about: Subject, view: Any) -> bool:
    asked = Invocation("", "", call.actor, "held", call.desk.now, "", conversation=about.conversation)
    return "customers:read" in call.caller.scopes and engaged(call.release, view, asked)


def _look(call: Call) -> Look:
    """Return what the caller may see for the purpose it names, or for its usual one; raises RpcError."""
    try:
        return look_of(call.release, call.caller.principal, named_purpose(call))
    except ProblemError as problem:
        raise RpcError(REFUSED, f"{problem.detail[:1].upper()}{problem.detail[1:]}.") from problem


async def _record(call: Call, look: Look, customer: Customer, screen: Screen) -> None:
    """Nothing is shown to an agent unless the ledger tells of it; raises RpcError when it cannot now."""
    try:
        await record(call.desk.engine, look, customer, screen)
    except UNAVAILABLE as error:
        raise RpcError(REFUSED, "What you see cannot be recorded now, so nothing is shown; try again later.") from error
