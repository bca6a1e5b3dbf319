"""Latency: a histogram of how long commands took, and its quantiles."""

from bisect import bisect_left
from collections.abc import Mapping

BOUNDS = (
    *(0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0, 192.0),
    *(256.0, 384.0, 512.0, 768.0, 1024.0, 2048.0, 4096.0, 8192.0, 16384.0, 32768.0),
)
"""The upper bounds of the buckets in milliseconds; the last one also holds what took longer."""

LABELS = tuple(f"{bound:g}" for bound in BOUNDS)
"""The buckets by name."""

_LAST = len(BOUNDS) - 1


def bucket(milliseconds: float) -> int:
    """Return the number of the bucket of a length of time."""
    return min(bisect_left(BOUNDS, milliseconds), _LAST)


def quantile(counts: Mapping[str, int], share: float) -> float | None:
    """Return the milliseconds within which a share of the commands were done; None without any.

    Within a bucket they are taken to be spread evenly, so that the error is at most the bucket's width.
    """
    total = sum(counts.values())
    wanted, seen, below = share * total, 0, 0.0
    for bound, label in zip(BOUNDS, LABELS, strict=True):
        here = counts.get(label, 0)
        if here and seen + here >= wanted:
            return below + (bound - below) * (wanted - seen) / here
        seen, below = seen + here, bound
    return None
