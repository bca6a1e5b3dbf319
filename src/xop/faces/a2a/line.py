"""The line of a streaming message: what is heard meanwhile goes into its stream."""

import asyncio
from collections.abc import Mapping
from typing import Any

_LONGEST = 400


class StreamLine:
    """Keeps the progress that an upstream reports until the stream takes it; questions are not passed on."""

    def __init__(self, along: Mapping[str, Any]) -> None:
        self.along = along
        self.heard: asyncio.Queue[str] = asyncio.Queue(100)
        """What was said, in one line each."""

    def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Keep a report of progress; a stream that does not take it hears no more."""
        message = params.get("message")
        if method == "notifications/progress" and isinstance(message, str) and not self.heard.full():
            self.heard.put_nowait(message[:_LONGEST])

    async def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return None: the protocol has no question within a call."""
        del method, params
        return None

    def give(self, result: Mapping[str, Any]) -> None:
        """Take no notice of the whole answer: the artifact is the outcome."""
