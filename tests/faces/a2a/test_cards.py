"""Cards: signed, cacheable, and one for each principal."""

import json

import httpx
import pytest
from a2a.types import AgentCard, GetExtendedAgentCardRequest
from a2a.utils.signing import InvalidSignaturesError, create_signature_verifier
from google.protobuf.json_format import MessageToDict
from jwt import PyJWK

from tests.faces.a2a.desk import serving


async def test_the_card_is_signed_with_the_key_that_is_published(desk):
    async with desk.agent() as agent:
        verify = create_signature_verifier(await _key(desk.url), ["EdDSA"])
        verify(agent.card)
        altered = AgentCard()
        altered.CopyFrom(agent.card)
        altered.supported_interfaces[0].url = "https://elsewhere.example/a2a"
        with pytest.raises(InvalidSignaturesError):
            verify(altered)


async def test_the_extended_card_names_what_is_granted_and_is_signed_too(desk, binding):
    async with desk.agent("shy", binding) as agent:
        card = await agent.client.get_extended_agent_card(GetExtendedAgentCardRequest())
    create_signature_verifier(await _key(desk.url), ["EdDSA"])(card)
    assert [skill.id for skill in card.skills] == ["issue_credit"]
    [extension] = card.capabilities.extensions
    assert list(extension.params["actions"]) == ["issue_credit"]
    schema = json.loads(extension.params["actions"]["issue_credit"]["input"])
    assert schema["properties"] == {"cents": {"type": "integer", "minimum": 1}}


async def test_cards_hold_nothing_empty_that_verifiers_could_read_in_two_ways(desk):
    async with desk.agent() as agent:
        public = MessageToDict(agent.card)
        extended = MessageToDict(await agent.client.get_extended_agent_card(GetExtendedAgentCardRequest()))
    for card in (public, extended):
        assert list(_empty(card)) == []


def _empty(value, place: str = ""):
    """Yield the places of a card that hold an empty text, list or map."""
    if value in ("", [], {}):
        yield place
    for name, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _empty(each, f"{place}/{name}")


async def test_the_public_card_names_no_action(desk):
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{desk.url}/.well-known/agent-card.json")
    assert "issue_credit" not in answer.text
    assert [each["protocolBinding"] for each in answer.json()["supportedInterfaces"]] == ["JSONRPC", "HTTP+JSON"]


async def test_the_card_may_be_kept_and_is_not_sent_again_while_it_stays(desk):
    async with httpx.AsyncClient() as http:
        first = await http.get(f"{desk.url}/.well-known/agent-card.json")
        again = await http.get(
            f"{desk.url}/.well-known/agent-card.json", headers={"if-none-match": first.headers["etag"]}
        )
    assert first.headers["cache-control"] == "public, max-age=300"
    assert (again.status_code, again.content) == (304, b"")


async def test_the_key_stays_over_a_restart_and_is_its_owners_alone(tmp_path):
    keys = []
    for _ in range(2):
        with serving(tmp_path) as desk:
            async with httpx.AsyncClient() as http:
                keys.append((await http.get(f"{desk.url}/a2a/keys.json")).json())
    assert keys[0] == keys[1]
    assert "d" not in keys[0]["keys"][0]
    assert (tmp_path / "a2a-key.json").stat().st_mode & 0o777 == 0o600


async def _key(url: str):
    async with httpx.AsyncClient() as http:
        keys = {key["kid"]: key for key in (await http.get(f"{url}/a2a/keys.json")).json()["keys"]}

    def key(kid: str | None, jku: str | None) -> PyJWK:
        assert jku == f"{url}/a2a/keys.json"
        assert kid is not None
        return PyJWK(keys[kid])

    return key
