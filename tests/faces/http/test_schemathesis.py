"""Whatever the published document allows, or forbids, the server answers as the document says."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.faces.http.bakery import KEYS, serve_bakery
from xop.faces.http import openapi_document

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KEY = {"authorization": f"Bearer {KEYS['root']}"}
ANN = "email:ann@example.org"


class Known:
    """What the server holds, so that requests can be about something."""

    url = ""
    customer = ""
    decision = ""
    invocation = ""
    held = ""
    run = ""


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Iterator[Known]:
    """A server in a thread of its own, that holds one customer with some history."""
    found, ready, stopped = Known(), threading.Event(), threading.Event()
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def run() -> None:
        over = asyncio.Event()
        loops.append((asyncio.get_running_loop(), over))
        async with serve_bakery(tmp_path_factory.mktemp("bakery")) as server:
            found.url = str(server.client.base_url)
            found.customer = await server.customer(ANN, data={"loaves": 2})
            failed = await server.propose("bake_cake", ANN, wait=20)
            found.decision, found.invocation = failed["decision"], failed["invocation"]
            found.held = (await server.propose("give_refund", ANN, arguments={"cents": 7000}))["invocation"]
            entered = await server.post(f"/v1/customers/{ANN}/journeys/tasting", {"data": {"loaf": "rye"}})
            found.run = entered.json()["runs"][0]
            ready.set()
            await over.wait()
        stopped.set()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(20)
    yield found
    loop, over = loops[0]
    loop.call_soon_threadsafe(over.set)
    thread.join(20)
    assert stopped.is_set()


schema = schemathesis.openapi.from_dict(json.loads(openapi_document()))
schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.mark.slow
@pytest.mark.timeout(300)
@schema.exclude(path="/v1/facts/stream").parametrize()  # a stream does not end: its own tests look at it
@settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_meets_a_fault_or_an_answer_that_is_not_documented(case: Case, known: Known) -> None:
    case.call_and_validate(base_url=known.url, headers=KEY, checks=CHECKS)
    if about_known(case, known):
        case.call_and_validate(base_url=known.url, headers=KEY, checks=CHECKS)


def about_known(case: Case, known: Known) -> bool:
    """Make a request about what the server holds; say whether that changed it."""
    names: dict[str, Any] = {
        "customer": known.customer,
        "keep": ANN,
        "decision": known.decision,
        "invocation": known.held if "approval" in case.path else known.invocation,
        "identifier": ANN,
        "journey": "tasting",
        "run": known.run,
        "action": "give_refund",
        "purpose": "marketing",
        "channel": "email",
        "subject": ANN,
        "userId": "u1",
    }
    changed = False
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            for name in place.keys() & names.keys():
                place[name] = names[name]
                changed = True
    if isinstance(case.body, dict) and case.path == "/v1/proposals":
        case.body.update(arguments={"cents": 1}, wait=0)
    return changed
