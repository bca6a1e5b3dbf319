"""Prints one line for every invocation."""

from collections.abc import Mapping
from typing import Any, TextIO

import msgspec

from xop.adapters.console.render import render_line
from xop.adapters.console.settings import Request
from xop.kernel.base.values import Refusal
from xop.kernel.templates import Template
from xop.ports.adapter import Sending, Sent
from xop.ports.rendering import UnrenderableError


class ConsoleAdapter:
    """Prints to one text stream, which it leaves open."""

    idempotent = False

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def render(self, template: Template, data: Mapping[str, Any]) -> bytes | Refusal:
        """Return the line as JSON, or why a value has no place in it."""
        try:
            return render_line(template, data)
        except UnrenderableError as error:
            return error.refusal

    async def send(self, sending: Sending) -> Sent:
        """Print the line; what was printed is done."""
        try:
            text = msgspec.json.decode(sending.request, type=Request).text
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Sent("failed", "the stored line cannot be read")
        encoding = self._stream.encoding or "utf-8"
        line = text.encode(encoding, "backslashreplace").decode(encoding)
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except ValueError:
            return Sent("retry", "the stream is closed", unhealthy=True)
        except OSError as error:
            # Part of the line may have been printed before the stream failed.
            return Sent("uncertain", f"the stream failed: {type(error).__name__}", unhealthy=True)
        return Sent("done")

    async def close(self) -> None:
        """Do nothing: the stream belongs to the process."""
