"""Erasing parts from memory."""

from collections.abc import Collection, Sequence

import msgspec

from xop.kernel.entry import Entry
from xop.kernel.halts.model import PLATFORM
from xop.ports.errors import StorageError
from xop.runtimes.simulated.leaves import finished
from xop.runtimes.simulated.memory import Memory, OpenLeaf

_DECODER = msgspec.json.Decoder(Entry)

_GONE = b""
"""What is left at the position of an entry."""


def erase(memory: Memory, parts: Sequence[str], origin: str) -> dict[str, int]:
    """Erase parts with all that is kept of them; return how much went, by what it was."""
    if PLATFORM in parts:
        raise StorageError(f"{PLATFORM!r} is the platform itself and cannot be erased: name parts of a customer")
    gone = memory.mentioned.intersection(parts)
    if not gone:
        return {}
    for index, leaf in enumerate(memory.leaves):
        if isinstance(leaf, OpenLeaf) and leaf.part in gone:
            finished(memory, index, origin)
    counts = _erase_ledger(memory, gone)
    counts |= _erase_waiting(memory, gone)
    counts["apart"] = _drop(memory.apart, [pair for pair in memory.apart if not gone.isdisjoint(pair)])
    counts["links"] = len([memory.links.pop(each) for each, part in tuple(memory.links.items()) if part in gone])
    counts["snapshots"] = sum(memory.snapshots.pop(part, None) is not None for part in gone)
    _erase_customers(memory, gone)
    memory.mentioned -= gone
    for part in gone:
        memory.erasures[part] = memory.erasures.get(part, 0) + 1
    return counts | {"parts": len(gone)}


def _erase_ledger(memory: Memory, gone: Collection[str]) -> dict[str, int]:
    positions = [position for part in gone for position in memory.parts.pop(part, ())]
    decisions: set[str] = set()
    for position in positions:
        entry = _DECODER.decode(memory.entries[position - 1])
        memory.entries[position - 1] = _GONE
        memory.firsts.pop(position, None)
        del memory.commands[entry.command.id]
        if entry.decision:
            decisions.add(entry.decision.id)
            memory.decisions.pop(entry.decision.id, None)
            memory.places.pop(entry.decision.id, None)
    for part in gone:
        memory.seqs.pop(part, None)
    kept = [each for each in memory.contrasts if each[1].decision not in decisions]
    contrasts = len(memory.contrasts) - len(kept)
    memory.contrasts.clear()
    memory.contrasts.extend(kept)
    proofs = [decision for decision, part in memory.evidence_parts.items() if part in gone]
    for decision in proofs:
        del memory.evidence_parts[decision], memory.evidence[decision]
    return {"ledger": len(positions), "evidence": len(proofs), "contrasts": contrasts}


def _erase_waiting(memory: Memory, gone: Collection[str]) -> dict[str, int]:
    timers = [name for name in memory.timers if name[0] in gone]
    for name in timers:
        del memory.timers[name]
        memory.timer_schedule.drop(name)
    requests = [name for name, entry in memory.outbox.items() if entry.part in gone]
    for invocation in requests:
        del memory.outbox[invocation]
        memory.outbox_schedule.drop((invocation,))
    runs = [memory.runs.pop(name) for name in tuple(memory.runs) if name[0] in gone]
    handovers = [name for name, each in memory.handovers.items() if each.part in gone]
    for handover in handovers:
        del memory.handovers[handover]
    return {
        "timers": len(timers),
        "outbox": len(requests),
        "standings": sum(map(len, runs)),
        "handovers": len(handovers),
    }


def _erase_customers(memory: Memory, gone: Collection[str]) -> None:
    """Forget which customers parts belonged to; others that were merged into them are customers of their own again."""
    for part, customer in tuple(memory.customers.items()):
        if part in gone:
            del memory.customers[part]
            memory.members[customer].discard(part)
        elif customer in gone:
            memory.customers[part] = part
            memory.members.setdefault(part, set()).add(part)
    for part in gone:
        memory.members.pop(part, None)


def _drop(kept: set[tuple[str, str]], pairs: Collection[tuple[str, str]]) -> int:
    kept.difference_update(pairs)
    return len(pairs)
