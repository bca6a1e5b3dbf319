"""The profile: what a workspace says about confirming who its customers are, in `workspace.toml`."""

import tomllib

import msgspec
from msgspec import Struct

from xop.assembly import Platform
from xop.workspace.settings import StepUpSettings

_FILE = "workspace.toml"


class Profile(Struct, frozen=True):
    """What of a workspace's settings this face goes by."""

    step_up: StepUpSettings | None = None


async def read_profile(platform: Platform) -> Profile:
    """Return the profile of the release that rules now; raises StorageError."""
    files = await platform.runtime.releases.files(platform.engine.release.digest)
    text = (files or {}).get(_FILE, b"").decode()
    return msgspec.convert(tomllib.loads(text), Profile)
