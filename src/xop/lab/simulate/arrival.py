"""Arrival of a made-up signal: whom it names, as a face would find it."""

from typing import Any

from xop.kernel.base.values import Refusal
from xop.kernel.conditions import Fault
from xop.kernel.identity.model import Identifier
from xop.kernel.identity.namespaces import normalise
from xop.kernel.picture import instant
from xop.kernel.release import Release
from xop.kernel.templates import as_text


def named(
    release: Release, kind: str, source: str, at: int, data: dict[str, Any], claims: tuple[Identifier, ...]
) -> tuple[Identifier, ...]:
    """Return the identifiers that a signal claims and those its type finds in its data, in normal form."""
    compiled = release.signals.get(kind)
    if compiled is None or not compiled.identifiers:
        return claims
    seen = {"signal": {"type": kind, "source": source, "time": at, "data": data}, "now": instant(at)}
    found = dict.fromkeys(claims)
    for namespace, template in compiled.identifiers.items():
        value = template.render(seen)
        text = None if isinstance(value, Fault) else as_text(value)
        normal = normalise(release.namespaces[namespace], text) if text else None
        if normal is not None and not isinstance(normal, Refusal):
            found[Identifier(namespace, normal)] = None
    return tuple(found)
