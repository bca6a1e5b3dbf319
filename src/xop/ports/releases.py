"""Releases: every workspace that was ever published, by its digest."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct

Place = Literal["above", "instead", "below"]
"""Where a publication stands to the last one: above it, so that undoing comes back to it; in its place, as the same
workspace on the baseline of another version; or in the place of the one below it, which undoes the last one."""


class ReleaseRecord(Struct, frozen=True):
    """When a release was published last, and by whom."""

    digest: str
    name: str
    at: int
    by: str
    active: bool


class Releases(Protocol):
    """Keeps the files of every release; no release is ever removed."""

    async def publish(
        self, digest: str, name: str, files: Mapping[str, bytes], at: int, by: str, *, place: Place = "above"
    ) -> None:
        """Keep a release, and make it the active one; durable when this returns.

        Publishing the active release above itself changes nothing but the files that its digest is not made over, such
        as scenarios: of those the ones that came last are kept.
        """
        ...

    async def files(self, digest: str) -> dict[str, bytes] | None:
        """Return the files of a release by relative path."""
        ...

    async def active(self) -> str | None:
        """Return the digest of the active release."""
        ...

    async def before(self) -> str | None:
        """Return the digest of the release that undoing the last publication goes back to; None when there is none."""
        ...

    async def settle(self, digest: str) -> None:
        """Note that everything the publication of a release asked of customers and runs is done."""
        ...

    async def settled(self, digest: str) -> bool:
        """Say whether that is done; publishing a release once more begins it again."""
        ...

    async def history(self) -> Sequence[ReleaseRecord]:
        """Return all releases, the one published last first."""
        ...
