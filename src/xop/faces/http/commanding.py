"""Submitting commands for callers: ids that count once per caller and key, and what came of them."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from xop.engine.engine import Target
from xop.engine.ticket import Answer
from xop.faces.http.operation import Call, Header
from xop.faces.http.problems import ProblemError, refused
from xop.faces.http.reach import is_hidden
from xop.faces.http.targets import out_of_reach
from xop.kernel.base.times import iso
from xop.kernel.commands import Command, Evaluation, Proposal, Signal
from xop.kernel.decisions.model import Decision, Outcome

LONGEST_KEY = 128

IDEMPOTENCY_KEY = Header(
    "Idempotency-Key",
    "Names the request: sent again with the same key it changes nothing and gets the first answer.",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
)

Text = Annotated[str, Meta(max_length=2000)]
"""A remark of a person."""

ShortText = Annotated[str, Meta(max_length=400)]
"""A name or a reference."""

Reference = Annotated[str, Meta(min_length=1, max_length=400, description="A customer's id, or `namespace:value`.")]


class Receipt(Struct, frozen=True):
    """What a command made true; durable by the time it is read."""

    customer: str
    position: int
    """Its place in the ledger; 0 when nothing became true."""
    facts: int
    """How many facts became true."""
    duplicate: bool
    """Whether it had been taken before: this is the first answer again."""


class Verdict(Struct, frozen=True, omit_defaults=True):
    """What the arbiter ruled."""

    decision: str
    verdict: Outcome
    code: str
    """The rule that decided."""
    reasons: tuple[str, ...]
    invocation: str
    until: str = ""
    """What a held invocation waits for."""
    due: str | None = None
    """When a held invocation is judged again, as an RFC 3339 time."""
    approvers: tuple[str, ...] = ()
    """Roles, one of which may approve."""
    obligations: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    """What to know besides, such as that the action is deprecated."""


def command_name(call: Call, *words: str) -> str:
    """Return a command id of the caller's own: of its Idempotency-Key, or a fresh one; raises ProblemError (400)."""
    key = call.headers.get(b"idempotency-key")
    if key is None:
        text = call.fresh("key")
    else:
        text = key.decode("latin-1")
        if not 0 < len(text) <= LONGEST_KEY or not (text.isascii() and text.isprintable()):
            cause = f"the Idempotency-Key is not 1 to {LONGEST_KEY} printable ASCII characters"
            raise ProblemError("parameter-invalid", cause, "send a UUID")
    return ":".join((*words, call.actor.kind, call.actor.id, text))


async def submit(call: Call, command: Command, target: Target) -> Answer:
    """Submit a command and return its durable answer; raises ProblemError for a refusal or a key used otherwise."""
    answer = await call.platform.engine.submit(command, target)
    if await _is_telling(call, command, target, answer):
        raise out_of_reach()
    if answer.refusal is not None:
        raise refused(answer.refusal)
    if answer.duplicate:
        await _require_same(call, command, target, answer)
    return answer


async def _is_telling(call: Call, command: Command, target: Target, answer: Answer) -> bool:
    """Say whether a refusal would tell somebody who is known that must not learn it; it is on record all the same."""
    denied = answer.decision is not None and answer.decision.verdict == "deny"
    if not isinstance(command, Proposal | Evaluation) or not (denied or answer.refusal is not None):
        return False
    return await is_hidden(call.platform.engine, call.caller.principal, target, command.conversation)


async def _require_same(call: Call, command: Command, target: Target, answer: Answer) -> None:
    entry = answer.entry
    if entry is None:
        return
    earlier = entry.command
    if isinstance(earlier, Signal) and isinstance(command, Signal):
        earlier = replace(earlier, time=command.time)
    customer = await call.platform.engine.customer(target)
    if earlier != command or customer is None or all(part.id != entry.origin for part in customer.parts):
        raise ProblemError("command-conflict", "the Idempotency-Key was used before with another body")


def receipt(answer: Answer) -> Receipt:
    """Return an answer as a receipt."""
    facts = len(answer.entry.facts) if answer.entry is not None else 0
    return Receipt(answer.customer, answer.position, facts, answer.duplicate)


def verdict(decision: Decision) -> Verdict:
    """Return a decision as its caller sees it."""
    return Verdict(
        decision=decision.id,
        verdict=decision.verdict,
        code=decision.code,
        reasons=tuple(reason.message for reason in decision.reasons if not reason.lost),
        invocation=decision.invocation,
        until=decision.until,
        due=iso(decision.due) if decision.due else None,
        approvers=decision.approvers,
        obligations=decision.obligations,
        notices=decision.notices,
    )
