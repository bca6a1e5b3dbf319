"""Exposures: an upstream's resources, prompts and completions, each read by an action and passed on whole."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from xop.faces.mcp.catalogue import exposed, granted
from xop.kernel.base.principal import Principal
from xop.kernel.release import CompiledAction, Release

_VARIABLE = re.compile(r"\{\{\s*arguments\.([A-Za-z0-9_]+)\s*\}\}")


class Exposure(Struct, frozen=True):
    """One action as a resource, a template of resources, a prompt or a completion."""

    compiled: CompiledAction
    kind: Literal["resource", "template", "prompt", "completion"]
    name: str
    """The URI or its template, or the prompt's name; of a completion the name or URI that it completes, or `*`."""

    def listed(self) -> dict[str, Any]:
        """Return what agents are told of it: the contract's words."""
        action = self.compiled.action
        if self.kind == "prompt":
            return {"name": self.name, "description": action.description, "arguments": _arguments(action.input)}
        place = "uri" if self.kind == "resource" else "uriTemplate"
        return {place: self.name, "name": action.name, "description": action.description}


def exposures(release: Release, principal: Principal) -> Iterator[Exposure]:
    """Yield what was granted to a principal, in order of the actions' names."""
    for _, compiled in sorted(release.actions.items()):
        if exposed(compiled) and granted(principal, compiled):
            yield _exposure(compiled)


def _exposure(compiled: CompiledAction) -> Exposure:
    request = compiled.action.binding.request
    uri, prompt, complete = request.get("resource"), request.get("prompt"), request.get("complete")
    if isinstance(uri, str) and uri:
        template = _VARIABLE.sub(r"{\1}", uri)
        return Exposure(compiled, "resource" if template == uri else "template", template)
    if isinstance(prompt, str) and prompt:
        return Exposure(compiled, "prompt", prompt)
    ref = complete.get("ref") if isinstance(complete, Mapping) else None
    named = ref.get("name") or ref.get("uri") if isinstance(ref, Mapping) else None
    return Exposure(compiled, "completion", str(named or "*"))


def variables(template: str, uri: str) -> dict[str, str] | None:
    """Return the values that a URI gives the variables of a template; None when it does not fit."""
    pattern, end = "", 0
    for found in re.finditer(r"\{([A-Za-z0-9_]+)\}", template):
        pattern += re.escape(template[end : found.start()]) + rf"(?P<{found[1]}>[^/?#]+)"
        end = found.end()
    matched = re.fullmatch(pattern + re.escape(template[end:]), uri)
    return matched.groupdict() if matched is not None else None


def _arguments(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    properties, required = schema.get("properties", {}), schema.get("required", ())
    return [
        {"name": name, "description": str(each.get("description", "")), "required": name in required}
        for name, each in properties.items()
        if isinstance(each, Mapping)
    ]
