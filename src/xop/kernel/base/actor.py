"""Actors: whoever wants something done or says that something happened."""

from typing import Literal

from msgspec import Struct

ActorKind = Literal["agent", "operator", "journey", "decision_set", "trigger", "source", "partner", "system"]


class Actor(Struct, frozen=True):
    """One actor: an AI agent, a person, a journey, a decision set, a trigger, a source, a partner or the platform itself."""

    kind: ActorKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


SYSTEM = Actor("system", "xop")
