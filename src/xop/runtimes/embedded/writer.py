"""Writing a batch: everything in one transaction."""

from collections.abc import Sequence

import msgspec

from xop.kernel.entry import Entry
from xop.ports.batch import Batch
from xop.ports.errors import DuplicateCommand, StorageError
from xop.ports.outbox import OutboxEntry
from xop.runtimes.embedded import entries as ledger_rows
from xop.runtimes.embedded import evidence as evidence_rows
from xop.runtimes.embedded.changes import Rows, statements
from xop.runtimes.embedded.completion import Completed, Completion
from xop.runtimes.embedded.index import Additions, End, Index, Ruling
from xop.runtimes.embedded.parts import Parts, Place
from xop.runtimes.embedded.seals import Seals
from xop.runtimes.embedded.store import Row, Store

_ENCODER = msgspec.json.Encoder()

Places = dict[str, Place]


class Writer:
    """Writes batches; nothing else changes the ledger and what goes with it, but for erasing."""

    def __init__(self, store: Store, index: Index, parts: Parts, seals: Seals, completion: Completion) -> None:
        self._store = store
        self._index = index
        self._parts = parts
        self._seals = seals
        self._completion = completion

    def write(self, batch: Batch) -> Sequence[int]:
        """Write a batch and return the positions of its entries."""
        positions = range(self._index.position + 1, self._index.position + 1 + len(batch.entries))
        digests = [self._index.digest(entry.command.id) for entry in batch.entries]
        additions = Additions(dict(zip(digests, positions, strict=True)))
        self._refuse_known(batch.entries, digests)
        places, fresh = self._places(batch)
        self._seals.vault.reserve(self._parts.highest + len(fresh))
        bodies = [_ENCODER.encode(entry) for entry in batch.entries]
        proofs = [(each.decision, _ENCODER.encode(each)) for _, each in batch.evidence]
        told = self._completion.of(batch, places, bodies, dict(proofs)) if batch.leaves else Completed()
        rows = self._ledger_rows(batch.entries, bodies, places, additions, told)
        evidence = self._evidence_rows(batch, proofs, places, additions)
        with self._store.transaction():
            self._write_parts(batch.entries, places, fresh)
            self._store.each("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            for statement, bindings in ((_EVIDENCE, evidence), *statements(batch, places, self._seals, self._store)):
                self._store.each(statement, bindings)
            if told.leaves:
                self._store.each("INSERT INTO leaves VALUES (?, ?)", enumerate(told.leaves, self._index.leaves + 1))
            written = self._index.write(len(rows))
        self._index.position += len(rows)
        self._index.evidence += len(evidence)
        self._index.leaves += len(told.leaves)
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

    def _ledger_rows(
        self, entries: Sequence[Entry], bodies: Sequence[bytes], places: Places, additions: Additions, told: Completed
    ) -> list[Row]:
        rows: list[Row] = []
        first, digests = self._index.position + 1, list(additions.commands)
        for at, (entry, body) in enumerate(zip(entries, bodies, strict=True)):
            place = places[entry.origin]
            last, seq = additions.ends.get(place.number, (place.last, place.seq))
            if entry.seq <= seq:
                raise StorageError(
                    f"the part {entry.origin!r} has an entry {entry.seq} already: read it again before writing"
                )
            position, command = first + at, digests[at]
            additions.ends[place.number] = End(position, entry.seq)
            decision = entry.decision.id if entry.decision else None
            if decision is not None:
                additions.rule(self._index.digest(decision), Ruling(position, None))
            sealed = self._seals.closed(place.number, ledger_rows.place_of(position), body)
            leaf, name = told.places.get(at, _UNTOLD)
            rows.append((position, place.number, entry.seq, last, command, decision, sealed, leaf, name))
        return rows

    def _evidence_rows(
        self, batch: Batch, proofs: Sequence[tuple[str, bytes]], places: Places, additions: Additions
    ) -> Rows:
        rows: Rows = []
        evidence = zip(batch.evidence, proofs, strict=True)
        for number, ((part, _), (decision, body)) in enumerate(evidence, self._index.evidence + 1):
            owner = places[part].number
            sealed = self._seals.closed(owner, evidence_rows.place_of(number), body)
            rows.append((number, decision, owner, sealed))
            additions.rule(self._index.digest(decision), Ruling(None, number))
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
_UNTOLD = (None, None)
