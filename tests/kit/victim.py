"""A process that works until it is killed: it sends itself signals and proposals and tells what was acknowledged."""

import asyncio
import random
from multiprocessing.connection import Connection
from pathlib import Path

from tests.kit.harbour import proposal, release_with, signal
from xop.assembly import KINDS
from xop.engine.engine import Engine
from xop.engine.ticket import Answer
from xop.kernel.commands import Command
from xop.kernel.identity.model import Identifier
from xop.runtimes.embedded import EmbeddedRuntime

CUSTOMERS = 37
AT_ONCE = 24


def work(folder: Path, receiver: str, lives: int, tell: Connection) -> None:
    """Run one life: open the store, send retries and new commands, report each answer as (command, position, duplicate)."""
    asyncio.run(_work(folder, receiver, lives, tell))


async def _work(folder: Path, receiver: str, lives: int, tell: Connection) -> None:
    runtime = await EmbeddedRuntime.open(folder)
    rules = release_with_receiver(receiver)
    engine = Engine(runtime, rules, KINDS, lambda _name: "secret")
    await engine.start()
    tell.send(("open", 0, False))
    chance = random.Random(lives)
    # What a client does whose connection broke: the last commands again, acknowledged or not.
    for number in range(max(0, lives - 1) * 1000, max(0, lives - 1) * 1000 + 60):
        await _one(engine, tell, number)
    number = lives * 1000
    while True:
        group = [_one(engine, tell, number + index) for index in range(chance.randint(1, AT_ONCE))]
        number += len(group)
        await asyncio.gather(*group)


async def _one(engine: Engine, tell: Connection, number: int) -> None:
    command, target = the_command(number)
    answer: Answer = await engine.submit(command, target)
    if answer.refusal is None:
        tell.send((command.id, answer.position, answer.duplicate))


def the_command(number: int) -> tuple[Command, Identifier | None]:
    """Return the command of a number: the same in every life."""
    who = f"account:k{number % CUSTOMERS}"
    if number % 5 == 4:
        return proposal(number, "issue_credit", cents=number % 5000 + 1), Identifier.parse(who)
    return signal(number, "page.viewed", who, path="/cancel" if number % 7 == 0 else f"/{number}"), None


def release_with_receiver(receiver: str):
    """Return the harbour's release with its connection bound to an HTTP receiver."""
    return release_with(adapter="http", base_url=receiver, idempotent=True)
