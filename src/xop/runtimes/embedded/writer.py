"""Writing a batch: everything in one transaction."""

from collections.abc import Sequence

import msgspec

from xop.kernel.entry import Entry
from xop.ports.batch import Batch
from xop.ports.errors import DuplicateCommand, StorageError
from xop.ports.outbox import OutboxEntry
from xop.runtimes.embedded.changes import Rows, statements
from xop.runtimes.embedded.index import Additions, End, Index, Ruling, digest
from xop.runtimes.embedded.parts import Parts, Place
from xop.runtimes.embedded.store import Row, Store

_ENCODER = msgspec.json.Encoder()

Places = dict[str, Place]


class Writer:
    """Writes batches; nothing else changes the ledger and what goes with it."""

    def __init__(self, store: Store, index: Index, parts: Parts) -> None:
        self._store = store
        self._index = index
        self._parts = parts

    def write(self, batch: Batch) -> Sequence[int]:
        """Write a batch and return the positions of its entries."""
        positions = range(self._index.position + 1, self._index.position + 1 + len(batch.entries))
        digests = [digest(entry.command.id) for entry in batch.entries]
        additions = Additions(dict(zip(digests, positions, strict=True)))
        self._refuse_known(batch.entries, digests)
        places, fresh = self._places(batch)
        rows = [
            _ledger_row(entry, each, places[entry.origin], additions)
            for entry, each in zip(batch.entries, digests, strict=True)
        ]
        evidence = self._evidence_rows(batch, places, additions)
        with self._store.transaction():
            self._write_parts(batch.entries, places, fresh)
            self._store.each("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            for statement, bindings in ((_EVIDENCE, evidence), *statements(batch, places)):
                self._store.each(statement, bindings)
            written = self._index.write(len(rows))
        self._index.position += len(rows)
        self._index.evidence += len(evidence)
        self._index.keep(additions, written)
        self._parts.add(fresh)
        for entry in batch.entries:
            place = places[entry.origin]
            place.last, place.seq = additions.ends[place.number]
        return positions

    def _refuse_known(self, entries: Sequence[Entry], digests: Sequence[bytes]) -> None:
        seen = set(self._index.find(digests))
        if seen or len(set(digests)) < len(digests):
            for entry, each in zip(entries, digests, strict=True):
                if each in seen:
                    raise DuplicateCommand(entry.command.id)
                seen.add(each)

    def _places(self, batch: Batch) -> tuple[Places, Places]:
        """Return the places of all parts a batch names, and those of them that are new."""
        made = {entry.origin for entry in batch.entries}
        made.update(entry.customer for entry in batch.entries)
        made.update(link.part for link in batch.links)
        made.update(head.customer for head in batch.heads)
        made.update(part for pair in batch.apart for part in (pair.one, pair.other))
        made.update(timer.part for timer in batch.timers)
        made.update(change.part for change in batch.runs if change.standings)
        made.update(change.part for change in batch.handovers if change.standing is not None)
        made.update(entry.part for entry in batch.outbox if isinstance(entry, OutboxEntry))
        made.update(part for part, _ in batch.evidence)
        made.update(snapshot.part for snapshot in batch.snapshots)
        asked = {head.part for head in batch.heads}
        asked.update(part for part, _ in batch.timers_gone)
        asked.update(part for part, _, _ in batch.timers_fired)
        asked.update(change.part for change in batch.runs)
        places = self._parts.find(made | asked)
        new = sorted(made.difference(places))
        fresh = {name: Place(number, 0, 0) for number, name in enumerate(new, self._parts.highest + 1)}
        return places | fresh, fresh

    def _evidence_rows(self, batch: Batch, places: Places, additions: Additions) -> Rows:
        rows: Rows = []
        for number, (part, evidence) in enumerate(batch.evidence, self._index.evidence + 1):
            rows.append((number, evidence.decision, places[part].number, _ENCODER.encode(evidence)))
            additions.rule(evidence.decision, Ruling(None, number))
        return rows

    def _write_parts(self, entries: Sequence[Entry], places: Places, fresh: Places) -> None:
        first: dict[str, int] = {}
        for entry in entries:
            if places[entry.origin].last == 0:
                first.setdefault(entry.origin, places[entry.customer].number)
        if fresh:
            rows = [(place.number, name, first.pop(name, None)) for name, place in fresh.items()]
            self._store.each("INSERT INTO parts VALUES (?, ?, ?)", rows)
        if first:
            mentioned = [(customer, places[name].number) for name, customer in first.items()]
            self._store.each("UPDATE parts SET customer = ? WHERE number = ?", mentioned)


_EVIDENCE = "INSERT INTO evidence VALUES (?, ?, ?, ?)"


def _ledger_row(entry: Entry, command: bytes, place: Place, additions: Additions) -> Row:
    last, seq = additions.ends.get(place.number, (place.last, place.seq))
    if entry.seq <= seq:
        raise StorageError(f"the part {entry.origin!r} has an entry {entry.seq} already: read it again before writing")
    position = additions.commands[command]
    additions.ends[place.number] = End(position, entry.seq)
    decision = entry.decision.id if entry.decision else None
    if decision is not None:
        additions.rule(decision, Ruling(position, None))
    return position, place.number, entry.seq, last, command, decision, _ENCODER.encode(entry)
