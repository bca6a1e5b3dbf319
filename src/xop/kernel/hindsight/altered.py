"""Rules that see the world otherwise than it was: everything else of a decision stays as it is."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from xop.kernel.hindsight.consequence import consequences
from xop.kernel.policy.model import Judgement, Request, Rule
from xop.kernel.policy.policies import Policies


class AlteredPolicies:
    """Judges as other policies do, over a context in which some values are others."""

    def __init__(self, policies: Policies, changes: Mapping[str, Any]) -> None:
        """See the values of `changes`, by dotted path, and what follows from them; None stands for no value at all."""
        self.asked: list[Request] = []
        """The requests that were judged, as they were before any change."""
        self._policies = policies
        self._changes = changes

    @property
    def rules(self) -> Mapping[str, Rule]:
        """Every rule by its id."""
        return self._policies.rules

    def judge(self, request: Request, seed: int) -> Judgement:
        """Return the rules that apply to the altered request."""
        self.asked.append(request)
        return self._policies.judge(replace(request, context=altered(request.context, self._changes)), seed)


def altered(context: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a context with some values changed, and with them whatever follows from them."""
    result = dict(context)
    for path, value in changes.items():
        for place, following in (*consequences(result, path, value), (path, value)):
            result = _with(result, place.split("."), following)
    return result


def value_at(context: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path; None where there is none."""
    value: Any = context
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def _with(context: Mapping[str, Any], names: list[str], value: Any) -> dict[str, Any]:
    head, *rest = names
    if rest:
        inner = context.get(head)
        return {**context, head: _with(inner if isinstance(inner, Mapping) else {}, rest, value)}
    if value is None:
        return {name: each for name, each in context.items() if name != head}
    return {**context, head: value}
