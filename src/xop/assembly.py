"""Assembly: the only place that wires adapters and runtimes to the engine."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from xop.adapters.console import ConsoleKind
from xop.adapters.http import HttpKind
from xop.adapters.simulated import SimulatedKind
from xop.adapters.smtp import SmtpKind
from xop.adapters.webhook import WebhookKind
from xop.engine.engine import Engine
from xop.engine.replay import Replayer
from xop.kernel.release import Release
from xop.ports.adapter import AdapterKind, Secrets
from xop.ports.errors import XopError
from xop.ports.releases import ReleaseRecord
from xop.ports.runtime import Runtime
from xop.runtimes.embedded import EmbeddedRuntime
from xop.workspace import Problem, compile_workspace, read_folder
from xop.workspace.baseline import baseline_files

KINDS: Mapping[str, AdapterKind] = {
    "http": HttpKind(),
    "smtp": SmtpKind(),
    "webhook": WebhookKind(),
    "console": ConsoleKind(),
    "simulated": SimulatedKind(),
}
"""Every kind of adapter, by the name that connections.yaml uses."""


class WorkspaceRefused(XopError):  # noqa: N818 - names what happened
    """A workspace has problems and so gives no release."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"the workspace has {len(problems)} problem{'s' if len(problems) != 1 else ''}")
        self.problems = problems


class NothingPublished(XopError):  # noqa: N818 - names what is the case
    """The data folder holds no release yet."""

    def __init__(self) -> None:
        super().__init__(
            "no workspace has been published to this data folder; run `xop publish` or `xop serve --workspace`"
        )


_BASELINE = ".baseline/"
"""Where a kept release has its baseline; a workspace's own files never begin with a dot."""


def environment(name: str) -> str | None:
    """Return a secret from the process's environment."""
    return os.environ.get(name)


class Platform:
    """An engine with its store and all the releases it has ever had."""

    def __init__(self, runtime: Runtime, release: Release, kinds: Mapping[str, AdapterKind], secrets: Secrets) -> None:
        self.runtime = runtime
        self.secrets = secrets
        self.engine = Engine(runtime, release, kinds, secrets)
        self._kinds = kinds
        self._compiled: dict[str, Release] = {release.digest: release}

    async def publish(self, files: Mapping[str, bytes], by: str) -> Release:
        """Check a workspace's files, keep them as a release and let it rule; raises `WorkspaceRefused` and changes nothing."""
        # A large workspace takes seconds to compile, and signals do not wait for it.
        release = await asyncio.to_thread(compiled, files, self._kinds)
        await keep(self.runtime, release, files, by)
        self._compiled[release.digest] = release
        self.engine.adopt(release)
        return release

    async def release(self, digest: str) -> Release | None:
        """Return any release ever published; None when it was not, or no longer compiles to the same digest here."""
        known = self._compiled.get(digest)
        if known is None:
            files = await self.runtime.releases.files(digest)
            again = compile_workspace(files, self._kinds, kept_baseline(files)) if files is not None else None
            if not isinstance(again, Release) or again.digest != digest:
                return None
            known = self._compiled[digest] = again
        return known

    async def history(self) -> list[ReleaseRecord]:
        """Return all releases, newest publication first."""
        return list(await self.runtime.releases.history())

    def replayer(self) -> Replayer:
        """Return a replayer over the whole ledger."""
        return Replayer(self.runtime.ledger, self.release)

    async def start(self) -> int:
        """Begin; return how many requests were on their way when the process last ended."""
        return await self.engine.start()

    async def stop(self) -> None:
        """End without losing anything."""
        await self.engine.stop()
        await self.runtime.close()


def compiled(files: Mapping[str, bytes], kinds: Mapping[str, AdapterKind] = KINDS) -> Release:
    """Compile a workspace's files; raises `WorkspaceRefused` with every problem."""
    release = compile_workspace(files, kinds)
    if not isinstance(release, Release):
        raise WorkspaceRefused(release)
    return release


def workspace_files(folder: Path) -> dict[str, bytes]:
    """Return a workspace folder's files by relative path; raises `WorkspaceRefused` when some cannot be read."""
    read = read_folder(folder)
    if read.problems:
        raise WorkspaceRefused(read.problems)
    return dict(read.files)


async def open_platform(
    data: Path,
    workspace: Path | None = None,
    *,
    by: str = "cli",
    runtime: Runtime | None = None,
    kinds: Mapping[str, AdapterKind] = KINDS,
    secrets: Secrets = environment,
) -> Platform:
    """Open a data folder, publishing a workspace to it first when one is given.

    Raises `WorkspaceRefused`, `NothingPublished`, or `StorageError` when the folder is in use or cannot be written.
    """
    files = workspace_files(workspace) if workspace is not None else None
    release = compiled(files, kinds) if files is not None else None
    runtime = runtime or await EmbeddedRuntime.open(data)
    try:
        if files is not None and release is not None:
            await keep(runtime, release, files, by)
        else:
            release = await _active(runtime, kinds)
    except BaseException:
        await runtime.close()
        raise
    return Platform(runtime, release, kinds, secrets)


async def keep(runtime: Runtime, release: Release, files: Mapping[str, bytes], by: str) -> None:
    """Keep a release with the baseline it stands on, so that any later version can compile it again, and let it rule."""
    own = {path: content for path, content in files.items() if not path.startswith(_BASELINE)}
    baseline = {f"{_BASELINE}{path}": content for path, content in baseline_files().items()}
    await runtime.releases.publish(release.digest, release.name, own | baseline, runtime.clock.now(), by)


def kept_baseline(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the baseline that a kept release stands on."""
    return {path.removeprefix(_BASELINE): content for path, content in files.items() if path.startswith(_BASELINE)}


async def _active(runtime: Runtime, kinds: Mapping[str, AdapterKind]) -> Release:
    digest = await runtime.releases.active()
    files = await runtime.releases.files(digest) if digest is not None else None
    if files is None:
        raise NothingPublished
    # Workspaces rule on the baseline of the version that runs; what changed with it is a new release.
    release = compiled(files, kinds)
    if release.digest != digest:
        await keep(runtime, release, files, "upgrade")
    return release
