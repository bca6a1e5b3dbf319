"""The sequencer: the one writer of the log's files, which turns durable leaves into tiles and signed checkpoints."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from xop.engine.head import Head, Signed
from xop.engine.log_reading import Reading
from xop.engine.watch import Watch
from xop.kernel.audit.schema import LeafRefused, check_leaf
from xop.kernel.log.checkpoint import Checkpoint, signed_checkpoint
from xop.kernel.log.errors import LogError
from xop.kernel.log.growth import edge_tiles, grow
from xop.kernel.log.merkle import HASH_SIZE, Frontier, leaf_hash, verify_consistency
from xop.kernel.log.tile import WIDTH, TileReader, parse_tile, tile_at
from xop.kernel.release import LogRules
from xop.ports.errors import StorageError
from xop.ports.runtime import Runtime

LOG = logging.getLogger("xop.log")

FULL = 1024
"""Leaves that do not wait for the interval to be over."""

_MOST = 16 * WIDTH
"""Leaves under one more checkpoint."""

_AFTER_A_FAULT = 1000
"""Milliseconds until the log is written again after it could not be."""


class LogRefused(Exception):  # noqa: N818 - names what happened
    """Signing would contradict what was signed before; the message is fit for an operator."""


class Sequencer:
    """Integrates leaves in the order they were committed in.

    On disk entries come first, then tiles, then the checkpoint, so that whatever a checkpoint speaks of is there. What
    would contradict the checkpoint on disk is never signed: then the log stands still, loudly, and everything else goes on.
    """

    def __init__(
        self,
        runtime: Runtime,
        head: Head,
        rules: Callable[[], LogRules],
        objections: Callable[[Signed], Awaitable[str]],
        published: Callable[[], None] = lambda: None,
    ) -> None:
        """`objections` asks the witnesses what speaks against going on from a checkpoint; `published` is told of each."""
        self.head = head
        self.refusal = ""
        """Why nothing is signed any more until somebody has mended it and the process is started again."""
        self.fault = ""
        """Why the log could not be written the last time; it is tried again."""
        self.leaves = 0
        """Durable leaves, as of the last look."""
        self._runtime = runtime
        self._rules = rules
        self._objections = objections
        self._published = published
        self._reading = Reading(runtime.tiles)
        self._frontier: Frontier | None = None
        self._edge: dict[str, bytes] = {}
        self._next = 0
        self._waiting = 0
        self._since: int | None = None
        """When the oldest leaf that may be without a checkpoint became durable, at the earliest."""
        self._started = False
        self._round: asyncio.Task[None] | None = None
        self._watch = Watch("sequencer", runtime.clock, self._look)

    @property
    def lag(self) -> int:
        """For how many milliseconds a leaf has waited for its checkpoint; 0 when none does."""
        return 0 if self._since is None else max(0, self._runtime.clock.now() - self._since)

    def start(self) -> None:
        """Begin to integrate."""
        self._started = True
        self._since = self._runtime.clock.now()
        self._watch.start()

    async def stop(self) -> None:
        """Integrate what is left, and end; nothing happens where nothing was started."""
        if not self._started:
            return
        self._started = False
        await self._watch.stop()
        if self._round is not None:
            await asyncio.wait((self._round,))
        self._next = 0
        await self._look()

    def note(self, count: int) -> None:
        """Take in that leaves have become durable."""
        before, self._waiting = self._waiting, self._waiting + count
        if self._since is None:
            self._since = self._runtime.clock.now()
        if not before or before < FULL <= self._waiting:
            self._watch.wake()

    def refuse(self, reason: str) -> None:
        """Sign nothing more: going on would contradict what others hold."""
        if not self.refusal:
            LOG.critical("the log stands still, and nothing more is signed: %s", reason)
        self.refusal = self.refusal or reason
        self.head.tell()

    async def _look(self) -> int | None:
        if self.refusal:
            return None
        now = self._runtime.clock.now()
        if now < self._next and self._waiting < FULL:
            return self._next
        # A round is finished even when the watch is stopped in the middle of it: two must never write at once.
        self._round = asyncio.create_task(self._guarded(now))
        await asyncio.shield(self._round)
        return self._next if self._since is not None else None

    async def _guarded(self, now: int) -> None:
        try:
            await self._integrate(now)
        except LogRefused as error:
            self.refuse(str(error))
        except (StorageError, LogError) as error:
            self._failed(str(error), now)
        except Exception as error:
            LOG.exception("the log met a fault")
            self._failed(f"a fault: {error}", now)
        else:
            if self.fault:
                LOG.warning("the log is written again")
            self.fault = ""
            self.head.tell()

    def _failed(self, fault: str, now: int) -> None:
        if not self.fault:
            LOG.error("the log cannot be written, leaves wait for it: %s", fault)
        self.fault = fault
        self.head.tell()
        self._next = now + _AFTER_A_FAULT

    async def _integrate(self, now: int) -> None:
        """Bring everything that is durable now under a checkpoint."""
        frontier = self._frontier if self._frontier is not None else await self._opened()
        self._waiting = 0
        self.leaves = count = await self._runtime.leaves.count()
        self._next = now + self._rules().interval
        if count < frontier.size:
            raise LogRefused(_set_back(frontier.size, count))
        while frontier.size < count and not self.refusal:
            frontier = await self._extend(frontier, min(count, frontier.size + _MOST))
        self._since = now if self._waiting else None

    async def _extend(self, old: Frontier, size: int) -> Frontier:
        """Put leaves up to a size under one more checkpoint."""
        before = await self._persisted(old)
        frontier, files = await self._grown(old, size)
        await self._require_free(files)
        await self._runtime.tiles.write(files)
        checkpoint = Checkpoint(self.head.verifier.name, frontier.size, frontier.root)
        await self._require_extension(before, checkpoint)
        await self.head.publish(Signed(checkpoint, signed_checkpoint(checkpoint, self._runtime.signer)))
        kept = {tile.path for tile in edge_tiles(size)}
        self._edge = {path: data for path, data in {**self._edge, **files}.items() if path in kept}
        self._frontier = frontier
        self._published()
        return frontier

    async def _grown(self, old: Frontier, size: int) -> tuple[Frontier, dict[str, bytes]]:
        """Return the log with more leaves, a bundle at a time so that others have their turn, and the files to write."""
        frontier, known, files = old, dict(self._edge), dict[str, bytes]()
        leaves: Sequence[bytes] = ()
        while frontier.size < size:
            end = min(size, (frontier.size // WIDTH + 1) * WIDTH)
            leaves = await self._runtime.leaves.page(frontier.size, end - frontier.size)
            if len(leaves) != end - frontier.size:
                raise StorageError(f"leaves from {frontier.size} on are missing in the store")
            _require_fit(leaves, frontier.size)
            growth = grow(frontier, leaves, known.get)
            frontier = growth.frontier
            known.update(growth.files)
            files.update(growth.files)
            await asyncio.sleep(0)
        return frontier, {path: data for path, data in sorted(files.items(), key=_order) if _lasts(path, size)}

    async def _require_free(self, files: Mapping[str, bytes]) -> None:
        """Raise unless what is at the paths to write is what is to be written, as an interrupted round leaves it."""
        for path, content in files.items():
            there = await self._runtime.tiles.read(path)
            if there is not None and there != content:
                raise LogRefused(
                    f"{path} is there already with other content: leaves have changed since it was written; "
                    "put store and log back from one backup"
                )

    async def _persisted(self, frontier: Frontier) -> Checkpoint:
        """Return the checkpoint on disk, which must be what this process goes on from."""
        signed = await self.head.load()
        found = signed.checkpoint if signed is not None else Checkpoint(self.head.verifier.name, 0, Frontier().root)
        if (found.size, found.root) != (frontier.size, frontier.root):
            raise LogRefused(
                f"the checkpoint on disk is of {found.size} leaves and another tree than the one of {frontier.size} that "
                "was written last: somebody else writes to the folder, or it was put back; end the other and start again"
            )
        return found

    async def _require_extension(self, before: Checkpoint, after: Checkpoint) -> None:
        """Raise unless the tiles, as they are on disk, prove that a checkpoint goes on from the one before."""

        def proof(read: Callable[[str], bytes | None]) -> tuple[bytes, ...]:
            reader = TileReader(after.size, read)
            if reader.root() != after.root:
                raise LogRefused(f"the tiles on disk do not give the root of the {after.size} leaves")
            return reader.consistency_proof(before.size)

        try:
            hashes = await self._reading.over(proof)
            verify_consistency(before.size, after.size, before.root, after.root, hashes)
        except LogError as error:
            raise LogRefused(f"the log does not go on from its last checkpoint: {error}") from error

    async def _opened(self) -> Frontier:
        """Return the right edge of the log on disk, checked against its checkpoint, the store and the witnesses."""
        found = await self._loaded()
        signed = found or self._empty()
        frontier = await self._frontier_of(signed.checkpoint)
        objection = await self._objections(signed)
        if objection:
            raise LogRefused(objection)
        if found is None:
            await self.head.publish(signed)
        else:
            self.head.adopt(signed)
        self._edge = await self._reading.edge(frontier.size)
        self._frontier = frontier
        self._published()
        return frontier

    async def _loaded(self) -> Signed | None:
        try:
            return await self.head.load()
        except LogError as error:
            raise LogRefused(
                f"the checkpoint on disk is none of this log: {error}; put it back from a backup"
            ) from error

    async def _frontier_of(self, checkpoint: Checkpoint) -> Frontier:
        """Return the right edge of the tree on disk, which must be the one that was signed and that the store has."""
        count = await self._runtime.leaves.count()
        if count < checkpoint.size:
            raise LogRefused(_set_back(checkpoint.size, count))
        try:
            frontier = await self._reading.over(lambda read: TileReader(checkpoint.size, read).frontier())
        except LogError as error:
            raise LogRefused(f"the tree on disk cannot be read: {error}; put the file back from a backup") from error
        if frontier.root != checkpoint.root:
            raise LogRefused("the tiles on disk do not give the root that was signed; put them back from a backup")
        await self._require_tail(checkpoint)
        return frontier

    def _empty(self) -> Signed:
        checkpoint = Checkpoint(self.head.verifier.name, 0, Frontier().root)
        return Signed(checkpoint, signed_checkpoint(checkpoint, self._runtime.signer))

    async def _require_tail(self, checkpoint: Checkpoint) -> None:
        """Raise unless the store's last leaves are those in the tree: a store put back may have grown others since."""
        if not checkpoint.size:
            return
        number = (checkpoint.size - 1) // WIDTH
        leaves = await self._runtime.leaves.page(number * WIDTH, checkpoint.size - number * WIDTH)
        hashes = await self._reading.over(lambda read: TileReader(checkpoint.size, read).tile(0, number))
        for place, leaf in enumerate(leaves):
            if leaf_hash(leaf) != hashes[place * HASH_SIZE : (place + 1) * HASH_SIZE]:
                raise LogRefused(
                    f"leaf {number * WIDTH + place} of the store is another than the one that was signed: the store was "
                    "put back from a backup; put store and log back from one backup, the latest there is"
                )


def _require_fit(leaves: Sequence[bytes], first: int) -> None:
    """Raise for a leaf out of the schema: what is published can never be taken back, so it is not published at all."""
    for index, leaf in enumerate(leaves, first):
        try:
            check_leaf(leaf)
        except LeafRefused as error:
            raise LogRefused(
                f"leaf {index} is not one that the log may hold: {error}; nothing of it was published: "
                "start the version of the program that knows such leaves, or tell its makers"
            ) from error


def _set_back(signed: int, stored: int) -> str:
    return (
        f"{signed} leaves were signed, and the store has {stored}: it was put back from a backup; "
        "put a later one back, the log with it"
    )


def _order(item: tuple[str, bytes]) -> tuple[int, int, int]:
    tile = parse_tile(item[0])
    return tile.level, tile.number, tile.width


def _lasts(path: str, size: int) -> bool:
    """Say whether a file is one of a log of this size: partial ones on the way to it are not kept."""
    tile = parse_tile(path)
    return tile.width == WIDTH or tile == tile_at(tile.level, tile.number, size)
