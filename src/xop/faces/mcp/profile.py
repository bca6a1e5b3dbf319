"""The profile: what a workspace says about confirming who its customers are, in `workspace.toml`."""

import tomllib
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from xop.assembly import Platform

_FILE = "workspace.toml"


class StepUp(Struct, frozen=True, omit_defaults=True):
    """How a customer confirms who they are on a page of ours."""

    action: str
    """The action that checks what the customer typed."""
    argument: str = "code"
    """Its argument."""
    confirmed_by: str = "verified"
    """The field of its output that is true for what is right."""
    level: Annotated[int, Meta(ge=1, le=3)] = 2
    """How strongly the customer is verified then."""
    method: str = "code"


class Profile(Struct, frozen=True):
    """What of a workspace's settings this face goes by."""

    step_up: StepUp | None = None


async def read_profile(platform: Platform) -> Profile:
    """Return the profile of the release that rules now; raises StorageError."""
    files = await platform.runtime.releases.files(platform.engine.release.digest)
    text = (files or {}).get(_FILE, b"").decode()
    return msgspec.convert(tomllib.loads(text), Profile)
