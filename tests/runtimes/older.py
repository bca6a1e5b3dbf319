"""Stores as older versions left them: bodies and identifiers in clear, ids found by digests without a key."""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import apsw
import msgspec
from msgspec.structs import replace

from tests.contracts.material import START, entry, request, ruled, timer
from xop.kernel.decisions.model import Evidence
from xop.runtimes.embedded.schema import migrate

ENTRIES = (entry("cus_a", 1, "c1", name="Zoe Parker-Smith"), ruled("cus_a", 2, "c2", "dec_1"), entry("cus_b", 1, "c3"))
EVIDENCE = Evidence("dec_1", {"amount": 1})
TIMER = timer("cus_a", "k", START)
REQUEST = replace(request("inv_1", part="cus_a"), detail="reached by mail")


def older_store(folder: Path, steps: Sequence[str], more: int = 0) -> None:
    """Make a store that has had some migrations only, with two customers in it and more entries of the second if asked."""
    folder.mkdir(parents=True)
    connection = apsw.Connection(str(folder / "xop.db"))
    migrate(connection, steps)
    insert = connection.executemany
    insert("INSERT INTO parts VALUES (?, ?, ?)", [(1, "cus_a", 1), (2, "cus_b", 2)])
    for position, (each, part, previous) in enumerate(zip(ENTRIES, (1, 1, 2), (0, 1, 0), strict=True), 1):
        decision = each.decision.id if each.decision else None
        row = (position, part, each.seq, previous, _digest(each.command.id), decision, _json(each))
        insert("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", [row])
    for number in range(2, more + 2):
        each = entry("cus_b", number, f"more{number}", name="Zoe Parker-Smith")
        row = (number + 2, 2, number, number + 1, _digest(each.command.id), None, _json(each))
        insert("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", [row])
    insert("INSERT INTO evidence VALUES (?, ?, ?, ?)", [(1, "dec_1", 1, _json(EVIDENCE))])
    insert("INSERT INTO snapshots VALUES (?, ?, ?)", [(1, 1, b'{"folded":"Zoe Parker-Smith"}')])
    insert("INSERT INTO links VALUES (?, ?, ?)", [("email", "zoe@example.org", 1), ("phone", "+49 170 5550199", 1)])
    insert("INSERT INTO timers VALUES (?, ?, ?, ?)", [(1, TIMER.key, TIMER.due, _json(TIMER.command))])
    insert(
        'INSERT INTO outbox (invocation, part, action, connection, "release", request, state, due, created, attempt, '
        "detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                REQUEST.invocation,
                1,
                REQUEST.action,
                REQUEST.connection,
                REQUEST.release,
                REQUEST.request,
                REQUEST.state,
                REQUEST.due,
                REQUEST.created,
                REQUEST.attempt,
                REQUEST.detail,
            )
        ],
    )
    connection.close()


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _digest(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=16).digest()
