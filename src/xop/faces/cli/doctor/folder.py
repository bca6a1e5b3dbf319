"""Examinations of a data folder: the disk under it, and what waits in it for a person."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from xop.assembly import Platform
from xop.faces.cli.doctor.finding import Finding

_WRITES = 16
_BLOCK = b"\0" * 4096
_SLOW = 20.0
"""Milliseconds for a durable write beyond which every acknowledgement is felt."""


def examine_disk(data: Path) -> Iterator[Finding]:
    """Look whether a folder can be written, and how long a write takes to be durable."""
    place = next((each for each in (data, *data.parents) if each.exists()), data)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".xop-doctor-") as file:
            latency = _durable_write(file.fileno())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "give this user write permission, make room, or choose another folder"
        yield Finding("data folder", "problem", f"{place} cannot be written: {reason}", remedy)
        return
    yield Finding("data folder", "ok", f"{data} is writable" if place == data else f"{data} can be made")
    detail = f"{latency:.2f} ms for a durable write (median of {_WRITES})"
    if latency > _SLOW:
        yield Finding("disk", "warning", detail, "put the data folder on a local solid-state disk")
    else:
        yield Finding("disk", "ok", detail)


def _durable_write(file: int) -> float:
    """Return the median milliseconds of a small write with fsync."""
    times = []
    for _ in range(_WRITES):
        begun = time.perf_counter()
        os.write(file, _BLOCK)
        os.fsync(file)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


async def newest_entry(platform: Platform) -> int | None:
    """Return the time of the last ledger entry in milliseconds since the epoch, or None for an empty ledger."""
    ledger = platform.runtime.ledger
    page = await ledger.page(await ledger.last() - 1, 1)
    return page[-1].entry.moment.at if page else None


async def examine_outbox(platform: Platform) -> list[Finding]:
    """Look for requests that wait for a person."""
    counts = await platform.runtime.outbox.counts()
    return [
        _waiting("dead letters", counts.get("failed", 0), "failed for good"),
        _waiting("uncertain", counts.get("uncertain", 0), "were sent and nobody knows whether they arrived"),
    ]


def _waiting(subject: str, count: int, what: str) -> Finding:
    if not count:
        return Finding(subject, "ok", "none")
    remedy = "list them with `xop dead-letters` and settle each with `xop reconcile INVOCATION resend|done|drop`"
    return Finding(subject, "warning", f"{count} requests {what}", remedy)
