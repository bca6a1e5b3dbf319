"""Rules that see the world otherwise than it was: everything else of a decision stays as it is."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.model import Judgement, Request, Rule


class AlteredPolicies(PolicyEngine):
    """Judges as other policies do, over a context in which some values are others."""

    def __init__(self, policies: PolicyEngine, changes: Mapping[str, Any]) -> None:
        """See the values of `changes`, by dotted path; without any, only remember what was asked."""
        self.rules: dict[str, Rule] = policies.rules
        self.asked: list[Request] = []
        """The requests that were judged, as they were before any change."""
        self._policies = policies
        self._changes = changes

    def judge(self, request: Request, seed: int) -> Judgement:
        """Return the rules that apply to the altered request."""
        self.asked.append(request)
        context = request.context
        for path, value in self._changes.items():
            context = _with(context, path.split("."), value)
        return self._policies.judge(replace(request, context=context), seed)


def value_at(context: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path; raises KeyError where there is none."""
    value: Any = context
    for name in path.split("."):
        if not isinstance(value, Mapping):
            raise KeyError(path)
        value = value[name]
    return value


def _with(context: Mapping[str, Any], names: list[str], value: Any) -> dict[str, Any]:
    head, *rest = names
    inner = context.get(head)
    return {**context, head: _with(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value}
