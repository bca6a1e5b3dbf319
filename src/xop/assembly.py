"""Assembly: the only place that wires adapters and runtimes to the engine."""

import asyncio
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from xop.adapters.a2a import A2aKind
from xop.adapters.console import ConsoleKind
from xop.adapters.http import HttpKind
from xop.adapters.logistic import LogisticKind
from xop.adapters.mcp import McpKind
from xop.adapters.python import PythonKind
from xop.adapters.shared_signals import SharedSignalsKind
from xop.adapters.simulated import SimulatedKind
from xop.adapters.smtp import SmtpKind
from xop.adapters.thompson import ThompsonKind
from xop.adapters.webhook import WebhookKind
from xop.adapters.within import JourneyKind, TaskKind
from xop.engine.engine import Engine
from xop.engine.flow import Flow
from xop.engine.publication import Choices, StepImpact, impact, moves_of, undoing
from xop.engine.replay import Replayer
from xop.kernel.actions.model import Action
from xop.kernel.base.actor import SYSTEM, Actor
from xop.kernel.commands import Activate
from xop.kernel.compiled.journeys import CompiledJourney
from xop.kernel.halts.model import PLATFORM
from xop.kernel.release import Move, Release
from xop.ports.adapter import AdapterKind, Secrets
from xop.ports.errors import XopError
from xop.ports.model import ModelKind
from xop.ports.releases import Place, ReleaseRecord
from xop.ports.runtime import Runtime
from xop.ports.shadows import Shadow
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.embedded.keyfile import kept_key
from xop.runtimes.links import sign
from xop.runtimes.witnesses import HttpWitness
from xop.workspace import Problem, compile_workspace, read_folder
from xop.workspace.baseline import baseline_files
from xop.workspace.compatibility import ContractChange, contract_changes
from xop.workspace.journeys.retained import kept_files, retained_file, split_kept

LOG = logging.getLogger("xop.platform")

KINDS: Mapping[str, AdapterKind] = {
    "http": HttpKind(),
    "smtp": SmtpKind(),
    "webhook": WebhookKind(),
    "shared_signals": SharedSignalsKind(),
    "console": ConsoleKind(),
    "simulated": SimulatedKind(),
    "a2a": A2aKind(),
    "mcp": McpKind(),
    "python": PythonKind(),
    "journey": JourneyKind(),
    "task": TaskKind(),
}
"""Every kind of adapter, by the name that connections.yaml uses."""

MODELS: Mapping[str, ModelKind] = {"logistic": LogisticKind(), "thompson": ThompsonKind()}
"""Every kind of model that learns, by the name that decision sets use."""


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


class PublicationOutdated(XopError):  # noqa: N818 - names what is the case
    """Another workspace was published since a publication was prepared."""

    def __init__(self) -> None:
        super().__init__("another workspace was published meanwhile: prepare this publication again")


class NothingBefore(XopError):  # noqa: N818 - names what is the case
    """The release that rules is the first one."""

    def __init__(self) -> None:
        super().__init__("there is no release before the one that rules, so that nothing can be undone")


NO_CHOICES: Choices = MappingProxyType({})
"""Every run stays on its version."""

LINK_KEY = "XOP_LINK_KEY"
"""The secret that signs links; a key in the data folder does without it."""

LINK_LASTING = {"approval": 3 * 86_400_000, "preference": 30 * 86_400_000, "unsubscription": 400 * 86_400_000}
"""Milliseconds for which a link of each kind is good; one in a message must outlast the message's use."""

_KEY_BYTES = 32

_BASELINE = ".baseline/"
"""Where a kept release has its baseline; a workspace's own files never begin with a dot."""


def environment(name: str) -> str | None:
    """Return a secret from the process's environment."""
    return os.environ.get(name)


@dataclass(frozen=True, slots=True)
class Publication:
    """A release about to be published, with what it keeps of releases before it and what it does with runs."""

    release: Release
    files: Mapping[str, bytes]
    """All that is kept of it but the baseline."""
    impact: list[StepImpact]
    """The runs that stand in versions it changes, step by step."""
    before: str
    """The release it was prepared on."""
    contracts: list[ContractChange] = field(default_factory=list)
    """What it changes of the contracts of actions."""
    undoing: bool = False
    """Whether it takes the place of the publication before the last one."""


