"""The demonstration's day in virtual time, with the weeks after it, and changes of the workspace planted in files."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import yaml

from examples.northwind_mobile.customers import (
    CAST,
    Event,
    afternoon,
    arrival,
    evening,
    morning,
    noon,
    page,
    population,
)
from examples.northwind_mobile.server import WORKSPACE
from xop.assembly import compiled, workspace_files
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Signal
from xop.kernel.identity.model import Identifier
from xop.lab.scenarios.stage import Stage
from xop.workspace.scenarios.model import Response

CHANGES = Path(__file__).parent / "northwind_changes"

MINUTE = 60_000
DAY = 24 * 60 * MINUTE

BEGIN = datetime(2026, 9, 28, 12, tzinfo=UTC)
"""A Monday, at eight in the morning in New York."""

PEOPLE = 120


def changed(*names: str) -> dict[str, bytes]:
    """Return the example's files with the changes of some files of `northwind_changes`."""
    files = dict(workspace_files(WORKSPACE))
    for change in map(planted, names):
        for each in change.get("replace", ()):
            text = files[each["file"]].decode()
            assert text.count(each["old"]) == 1, f"{each['file']} does not hold {each['old']!r} once"
            files[each["file"]] = text.replace(each["old"], each["new"]).encode()
        files |= {path: text.encode() for path, text in change.get("add", {}).items()}
    return files


def planted(name: str) -> dict[str, Any]:
    """Return one file of `northwind_changes`."""
    found: dict[str, Any] = yaml.safe_load((CHANGES / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def write(files: dict[str, bytes], folder: Path) -> Path:
    """Write files as a workspace folder, with what lies beside its rules."""
    beside = {"invariants.yaml": (WORKSPACE / "invariants.yaml").read_bytes()}
    for path, content in {**files, **beside}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@asynccontextmanager
async def day() -> AsyncIterator[Stage]:
    """Play the day and the three weeks after it, and give the stage on which that was done."""
    async with Stage(compiled(workspace_files(WORKSPACE)), int(BEGIN.timestamp() * 1000), 7) as stage:
        account = {"balance_cents": 2999, "credited_cents": 0}
        stage.outside.script(Response(action="read_billing_account", output=account))
        chance = Random(11)
        people = population(PEOPLE, chance, BEGIN)
        await _play(stage, (event for person in people for event in arrival(person)))
        for act in (morning, noon, afternoon, evening):
            await _play(stage, act(people[CAST:], chance))
            await stage.pass_to(stage.now + MINUTE)
        await _play(stage, [page(people[0], path) for path in ("/cancel", "/cancel/fees", "/cancel/confirm")])
        await stage.pass_to(stage.now + 21 * DAY)
        yield stage


@asynccontextmanager
async def outage(count: int) -> AsyncIterator[Stage]:
    """Have an outage meet so many customers within a second, and give the stage a minute later."""
    async with Stage(compiled(workspace_files(WORKSPACE)), int(BEGIN.timestamp() * 1000), 7) as stage:
        people = population(count, Random(11), BEGIN)
        await _play(stage, (event for person in people for event in arrival(person)))
        data = {"outage": "O-1", "area": "the old harbour"}
        await _play(stage, (Event("network", "line.affected", person, data) for person in people))
        await stage.pass_to(stage.now + MINUTE)
        yield stage


async def _play(stage: Stage, events: Iterable[Event]) -> None:
    """Let every source tell of its events, a millisecond apart."""
    for event in events:
        await stage.pass_to(stage.now + 1)
        source, name = Actor("source", event.source), f"signal:day|{stage.number()}"
        signal = Signal(name, event.type, event.source, stage.now, source, _identifiers(event), event.data)
        refusal = await stage.submit(signal)
        assert refusal is None, refusal


def _identifiers(event: Event) -> tuple[Identifier, ...]:
    """A registration names all that the customer is known by; everything else is about the account."""
    who = event.customer
    known = (Identifier("account", who.account), Identifier("email", who.email), Identifier("phone", who.phone))
    return known if event.type == "customer.registered" else known[:1]
