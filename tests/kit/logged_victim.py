"""Processes that work and keep a log until they are killed: each tells what was acknowledged, and what was published.

A nursery compiles the rules once and forks every life from there, so that a life begins within milliseconds.
"""

import asyncio
import json
import os
import random
import signal as signals
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.kit.harbour import proposal, signal
from tests.kit.victim import release_with_receiver
from xop.assembly import KINDS
from xop.engine.engine import Engine
from xop.engine.head import Signed
from xop.kernel.identity.model import Identifier
from xop.kernel.release import LogRules, Release
from xop.runtimes.embedded import EmbeddedRuntime

CUSTOMERS = 23
AT_ONCE = 12


class Nursery:
    """Begins lives over one folder, and ends them."""

    def __init__(self, orders: Connection, told: Path) -> None:
        self._orders = orders
        self._told = told

    def live(self, life: int, seconds: float, *, begun: bool) -> list[list[Any]]:
        """Kill a life some seconds after its birth, or after it has begun to work, and return what it told.

        That is ["leaf", decision, index] and ["checkpoint", note].
        """
        notes = self._told / str(life)
        notes.touch()
        self._orders.send(life)
        pid = self._orders.recv()
        if begun:
            assert self._orders.recv() == "begun", "the life ended before it was killed"
        self._orders.poll(seconds)
        os.kill(pid, signals.SIGKILL)
        while isinstance(ending := self._orders.recv(), str):
            pass
        assert ending == -signals.SIGKILL, "the life ended before it was killed"
        # A kill in the middle of a line leaves half of it.
        lines = notes.read_bytes().split(b"\n")[:-1]
        return [json.loads(line) for line in lines]


@contextmanager
def nursery(folder: Path, receiver: str, told: Path) -> Iterator[Nursery]:
    """Open a nursery of lives that write down what they tell in files of a folder."""
    told.mkdir()
    ours, theirs = get_context("forkserver").Pipe()
    process = get_context("forkserver").Process(target=_nurse, args=(folder, receiver, told, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        assert ours.recv() == "ready"
        yield Nursery(ours, told)
    finally:
        process.kill()
        process.join()
        ours.close()


def _nurse(folder: Path, receiver: str, told: Path, orders: Connection) -> None:
    rules = logged_release(receiver)
    orders.send("ready")
    while True:
        life = orders.recv()
        begun, begin = os.pipe()
        pid = os.fork()
        if not pid:
            asyncio.run(_work(folder, rules, life, told / str(life), begin))
        os.close(begin)
        orders.send(pid)
        orders.send("begun" if os.read(begun, 1) else "")
        os.close(begun)
        orders.send(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


async def _work(folder: Path, rules: Release, life: int, told: Path, begin: int) -> None:
    notes = os.open(told, os.O_WRONLY | os.O_APPEND)

    def tell(*what: object) -> None:
        os.write(notes, json.dumps(what).encode() + b"\n")

    runtime = await EmbeddedRuntime.open(folder)
    engine = Engine(runtime, rules, KINDS, lambda _name: "secret")
    publish = engine.log.head.publish

    async def published(signed: Signed) -> None:
        await publish(signed)
        tell("checkpoint", signed.note.render().decode())

    setattr(engine.log.head, "publish", published)  # noqa: B010 - what is published is told as well
    await engine.start()
    known = [signal(each, "page.viewed", f"account:k{each}", path="/") for each in range(CUSTOMERS)]
    await asyncio.gather(*(engine.submit(each) for each in known))
    os.write(begin, b"!")
    chance, number = random.Random(life), life * 100_000
    while True:
        group = range(number, number + chance.randint(1, AT_ONCE))
        number = group.stop
        for decision, index in await asyncio.gather(*(_one(engine, each) for each in group)):
            tell("leaf", decision, index)


async def _one(engine: Engine, number: int) -> tuple[str, int]:
    who = Identifier.parse(f"account:k{number % CUSTOMERS}")
    answer = await engine.submit(proposal(number, "issue_credit", cents=number % 5000 + 1), who)
    assert answer.decision is not None, answer.refusal
    place = await engine.runtime.leaves.place(answer.decision.id)
    assert place is not None
    return answer.decision.id, place.index


def logged_release(receiver: str) -> Release:
    """Return the harbour's release over an HTTP receiver, with checkpoints as often as can be."""
    return replace(release_with_receiver(receiver), log=LogRules(interval=5))
