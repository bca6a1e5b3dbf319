"""Made-up entries, timers and requests."""

from typing import Any

from xop.kernel.base.actor import Actor
from xop.kernel.commands import Proposal, Reconsideration, Signal
from xop.kernel.context.facts import FlagRaised
from xop.kernel.decisions.model import Decision
from xop.kernel.entry import Entry
from xop.kernel.moment import Moment
from xop.ports.ledger import Stored
from xop.ports.outbox import OutboxEntry, OutboxState
from xop.ports.timers import Timer

START = 1_790_000_000_000
"""A moment in September 2026, in milliseconds since the epoch."""

FLAG = FlagRaised("complaint", "shop")
SHOP = Actor("source", "shop")
AGENT = Actor("agent", "assistant")


def entry(part: str, seq: int, command: str, *, customer: str = "", **data: Any) -> Entry:
    """Return the entry of a signal."""
    signal = Signal(id=command, type="visit", source="shop", time=START, actor=SHOP, data=data)
    return Entry(part, seq, customer or part, "sha256:0", Moment(START + seq, seq, part), signal, (FLAG,))


def ruled(part: str, seq: int, command: str, decision: str) -> Entry:
    """Return the entry of a proposal that was ruled on."""
    proposal = Proposal(id=command, actor=AGENT, action="send_mail", arguments={"text": "hello"})
    ruling = Decision(
        id=decision,
        at=START,
        command=command,
        stage="proposal",
        actor=AGENT,
        customer=part,
        release="sha256:0",
        action="send_mail",
        action_version=1,
        invocation=f"inv_{decision}",
        verdict="permit",
        purpose="service",
    )
    return Entry(part, seq, part, "sha256:0", Moment(START + seq, seq, part), proposal, (), ruling)


def timer(part: str, key: str, due: int, invocation: str = "inv_1") -> Timer:
    """Return a timer that asks to judge an invocation again."""
    return Timer(part, key, due, Reconsideration(id=f"timer:{part}:{key}:{due}", invocation=invocation))


def request(
    invocation: str, *, part: str = "cus_a", connection: str = "mail", state: OutboxState = "pending", due: int = START
) -> OutboxEntry:
    """Return a rendered request."""
    return OutboxEntry(invocation, part, "send_mail", connection, "sha256:0", b'{"to":"a"}\x00\xff', state, due, START)


def commands(stored: list[Stored]) -> list[str]:
    """Return the command ids of entries, in their order."""
    return [each.entry.command.id for each in stored]
