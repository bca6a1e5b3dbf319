"""Notes: what the face itself keeps beside the ledger, in a small file of the data folder."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from a2a.types.a2a_pb2 import TaskPushNotificationConfig
from msgspec import Struct

from xop.faces.a2a.wish import Wish
from xop.kernel.base.actor import Actor

NOTES_FILE = "a2a.db"

MOST_TARGETS = 5
"""Addresses that one task may be told to."""

MOST_DRAFTS = 100
"""Wishes with something missing that are kept of one principal; the oldest goes first."""

_KEPT = 86_400_000
"""Milliseconds that a wish with something missing is kept."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS drafts (
    actor TEXT, task TEXT, wish BLOB, cancelled INTEGER, at INTEGER, PRIMARY KEY (actor, task)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS targets (
    actor TEXT, task TEXT, id TEXT, config BLOB, told TEXT, PRIMARY KEY (actor, task, id)) WITHOUT ROWID;
"""

_KEEP = "INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?, ?)"

_OLD = "DELETE FROM drafts WHERE at < ? RETURNING actor, task"

_TOO_MANY = """
DELETE FROM drafts WHERE actor = ?1 AND task NOT IN (
    SELECT task FROM drafts WHERE actor = ?1 ORDER BY at DESC, task = ?2 DESC LIMIT ?3)
RETURNING actor, task
"""

_Write = tuple[str, tuple[Any, ...]]
"""A statement with its values."""


class Draft(Struct, frozen=True):
    """A task from which no proposal has come yet: something is missing."""

    task: str
    wish: Wish
    at: int
    cancelled: bool = False


class Target(Struct, frozen=True):
    """Where somebody wants to be told what becomes of their task."""

    actor: Actor
    task: str
    config: bytes
    """The protocol's own message."""
    told: str = ""
    """The last state told."""

    @property
    def settings(self) -> TaskPushNotificationConfig:
        """The settings as the protocol has them."""
        settings = TaskPushNotificationConfig()
        settings.ParseFromString(self.config)
        return settings


class Notes:
    """Keeps drafts and the addresses to tell; what a method returned from is on disk."""

    def __init__(self, folder: Path, now: int) -> None:
        self._path = folder / NOTES_FILE
        self._drafted: set[tuple[str, str]] = set()
        self._targeted: set[tuple[str, str]] = set()
        self._writing = asyncio.Lock()
        if self._path.exists():
            self._ask(_OLD, (now - _KEPT,))
            self._drafted = set(self._ask("SELECT actor, task FROM drafts"))
            self._targeted = set(self._ask("SELECT actor, task FROM targets"))

    def _ask(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._ask_all([(query, values)])

    def _ask_all(self, writes: Sequence[_Write]) -> list[tuple[Any, ...]]:
        """Notes are few, so that a connection for each use costs little and leaves nothing to close."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        with closing(sqlite3.connect(self._path)) as db:
            db.executescript(f"PRAGMA synchronous=FULL; {_SCHEMA}")
            with db:
                return [row for query, values in writes for row in db.execute(query, values).fetchall()]

    async def _write(self, *writes: _Write) -> list[tuple[Any, ...]]:
        """Write elsewhere than in the event loop, which the disk must not hold up: anybody may have much written."""
        async with self._writing:
            return await asyncio.to_thread(self._ask_all, writes)

    async def keep(self, actor: Actor, draft: Draft) -> None:
        """Keep a draft, and forget those that nobody came back to, or that are too many."""
        row = (str(actor), draft.task, msgspec.json.encode(draft.wish), draft.cancelled, draft.at)
        self._drafted.add(row[:2])
        bounds = (_OLD, (draft.at - _KEPT,)), (_TOO_MANY, (str(actor), draft.task, MOST_DRAFTS))
        gone = await self._write((_KEEP, row), *bounds)
        # Meanwhile another draft may have pushed this one out, before it was kept anew.
        self._drafted = self._drafted.difference(gone) | {row[:2]}

    async def forget(self, actor: Actor, task: str) -> None:
        """Forget a draft: the ledger knows more."""
        if (str(actor), task) in self._drafted:
            await self._write(("DELETE FROM drafts WHERE actor = ? AND task = ?", (str(actor), task)))
            self._drafted.discard((str(actor), task))

    def draft(self, actor: Actor, task: str) -> Draft | None:
        """Return a draft of somebody."""
        if (str(actor), task) not in self._drafted:
            return None
        found = self._drafts("actor = ? AND task = ?", (str(actor), task))
        return found[0] if found else None

    def drafts(self, actor: Actor) -> list[Draft]:
        """Return all drafts of somebody, newest first."""
        return self._drafts("actor = ?", (str(actor),)) if self._drafted else []

    def _drafts(self, where: str, values: tuple[str, ...]) -> list[Draft]:
        query = f"SELECT task, wish, at, cancelled FROM drafts WHERE {where} ORDER BY at DESC"  # noqa: S608 - fixed text
        return [
            Draft(task, msgspec.json.decode(wish, type=Wish), at, bool(cancelled))
            for task, wish, at, cancelled in self._ask(query, values)
        ]

    def add(self, target: Target) -> bool:
        """Keep an address, in place of one with the same id; False when the task has as many as it may."""
        mine = [each for each in self.targets(target.actor, target.task) if each.settings.id != target.settings.id]
        if len(mine) >= MOST_TARGETS:
            return False
        row = (str(target.actor), target.task, target.settings.id, target.config, target.told)
        self._ask("INSERT OR REPLACE INTO targets VALUES (?, ?, ?, ?, ?)", row)
        self._targeted.add(row[:2])
        return True

    def remove(self, actor: Actor, task: str, name: str) -> None:
        """Forget an address."""
        self._ask("DELETE FROM targets WHERE actor = ? AND task = ? AND id = ?", (str(actor), task, name))

    def targets(self, actor: Actor | None = None, task: str | None = None) -> list[Target]:
        """Return the addresses of a task, or of all tasks."""
        if not self._targeted:
            return []
        values: tuple[str, ...] = ()
        query = "SELECT actor, task, config, told FROM targets ORDER BY id"
        if actor is not None and task is not None:
            query = "SELECT actor, task, config, told FROM targets WHERE actor = ? AND task = ? ORDER BY id"
            values = (str(actor), task)
        return [Target(_actor(who), about, config, told) for who, about, config, told in self._ask(query, values)]

    async def note(self, target: Target, told: str) -> None:
        """Note the last state that was told to an address."""
        values = (told, str(target.actor), target.task, target.settings.id)
        await self._write(("UPDATE targets SET told = ? WHERE actor = ? AND task = ? AND id = ?", values))


def _actor(text: str) -> Actor:
    kind, _, name = text.partition(":")
    return msgspec.convert({"kind": kind, "id": name}, Actor)
