"""A journey that may be entered once is entered once, however many signals come at the same time over many connections."""

import asyncio
import json

import httpx

from tests.kit.ferries import files_with
from tests.kit.serving import BEGUN, serving
from xop.kernel.facts import RunEntered
from xop.kernel.halts.model import PLATFORM
from xop.runtimes.embedded import EmbeddedRuntime

CUSTOMERS, SIGNALS, CONNECTIONS, BATCH = 1_000, 8, 4, 125

JOURNEY = {
    "entries": [{"signal": "page.viewed", "when": "signal.data.path == '/join'"}],
    "reentry": "once",
    "steps": {"rest": {"wait": {"for": "30d"}}},
}


def event(number: int, who: int) -> dict[str, object]:
    """Return one of a customer's identical page views as a CloudEvent."""
    return {
        "specversion": "1.0",
        "id": f"{who}-{number}",
        "source": "/web",
        "type": "page.viewed",
        "subject": f"email:c{who}@harbour.test",
        "data": {"path": "/join"},
    }


async def _send(url: str, connection: int) -> None:
    """Send two of every customer's signals, while the other connections send theirs."""
    headers = {"Authorization": "Bearer web-key", "Content-Type": "application/cloudevents-batch+json"}
    async with httpx.AsyncClient(headers=headers, timeout=60, limits=httpx.Limits(max_connections=1)) as client:
        for first in range(0, CUSTOMERS, BATCH):
            for number in range(connection, SIGNALS, CONNECTIONS):
                events = [event(number, who) for who in range(first, first + BATCH)]
                answer = await client.post(f"{url}/v1/signals", content=json.dumps(events))
                assert answer.status_code < 300, answer.text


async def test_eight_signals_at_once_over_four_connections_enter_each_of_a_thousand_customers_once(tmp_path):
    workspace = tmp_path / "workspace"
    for path, content in files_with({"ferry": JOURNEY}).items():
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_bytes(content)
    with serving(tmp_path / "data", workspace) as server:
        await asyncio.gather(*(_send(server.url, connection) for connection in range(CONNECTIONS)))
    runtime = await EmbeddedRuntime.open(tmp_path / "data")
    entered: dict[str, int] = {}
    position = received = 0
    while page := await runtime.ledger.page(position, 2_000):
        position = page[-1].position
        received += len(page)
        for stored in page:
            count = sum(isinstance(fact, RunEntered) for fact in stored.entry.facts)
            entered[stored.entry.origin] = entered.get(stored.entry.origin, 0) + count
    await runtime.close()
    assert received == BEGUN + CUSTOMERS * SIGNALS
    entered.pop(PLATFORM)
    assert len(entered) == CUSTOMERS
    assert set(entered.values()) == {1}
