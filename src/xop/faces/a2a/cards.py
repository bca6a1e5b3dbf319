"""Agent cards: what the platform says of itself to everybody, and what it says to one principal."""

from typing import Any

from a2a.types.a2a_pb2 import (
    AgentCapabilities,
    AgentCard,
    AgentExtension,
    AgentInterface,
    AgentProvider,
    AgentSkill,
    HTTPAuthSecurityScheme,
    SecurityRequirement,
    SecurityScheme,
    StringList,
)
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct as ProtoStruct

from xop.faces.a2a.lack import granted_actions
from xop.faces.a2a.signature import CardKey
from xop.kernel.actions.model import Action
from xop.kernel.base.json import canonical
from xop.kernel.base.principal import Principal
from xop.kernel.release import Release

RPC_PATH = "/a2a"
"""Where JSON-RPC is spoken."""

REST_PATH = "/a2a/rest"
"""Where HTTP+JSON is spoken."""

KEYS_PATH = "/a2a/keys.json"
"""Where the public key of the cards is."""

CARD_PATH = "/.well-known/agent-card.json"

EXTENSION = "urn:xop:a2a:actions:1"
"""Names the extension that tells the contracts of the granted actions."""

_JSON = "application/json"


class Cards:
    """Makes and signs cards."""

    def __init__(self, key: CardKey) -> None:
        self._key = key
        self._public: tuple[str, str, AgentCard] | None = None

    @property
    def keys(self) -> dict[str, Any]:
        """The JSON Web Key Set that verifies the cards."""
        return {"keys": [self._key.public]}

    def public(self, release: Release, url: str) -> AgentCard:
        """Return the card that everybody may see of a server reached at `url`; it names no action."""
        if self._public is None or self._public[:2] != (release.digest, url):
            skill = AgentSkill(
                id="actions",
                name="Actions",
                description="Carries out the actions granted to you, once the rules permit each; the extended card names them.",
                tags=["actions"],
                input_modes=[_JSON],
                output_modes=[_JSON],
            )
            card = self._key.sign(_card(release, url, [skill], None), url + KEYS_PATH)
            self._public = (release.digest, url, card)
        return self._public[2]

    def extended(self, release: Release, url: str, principal: Principal) -> AgentCard:
        """Return the card for a principal: a skill for every action granted to it, and the actions' contracts."""
        actions = granted_actions(release, principal)
        card = _card(release, url, [_skill(action) for action in actions], actions)
        return self._key.sign(card, url + KEYS_PATH)


def _card(release: Release, url: str, skills: list[AgentSkill], actions: list[Action] | None) -> AgentCard:
    extension = AgentExtension(
        uri=EXTENSION,
        description='A data part {"action", "arguments", "customer", "purpose", "conversation"} asks for an action.',
    )
    if actions is not None:
        contracts = {action.name: _contract(action) for action in actions}
        extension.params.CopyFrom(ParseDict({"actions": contracts}, ProtoStruct()))
    interfaces = [("JSONRPC", RPC_PATH), ("HTTP+JSON", REST_PATH)]
    return AgentCard(
        name=release.name,
        description="Judges every action asked for against the customer's consent, identity and the enterprise's rules.",
        version=release.digest[:16],
        provider=AgentProvider(organization=release.name, url=url),
        supported_interfaces=[
            AgentInterface(url=url + path, protocol_binding=binding, protocol_version="1.0")
            for binding, path in interfaces
        ],
        capabilities=AgentCapabilities(
            streaming=True, push_notifications=True, extended_agent_card=True, extensions=[extension]
        ),
        security_schemes={
            "bearer": SecurityScheme(
                http_auth_security_scheme=HTTPAuthSecurityScheme(
                    scheme="Bearer", description="The key or access token of a principal."
                )
            )
        },
        security_requirements=[SecurityRequirement(schemes={"bearer": StringList(list=["proposals:write"])})],
        default_input_modes=[_JSON, "text/plain"],
        default_output_modes=[_JSON, "text/plain"],
        skills=skills,
    )


def _skill(action: Action) -> AgentSkill:
    return AgentSkill(
        id=action.name,
        name=action.name,
        description=action.description,
        tags=[action.kind, f"risk:{action.risk}", *action.groups],
        input_modes=[_JSON],
        output_modes=[_JSON],
    )


def _contract(action: Action) -> dict[str, Any]:
    """Return a contract for the card; schemas are JSON as text, since not all verifiers keep empty values within a card."""
    schemas = {"input": action.input, "output": action.output}
    return {
        "version": action.version,
        "kind": action.kind,
        "purposes": [action.purpose, *action.other_purposes],
        "assurance": action.assurance,
        **{name: canonical(schema).decode() for name, schema in schemas.items() if schema},
    }
