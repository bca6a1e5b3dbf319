"""The page of the adapters: what each reads under `settings` of a connection and `request` of a binding."""

from collections.abc import Iterator
from typing import Any

import msgspec

from xop.adapters.a2a import settings as a2a
from xop.adapters.console import settings as console
from xop.adapters.http import settings as http
from xop.adapters.mcp import settings as mcp
from xop.adapters.python import settings as python
from xop.adapters.shared_signals import settings as shared_signals
from xop.adapters.smtp import settings as smtp
from xop.adapters.webhook import settings as webhook
from xop.faces.cli.reference.markdown import code, page, table

_INTRODUCTION = """A connection in `connections.yaml` names one of these adapters and writes its own fields under
`settings`; an action's binding writes the adapter's template under `request`. Secrets are written `${env:NAME}`. The
`simulated` adapter, for tests, takes any object as its request."""

_ADAPTERS = {
    "http": http,
    "mcp": mcp,
    "a2a": a2a,
    "python": python,
    "smtp": smtp,
    "webhook": webhook,
    "shared_signals": shared_signals,
    "console": console,
}


def adapters_page() -> str:
    """Return the page: every adapter with the fields of its settings and its request."""
    blocks: list[list[str] | str] = [_INTRODUCTION]
    for name, module in _ADAPTERS.items():
        blocks.append(f"## {name}")
        for title, struct in (("settings", module.Settings), ("request", module.Request)):
            rows = list(_fields(struct))
            blocks += [f"### {name} {title}", table(("field", "needed", "what it says"), rows) if rows else "None."]
    return page("Adapters", *blocks)


def _fields(struct: type[msgspec.Struct]) -> Iterator[tuple[str, str, str]]:
    schema: dict[str, Any] = msgspec.json.schema(struct)
    described = schema["$defs"][struct.__name__]
    for name, field in described["properties"].items():
        needed = "yes" if name in described.get("required", []) else ""
        yield code(name), needed, field.get("description", "")