class Platform:
    """An engine with its store and all the releases it has ever had."""

    def __init__(self, runtime: Runtime, release: Release, kinds: Mapping[str, AdapterKind], secrets: Secrets) -> None:
        self.runtime = runtime
        self.secrets = secrets
        self.engine = Engine(runtime, release, kinds, secrets, MODELS, self._link, witnesses=HttpWitness)
        self._kinds = kinds
        self.flow = Flow(runtime.ledger)
        """How customers came through journeys; it counts when it is asked."""
        self.shadow_fault = ""
        """Why the release in shadow is not observed, although it should be."""
        self.publishing = asyncio.Lock()
        """Held while a publication is prepared and carried out: the next one is prepared on what it leaves."""
        self._compiled: dict[str, Release] = {release.digest: release}
        self.link_key = os.urandom(_KEY_BYTES)
        """What links are signed with; a data folder keeps its own, so that they outlast a restart."""

    def _link(self, subject: str, at: int) -> str:
        """Return the path of a page that its holder needs no API key for."""
        kind, _, rest = subject.partition(":")
        token = sign(self.link_key, subject, at + LINK_LASTING[kind])
        return f"/v1/{kind}s/{rest.partition(':')[0]}/page?token={token}"

    async def publish(self, files: Mapping[str, bytes], by: str, choices: Choices = NO_CHOICES) -> Release:
        """Check a workspace's files, keep them as a release and let it rule.

        Runs stay on the versions they are pinned to unless `choices` say otherwise. Raises `WorkspaceRefused` or
        `ChoiceImpossible` and changes nothing.
        """
        async with self.publishing:
            return await self.carry_out(await self.prepare(files, choices), by)

    async def undo(self, by: str) -> Release:
        """Undo the last publication; raises `NothingBefore` when there is no release before it."""
        async with self.publishing:
            return await self.carry_out(await self.prepare_undoing(), by)

    async def prepare(self, files: Mapping[str, bytes], choices: Choices = NO_CHOICES) -> Publication:
        """Return what publishing a workspace would be, without doing it; raises as `publish` does.

        Files whose names begin with a dot are no part of it: what is kept of releases before has such names.
        """
        return await self._prepare(own_files(files), choices, ())

    async def prepare_undoing(self) -> Publication:
        """Return the publication that undoes the last one: the workspace before it, and every run back where it was.

        Raises `NothingBefore` when there is no release before it.
        """
        before = await self.runtime.releases.before()
        files = await self.runtime.releases.files(before) if before is not None else None
        if files is None:
            raise NothingBefore
        release = self.engine.release
        prepared = await self._prepare(own_files(files), NO_CHOICES, undoing(release.routes.moves, release.digest))
        return replace(prepared, undoing=True)

    async def carry_out(self, publication: Publication, by: str) -> Release:
        """Keep a prepared release and let it rule from the next command on; its runs follow at the workspace's pace."""
        release = publication.release
        if self.engine.release.digest != publication.before:
            raise PublicationOutdated
        await keep(self.runtime, release, publication.files, by, "below" if publication.undoing else "above")
        self._compiled[release.digest] = release
        self.engine.adopt(release)
        if self.engine.running:
            await self._note_release()
        return release

    async def _prepare(self, files: Mapping[str, bytes], choices: Choices, undone: tuple[Move, ...]) -> Publication:
        # A large workspace takes seconds to compile, and signals do not wait for it.
        fresh = await asyncio.to_thread(compiled, files, self._kinds)
        former = self.engine.release.routes
        before = self.engine.release.digest
        tallies = await self.runtime.runs.counts()
        known = await self._versions({tally.version for tally in tallies})
        found = impact(fresh.routes, known, tallies, choices)
        current = {each.version for each in fresh.routes.journeys.values()}
        # Somebody may still enter what rules now while the next release is made.
        used = {tally.version for tally in tallies} | {each.version for each in former.journeys.values()}
        unfinished = former.moves if self.engine.sweep.left and not undone else ()
        moves = (*undone, *unfinished, *moves_of(fresh.routes, known, used, choices))
        kept = (used | {move.to for move in moves}) - current
        retained = dict(retained_file(known[version].journey) for version in sorted(kept) if version in known)
        release = fresh
        if retained or moves:
            release = await asyncio.to_thread(compiled, files, self._kinds, retained, moves)
        changes = contract_changes(contracts(self.engine.release), contracts(release))
        return Publication(release, {**files, **kept_files(retained, moves)}, found, before, changes)

    async def _versions(self, wanted: set[str]) -> dict[str, CompiledJourney]:
        """Return the versions of journeys that rule now, and wanted ones of releases before."""
        known = dict(self.engine.release.routes.versions)
        for record in await self.history() if wanted - known.keys() else ():
            earlier = await self.release(record.digest)
            for version in (wanted - known.keys()) & (earlier.routes.versions.keys() if earlier else set()):
                known[version] = earlier.routes.versions[version] if earlier else known[version]
        return known

    async def observe(self, files: Mapping[str, bytes], by: str) -> Shadow:
        """Keep a workspace as the release in shadow, and have it decide once more whatever is decided from now on.

        It is the release that publishing the workspace would give. Raises `WorkspaceRefused` and changes nothing.
        """
        async with self.publishing:
            prepared = await self.prepare(files)
            release, now = prepared.release, self.runtime.clock.now()
            await self.runtime.shadows.begin(release.digest, release.name, with_baseline(prepared.files), now, by)
            self.engine.observe(release)
            self.shadow_fault = ""
            return Shadow(release.digest, release.name, now, by)

    async def stop_observing(self) -> None:
        """Have no release in shadow any more."""
        async with self.publishing:
            await self.runtime.shadows.end(self.runtime.clock.now())
            self.engine.observe(None)
            self.shadow_fault = ""

    async def _observe_again(self) -> None:
        """Take up the release that was in shadow when the process ended; whatever is wrong with it is its own affair."""
        latest = await self.runtime.shadows.latest()
        files = await self.runtime.shadows.files(latest.digest) if latest is not None and not latest.ended else None
        if latest is None or files is None:
            return
        try:
            kept = split_kept(files)
            release = await asyncio.to_thread(compiled, files, self._kinds, kept.retained, kept.moves)
            if release.digest != latest.digest:
                # The baseline of the version that runs is another one: that makes it another release.
                own = with_baseline(files)
                now = self.runtime.clock.now()
                await self.runtime.shadows.begin(release.digest, release.name, own, now, "upgrade")
            self.engine.observe(release)
        except Exception as error:
            LOG.exception("the release in shadow is not observed")
            self.shadow_fault = str(error)

    async def release(self, digest: str) -> Release | None:
        """Return any release ever published; None when it was not, or no longer compiles to the same digest here."""
        known = self._compiled.get(digest)
        if known is None:
            files = await self.runtime.releases.files(digest)
            again = recompiled(files, self._kinds) if files is not None else None
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
        await self._observe_again()
        recovered = await self.engine.start()
        await self._note_release()
        return recovered

    async def _note_release(self) -> None:
        """Have the ledger, and so the log, say which release rules from now on, and who published it."""
        platform = await self.engine.customer(PLATFORM)
        digest = self.engine.release.digest
        if platform is not None and platform.parts[0].release == digest:
            return
        record = next((each for each in await self.history() if each.digest == digest), None)
        by = Actor("operator", record.by) if record is not None and record.by else SYSTEM
        at = self.runtime.clock.now()
        await self.engine.submit(Activate(f"activation:{digest}:{at}", by, digest), PLATFORM)

    async def stop(self) -> None:
        """End without losing anything."""
        await self.engine.stop()
        await self.runtime.close()


