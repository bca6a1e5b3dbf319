"""The baseline: signal types and policies that every workspace begins with."""

from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

_NAMES = ("signals.yaml",)


@lru_cache(maxsize=1)
def baseline_files() -> MappingProxyType[str, bytes]:
    """Return the baseline's files by relative path."""
    folder = files("xop.workspace") / "baseline"
    policies = {
        f"policies/{file.name}": file.read_bytes()
        for file in (folder / "policies").iterdir()
        if file.name.endswith(".cedar")
    }
    return MappingProxyType({**{name: (folder / name).read_bytes() for name in _NAMES}, **policies})
