"""Proposing: every wish of an agent becomes a proposal, and is waited for."""

from collections.abc import Callable
from typing import Any

from mcp_types.jsonrpc import INVALID_PARAMS
from msgspec import Struct

from xop.engine.engine import Performed, Target
from xop.engine.ticket import Answer
from xop.faces.http.reach import is_hidden
from xop.faces.mcp.call import Call
from xop.faces.mcp.subject import IDEMPOTENCY, PURPOSE, Subject
from xop.faces.mcp.wire import RpcError
from xop.kernel.base.spans import milliseconds
from xop.kernel.commands import Command, Proposal
from xop.kernel.release import CompiledAction

_LONGEST_KEY = 128
_GRACE = 2.0
"""Seconds beyond an action's own timeout for which its outcome is waited for."""


class Asked(Struct, frozen=True):
    """A wish with all that a proposal says of it."""

    compiled: CompiledAction
    arguments: dict[str, Any]
    subject: Subject
    purpose: str | None = None
    key: str = ""
    """Names the wish, so that made again it counts once; empty for one of its own."""
    answers: bool = False
    """Whether it goes on with a wish made before, whose first answer stands whatever is said now."""


def named_purpose(call: Call) -> str | None:
    """Return the purpose that a request names; None when it names none."""
    purpose = call.meta.get(PURPOSE)
    return purpose if isinstance(purpose, str) and purpose else None


def named_key(call: Call) -> str:
    """Return the idempotency key that a request names, empty for none; raises RpcError."""
    key = call.meta.get(IDEMPOTENCY, "")
    if not isinstance(key, str) or len(key) > _LONGEST_KEY or (key and not (key.isascii() and key.isprintable())):
        raise RpcError(INVALID_PARAMS, f"{IDEMPOTENCY} is not 1 to {_LONGEST_KEY} printable ASCII characters")
    return key


async def perform(call: Call, asked: Asked) -> Performed:
    """Propose and wait for what comes of it; raises RpcError for a key used otherwise, and as `Engine.perform` does."""
    action = asked.compiled.action
    actor = call.actor
    command = Proposal(
        id=f"proposal:{actor.kind}:{actor.id}:{asked.key or call.desk.fresh('call')}",
        actor=actor,
        action=action.name,
        arguments=asked.arguments,
        purpose=asked.purpose,
        conversation=asked.subject.conversation,
        at_once=True,
    )
    # Nothing comes of what an agent asks that is only observed.
    seconds = 0.0 if call.caller.principal.shadow else milliseconds(action.attempts.timeout) / 1000 + _GRACE
    call.line.along.update(call.trace)
    call.line.along["clientCapabilities"] = call.capabilities
    performed = await call.desk.engine.perform(command, asked.subject.target, seconds, call.line)
    if performed.answer.duplicate and not asked.answers:
        await require_same(call, command, performed.answer, asked.subject.target)
    return performed


async def out_of_reach(call: Call, asked: Asked, performed: Performed) -> bool:
    """Say whether a refusal, which is on record, would tell the caller who is known that it must not learn."""
    decision = performed.answer.decision
    if performed.answer.refusal is None and (decision is None or decision.verdict != "deny" or decision.shadow):
        return False
    about = asked.subject
    return await is_hidden(call.desk.engine, call.caller.principal, about.target, about.conversation)


async def require_same(
    call: Call, command: Command, answer: Answer, target: Target, read: Callable[[Command], Command] = lambda told: told
) -> None:
    """Let a first answer stand for a command that is the same, about the same customer; raises RpcError for any other.

    `read` returns what of the first command counts.
    """
    entry = answer.entry
    if entry is None:
        return
    customer = await call.desk.engine.customer(target)
    if read(entry.command) != command or customer is None or all(part.id != entry.origin for part in customer.parts):
        raise RpcError(INVALID_PARAMS, f"{IDEMPOTENCY} was used before for something else: use a new key")
