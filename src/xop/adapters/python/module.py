"""A module's functions: imported by the name that the settings give, and only those it offers."""

import inspect
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any


class UncallableError(Exception):
    """A name that is no function which the module offers."""


def load(name: str) -> ModuleType:
    """Import a module; raises whatever its code raises."""
    return import_module(name)


def function(module: ModuleType, name: str) -> Callable[..., Any]:
    """Return a function that a module offers: in its `__all__`, or its own where it has none; raises UncallableError."""
    offered = getattr(module, "__all__", None)
    found = getattr(module, name, None)
    own = getattr(found, "__module__", None) == module.__name__
    if name.startswith("_") or not inspect.isroutine(found) or not (own if offered is None else name in offered):
        raise UncallableError(f"the module {module.__name__!r} offers no function {name!r}")
    return found


def takes(called: Callable[..., Any], parameter: str) -> bool:
    """Say whether a function has a parameter of a name."""
    try:
        return parameter in inspect.signature(called).parameters
    except (TypeError, ValueError):
        return False


def misfit(called: Callable[..., Any], arguments: dict[str, Any]) -> str:
    """Return why a function cannot be called with some arguments; empty when it can."""
    try:
        inspect.signature(called).bind(**arguments)
    except TypeError as error:
        return str(error)
    except ValueError:
        return ""
    return ""
