"""The baseline: signal types, policies and rights that every workspace begins with."""

from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

_NAMES = ("signals.yaml",)

_FOLDERS = {"policies": ".cedar", "rights": ".cedar", "signals": ".yaml"}


@lru_cache(maxsize=1)
def baseline_files() -> MappingProxyType[str, bytes]:
    """Return the baseline's files by relative path."""
    folder = files("xop.workspace") / "baseline"
    inner = {
        f"{name}/{file.name}": file.read_bytes()
        for name, ending in _FOLDERS.items()
        for file in (folder / name).iterdir()
        if file.name.endswith(ending)
    }
    return MappingProxyType({**{name: (folder / name).read_bytes() for name in _NAMES}, **inner})
