"""The head of the log: the checkpoint that is published, and the latest one that enough witnesses have cosigned."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Literal

from msgspec import Struct

from xop.kernel.log.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from xop.kernel.log.errors import LogError
from xop.kernel.log.note import Note, Signature, parse_note
from xop.kernel.log.trust import Group, Party, Trust
from xop.kernel.log.verifier import Signer, Verifier, log_verifier, parse_vkey
from xop.kernel.release import LogRules
from xop.ports.log import CHECKPOINT, TileStore
from xop.ports.secret import names_secret

QUORUM = "quorum"
"""What the group of all witnesses is called in the trust policy."""

_MOST_RECENT = 32
"""Checkpoints whose cosignatures may still come."""

LeafState = Literal["recorded", "integrated", "witnessed"]
"""How far a leaf has got: durable, under a signed checkpoint, under one that enough witnesses cosigned."""


class Signed(Struct, frozen=True):
    """A checkpoint with the note it stands in."""

    checkpoint: Checkpoint
    note: Note


class Head:
    """Publishes checkpoints; what a witness adds is appended to the very one it cosigned."""

    def __init__(self, tiles: TileStore, signer: Signer, rules: Callable[[], LogRules]) -> None:
        self.verifier = log_verifier(signer)
        self.latest: Signed | None = None
        self._witnessed: Signed | None = None
        self._tiles = tiles
        self._rules = rules
        self._trusted: tuple[LogRules, Trust] | None = None
        self._recent: dict[str, Note] = {}
        self._writing = asyncio.Lock()
        self._changed = asyncio.Event()

    @property
    def trust(self) -> Trust:
        """The policy that readers of the log may go by: this log, and a quorum of its witnesses."""
        rules = self._rules()
        if self._trusted is None or (self._trusted[0] is not rules and self._trusted[0] != rules):
            self._trusted = rules, trust_of(self.verifier, rules)
            self._judge_again()
        return self._trusted[1]

    @property
    def witnessed(self) -> Signed | None:
        """The latest checkpoint that enough witnesses cosigned, by the rules of now."""
        return self._witnessed if self.trust.witnesses else None

    @property
    def size(self) -> int:
        """How many leaves are under the published checkpoint."""
        return self.latest.checkpoint.size if self.latest else 0

    @property
    def witnessed_size(self) -> int:
        """How many leaves are under a checkpoint that enough witnesses cosigned; 0 where none are asked to."""
        return self.witnessed.checkpoint.size if self.witnessed else 0

    def state(self, index: int) -> LeafState:
        """Say how far a leaf has got."""
        if index < self.witnessed_size:
            return "witnessed"
        return "integrated" if index < self.size else "recorded"

    async def load(self) -> Signed | None:
        """Return the checkpoint that is on disk; raises `LogError` when it is none of this log."""
        data = await self._tiles.read(CHECKPOINT)
        if data is None:
            return None
        note = parse_note(data)
        return Signed(open_checkpoint(note, self.verifier), note)

    async def ready(self) -> None:
        """Know what is published, where nothing was published since the process began."""
        if self.latest is None:
            found = await self.load()
            if found is not None and self.latest is None:
                self.adopt(found)

    def adopt(self, signed: Signed) -> None:
        """Take a checkpoint that is on disk for the published one."""
        self.latest = signed
        self._note_recent(signed.note)
        self._judge(signed)
        self.tell()

    async def publish(self, signed: Signed) -> None:
        """Publish a new checkpoint; raises `StorageError`."""
        async with self._writing:
            await self._tiles.publish(signed.note.render())
            self.adopt(signed)

    async def add(self, text: str, signatures: Iterable[Signature]) -> None:
        """Add cosignatures to the checkpoint of a text; one that is published still is published with them."""
        async with self._writing:
            note = self._recent.get(text)
            if note is None:
                return
            cosigned = note.with_signatures(signatures)
            if self.latest is not None and self.latest.note.text == text:
                await self._tiles.publish(cosigned.render())
                self.latest = Signed(self.latest.checkpoint, cosigned)
            self._recent[text] = cosigned
            self._judge(Signed(parse_checkpoint(text), cosigned))
            self.tell()

    async def reached(self, index: int, state: LeafState, seconds: float) -> None:
        """Return when a leaf has got so far, or some seconds are over."""
        enough = ("witnessed",) if state == "witnessed" else ("integrated", "witnessed")
        try:
            async with asyncio.timeout(seconds):
                while self.state(index) not in enough:
                    await self._changed.wait()
        except TimeoutError:
            return

    async def changed(self) -> None:
        """Return when something of the log has changed: what is published, cosigned, or what keeps it from being so."""
        await self._changed.wait()

    def _note_recent(self, note: Note) -> None:
        self._recent[note.text] = note
        while len(self._recent) > _MOST_RECENT:
            del self._recent[next(iter(self._recent))]

    def _judge(self, signed: Signed) -> None:
        """Take a checkpoint for the witnessed one when enough witnesses cosigned it."""
        if not self.trust.witnesses or signed.checkpoint.size < self.witnessed_size:
            return
        if self.trust.satisfied(signed.note):
            self._witnessed = signed

    def _judge_again(self) -> None:
        """Judge by new rules what was judged by others: who goes by their policy may want more or other witnesses."""
        before, self._witnessed = self._witnessed, None
        earlier = {before.note.text: before.note} if before is not None else {}
        for note in {**earlier, **self._recent}.values():
            self._judge(Signed(parse_checkpoint(note.text), note))

    def tell(self) -> None:
        """Wake whoever waits for a change of the log."""
        self._changed.set()
        self._changed = asyncio.Event()


def trust_of(log: Verifier, rules: LogRules) -> Trust:
    """Return the trust policy of a log and its witnesses; a key that cannot be read is left out."""
    witnesses: dict[str, Party] = {}
    for name, (key, url) in rules.witnesses.items():
        try:
            witnesses[name] = Party(parse_vkey(key), "" if names_secret(url) else url)
        except LogError:
            continue
    if not witnesses:
        return Trust(logs=(Party(log),))
    groups = {QUORUM: Group(rules.quorum, tuple(witnesses))}
    return Trust(logs=(Party(log),), witnesses=witnesses, groups=groups, quorum=QUORUM)
