"""How a command fails: with what happened, what to do next, and an exit code that scripts can tell apart."""

from collections.abc import Mapping
from typing import Any

DONE = 0
REFUSED = 1
"""Problems were found, or the platform refused."""
MISUSED = 2
UNREACHABLE = 3
"""The server cannot be reached or the data folder is in use."""
INTERRUPTED = 130


class CommandFailed(Exception):  # noqa: N818 - names what happened
    """A command that did not do what it was asked for."""

    def __init__(
        self, cause: str, remedy: str = "", *, code: int = REFUSED, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
        self.code = code
        self.details = dict(details or {})
        """What else the platform said, for `--json`."""

    def document(self) -> dict[str, Any]:
        """Return the failure as the JSON document that `--json` prints."""
        return {"error": {**self.details, "cause": self.cause, "remedy": self.remedy, "exit_code": self.code}}