def contracts(release: Release) -> dict[str, Action]:
    """Return the contracts of a release's actions by name."""
    return {name: each.action for name, each in release.actions.items()}


def recompiled(files: Mapping[str, bytes], kinds: Mapping[str, AdapterKind] = KINDS) -> Release | list[Problem]:
    """Compile a kept release again, on the baseline and with the former versions it was made with."""
    kept = split_kept(files)
    return compile_workspace(files, kinds, kept_baseline(files), kept.retained, kept.moves)


def compiled(
    files: Mapping[str, bytes],
    kinds: Mapping[str, AdapterKind] = KINDS,
    retained: Mapping[str, bytes] = MappingProxyType({}),
    moves: tuple[Move, ...] = (),
) -> Release:
    """Compile a workspace's files with what is kept of releases before it; raises `WorkspaceRefused` with every problem."""
    release = compile_workspace(files, kinds, retained=retained, moves=moves)
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
    return await open_with(data, files, by=by, runtime=runtime, kinds=kinds, secrets=secrets)


async def open_with(
    data: Path,
    files: Mapping[str, bytes] | None,
    *,
    by: str = "cli",
    runtime: Runtime | None = None,
    kinds: Mapping[str, AdapterKind] = KINDS,
    secrets: Secrets = environment,
) -> Platform:
    """Open a data folder as `open_platform` does, with a workspace given by its files."""
    if files is not None:
        compiled(files, kinds)
    folder = data if runtime is None else None
    runtime = runtime or await EmbeddedRuntime.open(data)
    try:
        platform = await _opened(runtime, files, by, kinds, secrets)
        platform.link_key = _link_key(secrets, folder) or platform.link_key
        return platform
    except BaseException:
        await runtime.close()
        raise


