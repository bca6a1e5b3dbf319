"""Accepts what the platform itself carries out; the outcome comes as a command of its own."""

from collections.abc import Mapping
from typing import Any

import msgspec

from xop.adapters.within.render import render_wish
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Sending, Sent
from xop.ports.rendering import UnrenderableError


class WithinAdapter:
    """Hands a rendered wish back, to be taken on in the step that notes the outcome."""

    idempotent = True

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the wish as JSON, or why a value has no place in it."""
        try:
            return render_wish(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Accept the wish: nothing leaves the platform."""
        try:
            wish = msgspec.json.decode(sending.request, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Sent("failed", "the stored request cannot be read")
        return Sent("accepted", output=wish)

    async def close(self) -> None:
        """Do nothing: nothing is open."""
