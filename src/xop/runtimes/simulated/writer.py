"""Writing a batch into memory: all that can fail first, then everything."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from xop.kernel.entry import Entry
from xop.ports.batch import Batch
from xop.ports.errors import DuplicateCommand, StorageError
from xop.ports.outbox import OutboxChange, OutboxEntry
from xop.runtimes.simulated.leaves import add_leaves
from xop.runtimes.simulated.memory import Memory

_ENCODER = msgspec.json.Encoder()


def write(memory: Memory, batch: Batch) -> Sequence[int]:
    """Write a batch and return the positions of its entries; raises `StorageError` and changes nothing when it cannot."""
    _check_entries(memory, batch.entries)
    outbox = _changed_outbox(memory, batch.outbox)
    entries = [_ENCODER.encode(entry) for entry in batch.entries]
    timers = [_ENCODER.encode(timer) for timer in batch.timers]
    evidence = {each.decision: _ENCODER.encode(each) for _, each in batch.evidence}
    snapshots = {each.part: (each.seq, bytes(memoryview(each.state))) for each in batch.snapshots}
    _ENCODER.encode([batch.runs, batch.handovers])  # so that what no store could keep fails here

    positions = range(len(memory.entries) + 1, len(memory.entries) + 1 + len(entries))
    add_leaves(memory, batch, entries, evidence)
    memory.mentioned.update(_mentioned(batch))
    memory.entries.extend(entries)
    for entry, position in zip(batch.entries, positions, strict=True):
        _add_entry(memory, entry, position)
    _change_directory(memory, batch)
    _change_timers(memory, batch, timers)
    _change_runs(memory, batch)
    _change_handovers(memory, batch)
    _change_outbox(memory, outbox)
    memory.evidence.update(evidence)
    memory.evidence_parts.update({each.decision: part for part, each in batch.evidence})
    memory.snapshots.update(snapshots)
    return positions


def _mentioned(batch: Batch) -> Iterator[str]:
    for entry in batch.entries:
        yield entry.origin
        yield entry.customer
    for listed in (batch.links, batch.timers, batch.snapshots):
        yield from (each.part for each in listed)
    yield from (head.customer for head in batch.heads)
    yield from (part for pair in batch.apart for part in (pair.one, pair.other))
    yield from (change.part for change in batch.runs if change.standings)
    yield from (change.part for change in batch.handovers if change.standing is not None)
    yield from (entry.part for entry in batch.outbox if isinstance(entry, OutboxEntry))
    yield from (part for part, _ in batch.evidence)


def _check_entries(memory: Memory, entries: Sequence[Entry]) -> None:
    commands: set[str] = set()
    for entry in entries:
        if entry.command.id in memory.commands or entry.command.id in commands:
            raise DuplicateCommand(entry.command.id)
        commands.add(entry.command.id)
    seqs: dict[str, int] = {}
    for entry in entries:
        if entry.seq <= seqs.get(entry.origin, memory.seqs.get(entry.origin, 0)):
            raise StorageError(
                f"the part {entry.origin!r} has an entry {entry.seq} already: read it again before writing"
            )
        seqs[entry.origin] = entry.seq


def _changed_outbox(memory: Memory, changes: Sequence[OutboxEntry | OutboxChange]) -> dict[str, OutboxEntry]:
    """Return the entries that some changes add or change, as they will be."""
    changed: dict[str, OutboxEntry] = {}
    for change in changes:
        present = changed.get(change.invocation) or memory.outbox.get(change.invocation)
        if isinstance(change, OutboxEntry):
            created = present.created if present else change.created
            changed[change.invocation] = replace(change, created=created, request=bytes(memoryview(change.request)))
        elif present:
            changed[change.invocation] = replace(
                present,
                state=change.state,
                due=change.due,
                attempt=present.attempt if change.attempt is None else change.attempt,
                detail=present.detail if change.detail is None else change.detail,
            )
    return changed


def _add_entry(memory: Memory, entry: Entry, position: int) -> None:
    memory.commands[entry.command.id] = position
    if entry.decision:
        memory.decisions[entry.decision.id] = position
    memory.parts.setdefault(entry.origin, []).append(position)
    memory.seqs[entry.origin] = entry.seq
    if entry.origin not in memory.customers:
        _move(memory, entry.origin, entry.customer)


def _move(memory: Memory, part: str, customer: str) -> None:
    memory.customers[part] = customer
    memory.members.setdefault(customer, set()).add(part)


def _change_directory(memory: Memory, batch: Batch) -> None:
    memory.links.update({link.identifier: link.part for link in batch.links})
    for head in batch.heads:
        if head.part in memory.customers:
            memory.members[memory.customers[head.part]].discard(head.part)
            _move(memory, head.part, head.customer)
    for change in batch.apart:
        pair = (min(change.one, change.other), max(change.one, change.other))
        if change.apart:
            memory.apart.add(pair)
        else:
            memory.apart.discard(pair)


def _change_timers(memory: Memory, batch: Batch, bodies: Sequence[bytes]) -> None:
    for name in batch.timers_gone:
        memory.timers.pop(name, None)
        memory.timer_schedule.drop(name)
    for part, key, due in batch.timers_fired:
        if memory.timer_schedule.due_of((part, key)) == due:
            memory.timers.pop((part, key), None)
            memory.timer_schedule.drop((part, key))
    for timer, body in zip(batch.timers, bodies, strict=True):
        memory.timers[timer.part, timer.key] = body
        memory.timer_schedule.set((timer.part, timer.key), timer.due)


def _change_runs(memory: Memory, batch: Batch) -> None:
    for change in batch.runs:
        if change.standings:
            memory.runs[change.part, change.run] = change.standings
        else:
            memory.runs.pop((change.part, change.run), None)


def _change_handovers(memory: Memory, batch: Batch) -> None:
    for change in batch.handovers:
        if change.standing is not None:
            memory.handovers[change.handover] = change.standing
        else:
            memory.handovers.pop(change.handover, None)


def _change_outbox(memory: Memory, changed: dict[str, OutboxEntry]) -> None:
    memory.outbox.update(changed)
    for entry in changed.values():
        if entry.state == "pending":
            memory.outbox_schedule.set((entry.invocation,), entry.due)
        else:
            memory.outbox_schedule.drop((entry.invocation,))
