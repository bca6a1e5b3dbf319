"""The context of a customer as a resource: only of the one a conversation is with, and only what a purpose needs."""

from typing import Any

import msgspec
from mcp_types.jsonrpc import INVALID_PARAMS

from xop.faces.mcp import verdicts
from xop.faces.mcp.call import Call
from xop.faces.mcp.catalogue import granted
from xop.faces.mcp.proposing import named_purpose
from xop.faces.mcp.subject import Subject, subject
from xop.faces.mcp.wire import REFUSED, RpcError
from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.engagement import engaged
from xop.kernel.halts.model import PLATFORM, halting
from xop.kernel.picture import Portion, picture, sections_read
from xop.kernel.release import CompiledAction

SCHEME = "xop://"
URI = "xop://customer"

CUSTOMER_RESOURCE: dict[str, Any] = {
    "uri": URI,
    "name": "customer",
    "description": "What is true now about the customer of this conversation, as far as your purpose needs it.",
    "mimeType": "application/json",
}

_ALWAYS: tuple[Portion, ...] = tuple((name, "") for name in ("id", "flags", "intents", "conversations", "promises"))
"""What whoever talks to a customer must know not to harm them; anything more is only what granted actions use."""


async def read_customer(call: Call, uri: str) -> dict[str, Any]:
    """Return the customer's context as a resource's contents; raises RpcError when there is none or it may not be seen."""
    await _require_running(call)
    section = uri.removeprefix(URI).strip("/")
    about = subject(call, {}, {})
    customer = await call.desk.engine.customer(about.target)
    if customer is None or not _may_see(call, about, customer.view):
        raise RpcError(REFUSED, "You are in no conversation or task with such a customer.")
    drawn = picture(call.release, customer.view, call.desk.now, _portions(call))
    drawn["consents"] = {name: records[-1].status for name, records in customer.view.consents.items() if records}
    if section and section not in drawn:
        raise RpcError(INVALID_PARAMS, "Resource not found", {"uri": uri})
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


def _portions(call: Call) -> tuple[Portion, ...]:
    """Return what is shown: what the caller's actions for its purpose are filled with, and what always is; raises RpcError."""
    purpose, own = named_purpose(call), call.caller.principal.purposes
    if purpose is not None and own and purpose not in own:
        raise RpcError(REFUSED, f"You pursue none but these purposes: {', '.join(sorted(own))}.")
    paths = [
        path
        for compiled in call.release.actions.values()
        if granted(call.caller.principal, compiled) and _serves(compiled, purpose, call)
        for path in compiled.request.paths
    ]
    read = [portion for portion in sections_read(tuple(sorted(set(paths)))) if portion not in _ALWAYS]
    return (*_ALWAYS, *read)


def _serves(compiled: CompiledAction, purpose: str | None, call: Call) -> bool:
    action, own = compiled.action, call.caller.principal.purposes
    served = {action.purpose, *action.other_purposes}
    return purpose in served if purpose is not None else not own or not served.isdisjoint(own)
