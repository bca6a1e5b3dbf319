"""Where the two releases come from: a workspace's files, with the baseline they stand on."""

from collections.abc import Mapping

from msgspec import Struct

from xop.assembly import KINDS, WorkspaceRefused, recompiled
from xop.kernel.release import Release
from xop.ports.runtime import Runtime
from xop.workspace import compile_workspace


class ReleaseSource(Struct, frozen=True):
    """The files of a release, so that every process can compile it for itself."""

    files: dict[str, bytes]
    kept: bool = False
    """Whether the files are those of a kept release, with the baseline it stood on; else the baseline is this version's."""

    def compile(self) -> Release:
        """Return the release; raises `WorkspaceRefused` with every problem."""
        release = recompiled(self.files) if self.kept else compile_workspace(self.files, KINDS)
        if not isinstance(release, Release):
            raise WorkspaceRefused(release)
        return release


async def kept_sources(runtime: Runtime, digests: Mapping[str, int]) -> dict[str, ReleaseSource]:
    """Return those of some releases that the runtime keeps, by digest."""
    files = {digest: await runtime.releases.files(digest) for digest in digests}
    return {digest: ReleaseSource(each, kept=True) for digest, each in files.items() if each is not None}
