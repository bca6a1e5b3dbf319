"""A trip: how far a call has come, for saying what a break means."""

from collections.abc import Callable

from xop.adapters.mcp.failures import UncheckedError, UnsentError, UnsureError


class Trip:
    """Begins before anything of the call has left; `stands` says whether the check that let it begin still holds."""

    __slots__ = ("_stands", "left")

    def __init__(self, stands: Callable[[], bool] | None = None) -> None:
        self.left = False
        """Whether bytes of the call may have left."""
        self._stands = stands

    def require_check(self) -> None:
        """Let the call leave unless its check has been overtaken while it waited; raises UncheckedError."""
        if self._stands is not None and not self._stands():
            self.left = False
            raise UncheckedError

    def late(self) -> UnsentError | UnsureError:
        """Return what it means that the time is up."""
        if self.left:
            return UnsureError("no answer in time")
        return UnsentError("the server could not be reached in time", again=True, unhealthy=True)
