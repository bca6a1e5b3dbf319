"""Packets over HTTP show what a purpose may see, name what it may not, and every look at one is a fact."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.faces.http.bakery import problem
from tests.faces.http.test_handovers import Counter, counter_at
from tests.kit.counter import ANA, CALL
from xop.kernel.facts import ContextShown

PRIVACY = b"""
identifiers: {email: contact}
flags: {support: special}
purposes:
  service: [contact, identity]
  marketing: [behaviour]
everything: [supervisor]
"""


@pytest.fixture
async def private(tmp_path) -> AsyncIterator[Counter]:
    """A counter whose workspace says what its customers' data is."""
    async with counter_at(tmp_path, {"privacy.yaml": PRIVACY}) as opened:
        yield opened


async def looks(counter: Counter) -> list[ContextShown]:
    """Return what the ledger tells of looks at customers."""
    page = await counter.platform.runtime.ledger.page(0, 1000, None)
    return [fact for stored in page for fact in stored.entry.facts if isinstance(fact, ContextShown)]


async def verified(counter: Counter) -> None:
    """Have the customer verified in the call."""
    event = {"specversion": "1.0", "source": "/pbx", "type": "identity.verified", "id": "v", "subject": ANA}
    headers = {"authorization": "Bearer web-key", "content-type": "application/cloudevents+json"}
    answer = await counter.client.post("/v1/signals", json={**event, "data": {"call": CALL}}, headers=headers)
    assert answer.status_code == 200, answer.text


def told(packet: dict[str, Any]) -> tuple[Any, ...]:
    """Return what of a packet depends on who reads it."""
    return tuple(packet.get(name, []) for name in ("identifiers", "circumstances", "left_out"))


async def test_a_packet_shows_what_the_purpose_may_see_and_names_the_rest(private):
    name = await private.opened()
    state = (await private.get(f"/v1/handovers/{name}")).json()
    assert told(state["packet"]) == ([ANA], [], ["flags.support"])
    assert state["packet"]["summary"][:7] == "Charged"
    narrower = (await private.get(f"/v1/handovers/{name}", purpose="marketing")).json()
    assert told(narrower["packet"]) == ([], [], ["flags.support", "identifiers.email"])
    everything = (await private.get(f"/v1/handovers/{name}", "olga")).json()
    assert told(everything["packet"]) == ([ANA], ["support"], [])
    problem(await private.get(f"/v1/handovers/{name}", purpose="spying"), 422, "purpose-unknown")


async def test_how_somebody_was_verified_is_kept_back_and_how_strongly_is_not(private):
    await private.call()
    await verified(private)
    name = (await private.open()).json()["handover"]
    whole = (await private.get(f"/v1/handovers/{name}")).json()["packet"]["identity"]
    assert (whole["level"], whole["method"]) == (2, "pin")
    packet = (await private.get(f"/v1/handovers/{name}", purpose="marketing")).json()["packet"]
    assert packet["identity"] == {"known": True, "level": 2}
    assert "assurance" in packet["left_out"]


async def test_every_answer_with_a_packet_is_a_look_that_counts_once_a_while(private):
    name = await private.opened()
    taken = (await private.post(f"/v1/handovers/{name}/acceptance")).json()
    assert told(taken["packet"]) == ([ANA], [], ["flags.support"])
    for path in ("", "/projection"):
        await private.get(f"/v1/handovers/{name}{path}")
    projected = (await private.get(f"/v1/handovers/{name}/projection", purpose="marketing")).json()
    assert told(projected) == ([], [], ["flags.support", "identifiers.email"])
    given_back = (await private.post(f"/v1/handovers/{name}/decline")).json()
    assert told(given_back["packet"]) == ([ANA], [], ["flags.support"])
    recorded = [(each.by, each.purpose, each.fields, each.left_out) for each in await looks(private)]
    assert recorded == [
        ("operator:otto", "service", {"contact": ("identifiers.email",)}, 1),
        ("operator:otto", "marketing", {}, 2),
    ]
    await private.get(f"/v1/handovers/{name}", "olga")
    assert (await looks(private))[-1].fields["special"] == ("flags.support",)


async def test_a_link_shows_what_the_usual_purpose_may_see_and_is_recorded_as_nobodys(private):
    name = await private.opened()
    link = (await private.get(f"/v1/handovers/{name}", "olga")).json()["link"]
    for _ in range(2):
        assert told((await private.client.get(link)).json()) == ([ANA], [], ["flags.support"])
    (look,) = [each for each in await looks(private) if each.by == "system:link"]
    assert (look.purpose, look.fields, look.left_out) == ("service", {"contact": ("identifiers.email",)}, 1)


async def test_a_link_of_a_workspace_that_declares_nothing_shows_nobody_who_the_customer_is(tmp_path):
    async with counter_at(tmp_path) as counter:
        name = await counter.opened()
        state = (await counter.get(f"/v1/handovers/{name}")).json()
        assert told(state["packet"]) == ([ANA], ["support"], [])
        assert told((await counter.client.get(state["link"])).json()) == ([], ["support"], ["identifiers.email"])


async def test_a_link_shows_nothing_while_looks_cannot_be_recorded_and_people_look_all_the_same(private):
    name = await private.opened()
    link = (await private.get(f"/v1/handovers/{name}", "olga")).json()["link"]
    await private.platform.engine.stop()
    assert (await private.get(f"/v1/handovers/{name}")).status_code == 200
    problem(await private.client.get(link), 503, "stopping")


async def test_an_agent_reads_no_packet_while_people_hold_the_conversation(private):
    name = await private.opened()
    problem(await private.get(f"/v1/handovers/{name}", "bot"), 403, "scope-missing")
    problem(await private.get(f"/v1/handovers/{name}/projection", "bot"), 403, "scope-missing")
    assert await looks(private) == []
    await private.post(f"/v1/handovers/{name}/acceptance")
    back = {"outcome": "resolved", "continues": "agent"}
    assert (await private.post(f"/v1/handovers/{name}/return", body=back)).status_code == 200
    packet = (await private.get(f"/v1/handovers/{name}", "bot")).json()["packet"]
    assert told(packet) == ([ANA], [], ["flags.support"])
    assert (await looks(private))[-1].by == "agent:helper_bot"
