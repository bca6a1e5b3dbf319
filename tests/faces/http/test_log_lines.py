"""Log lines and meters tell what happens and of nobody: what is planted in every channel is in none of them."""

import io
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faces.http.bakery import FOLDER, KEYS, Bakery
from xop.adapters.console import ConsoleKind
from xop.adapters.simulated import SimulatedKind
from xop.adapters.simulated.adapter import SimulatedAdapter
from xop.adapters.simulated.settings import Settings
from xop.assembly import KINDS, Platform, compiled, workspace_files
from xop.faces.http import build_app
from xop.faces.log_lines import LogLines
from xop.kernel.actions.model import Connection
from xop.kernel.base.actor import Actor
from xop.ports.adapter import Secrets, Sending, Sent
from xop.ports.errors import StorageError
from xop.runtimes.embedded import EmbeddedRuntime

CANARY = "Quetzal7731"
PHONE, MAIL = "+44 20 7946 0018", "quetzal@example.org"


class _LeakyAdapter(SimulatedAdapter):
    """Falls over with the body of an answer in its error."""

    async def send(self, sending: Sending) -> Sent:
        """Send nothing."""
        raise RuntimeError(f"{CANARY}: {sending.request!r}") from ValueError(f"the other side said {MAIL} {PHONE}")


class _Leaky(SimulatedKind):
    """Adapters that tell too much in their errors."""

    def open(self, connection: Connection, _secrets: Secrets) -> SimulatedAdapter:
        """Return an adapter that falls over."""
        self.opened[connection.name] = _LeakyAdapter(Settings())
        return self.opened[connection.name]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, as a server would write it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(LogLines(b"only this test knows"))
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


async def test_nothing_planted_comes_out_in_log_lines_or_meters(tmp_path: Path, lines: io.StringIO):
    files: Mapping[str, bytes] = workspace_files(FOLDER)
    runtime, kinds = await EmbeddedRuntime.open(tmp_path), {**KINDS, "simulated": _Leaky(), "console": ConsoleKind()}
    release = compiled(files)
    await runtime.releases.publish(release.digest, release.name, files, runtime.clock.now(), "cli")
    platform = Platform(runtime, release, kinds, {f"{name.upper()}_KEY": key for name, key in KEYS.items()}.get)
    try:
        await platform.start()
        transport = httpx.ASGITransport(build_app(platform))
        async with httpx.AsyncClient(transport=transport, base_url="http://bakery.test", timeout=20) as client:
            customer = await _plant(Bakery(client, platform), lines)
            meters = (await Bakery(client, platform).get("/metrics")).text
    finally:
        await platform.stop()
    written = lines.getvalue()
    assert "met a fault with the invocation" in written
    assert "ValueError, through:" in written
    for secret in (CANARY, CANARY.lower(), MAIL, "7946", customer, *KEYS.values()):
        assert secret not in written
        assert secret not in meters
    assert 'xop_commands_total{kind="proposal"}' in meters


async def _plant(bakery: Bakery, lines: io.StringIO) -> str:
    """Put what must not come out into every channel there is, and return whose it is."""
    customer = await bakery.customer(f"email:{MAIL}", id=CANARY, source=f"/{CANARY}", data={"loaves": 2, "email": MAIL})
    await bakery.event(subject=f"phone:{PHONE}", id=f"{CANARY}-2", data={"loaves": CANARY})
    await bakery.event(subject=f"shoe:{CANARY}", type=CANARY)
    await bakery.event(subject=f"email:{MAIL}", type="support.opened", data={"case": CANARY})
    held = await bakery.propose("give_refund", customer, arguments={"cents": 7000})
    await bakery.post(f"/v1/approvals/{held['invocation']}", {"approved": False, "note": f"{CANARY} {PHONE}"}, "sue")
    key = {"idempotency-key": CANARY}
    await bakery.post(
        "/v1/proposals", {"action": "send_note", "customer": customer, "arguments": {"text": CANARY}}, headers=key
    )
    await bakery.post("/v1/proposals", {"action": CANARY, "customer": f"email:{MAIL}"})
    await bakery.ask(CANARY.upper(), f"/v1/customers/{customer}")
    for path in (
        f"/v1/customers/email:{MAIL}",
        f"/v1/{CANARY}",
        f"/v1/facts?{CANARY}={CANARY}",
        f"/v1/decisions/{CANARY}",
    ):
        await bakery.get(path)
    await bakery.ask("POST", "/v1/signals", "till", content=f"{{{CANARY}", headers={"content-type": "application/json"})
    while "met a fault" not in lines.getvalue():
        await bakery.get("/metrics")
    return customer


def line_of(name: str, text: str, *given: Any, fault: BaseException | None = None) -> str:
    """Return what is written of one record."""
    exc_info = (type(fault), fault, fault.__traceback__) if fault is not None else None
    record = logging.LogRecord(name, logging.WARNING, __file__, 1, text, given, exc_info)
    return LogLines(b"a key", "%(message)s").format(record)


def test_a_customer_is_the_same_pseudonym_every_time_and_another_under_another_key():
    customer = "cus_01a1fd569fe5237a82e07cbe"
    one, same = line_of("xop.alarm", "%s waits", customer), line_of("xop.alarm", "%s goes on", customer)
    assert customer not in one
    assert one.split()[0] == same.split()[0]
    other = LogLines(b"another key", "%(message)s").format(
        logging.LogRecord("xop.alarm", logging.WARNING, __file__, 1, "%s waits", (customer,), None)
    )
    assert other != one


def test_names_of_ours_are_told_and_what_sources_name_is_not():
    told = line_of(
        "xop.alarm", "%s of %s by %s", f"proposal:signal:/till|{CANARY}", "inv_0123", Actor("agent", "helper")
    )
    assert told.startswith("proposal:~")
    assert told.endswith("of inv_0123 by agent:helper")
    assert CANARY not in told


def test_errors_of_the_store_are_told_and_those_of_anybody_else_only_by_their_type():
    assert line_of("xop.alarm", "again: %s", StorageError("the disk is full")) == "again: the disk is full"
    assert line_of("xop.alarm", "again: %s", ValueError(CANARY)) == "again: ValueError"


def test_libraries_are_quoted_only_in_their_own_words():
    assert line_of("asyncio", f"Task exception was never retrieved\nfuture: <Task {CANARY}>") == (
        "Task exception was never retrieved"
    )
    assert line_of("mcp", f"Failed to validate request: {CANARY}") == "Failed to validate request"
    assert line_of("aiohttp", "Error handling request from %s", CANARY) == "Error handling request from %s"


def test_a_line_that_cannot_be_filled_is_written_as_it_is():
    assert line_of("xop.alarm", "%d of %s", "no number", 1, 2) == "%d of %s"