def _link_key(secrets: Secrets, folder: Path | None) -> bytes | None:
    """Return the key that is given, by which several servers know each other's links, or that the data folder keeps."""
    given = secrets(LINK_KEY)
    if given:
        return sha256(given.encode()).digest()
    return kept_key(folder / "link.key") if folder is not None else None


async def _opened(
    runtime: Runtime,
    files: Mapping[str, bytes] | None,
    by: str,
    kinds: Mapping[str, AdapterKind],
    secrets: Secrets,
) -> Platform:
    try:
        platform = Platform(runtime, await _active(runtime, kinds), kinds, secrets)
    except (NothingPublished, WorkspaceRefused):
        if files is None:
            raise
        release = compiled(files, kinds)
        await keep(runtime, release, files, by)
        return Platform(runtime, release, kinds, secrets)
    known = await runtime.releases.files(platform.engine.release.digest)
    if files is not None and known is not None and own_files(files) != own_files(known):
        await platform.publish(files, by)
    return platform


async def keep(runtime: Runtime, release: Release, files: Mapping[str, bytes], by: str, place: Place = "above") -> None:
    """Keep a release with the baseline it stands on, so that any later version can compile it again, and let it rule."""
    kept = with_baseline(files)
    now = runtime.clock.now()
    await runtime.releases.publish(release.digest, release.name, kept, now, by, place=place)


def with_baseline(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a release's files with the baseline of the version that runs."""
    own = {path: content for path, content in files.items() if not path.startswith(_BASELINE)}
    return own | {f"{_BASELINE}{path}": content for path, content in baseline_files().items()}


def own_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the workspace's own files among those of a kept release."""
    return {path: content for path, content in files.items() if not path.startswith(".")}


def kept_baseline(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the baseline that a kept release stands on."""
    return {path.removeprefix(_BASELINE): content for path, content in files.items() if path.startswith(_BASELINE)}


async def _active(runtime: Runtime, kinds: Mapping[str, AdapterKind]) -> Release:
    digest = await runtime.releases.active()
    files = await runtime.releases.files(digest) if digest is not None else None
    if digest is None or files is None:
        raise NothingPublished
    # Workspaces rule on the baseline of the version that runs; what changed with it is a new release.
    kept = split_kept(files)
    release = compiled(files, kinds, kept.retained, kept.moves)
    if release.digest != digest:
        # Runs say by which release they were moved: those of the one that is replaced go on, and are undone, in its name.
        moves = tuple(each if each.release else replace(each, release=digest) for each in kept.moves)
        release = compiled(files, kinds, kept.retained, moves)
        await keep(runtime, release, {**files, **kept_files(kept.retained, moves)}, "upgrade", "instead")
    return release
