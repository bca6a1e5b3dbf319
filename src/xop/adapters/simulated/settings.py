"""What a workspace writes for a simulated system: the script of its answers."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Outcome = Literal["done", "retry", "uncertain", "failed"]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The settings of a connection."""

    latency_ms: Annotated[int, Meta(ge=0, le=600_000, description="Milliseconds before every answer.")] = 0
    outcomes: Annotated[
        tuple[Outcome, ...],
        Meta(min_length=1, description="Answers in turn and from the beginning again: done, retry, uncertain, failed."),
    ] = ("done",)
    seed: Annotated[int | None, Meta(description="Draws the answers from `outcomes` by this seed, not in turn.")] = None
    idempotent: Annotated[bool, Meta(description="Whether one idempotency key is carried out once.")] = False
