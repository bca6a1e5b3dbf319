"""A trip: how far a call has come, for saying what a break means."""

from xop.adapters.mcp.failures import UnsentError, UnsureError


class Trip:
    """Begins before anything of the call has left."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = False
        """Whether bytes of the call may have left."""

    def late(self) -> UnsentError | UnsureError:
        """Return what it means that the time is up."""
        if self.left:
            return UnsureError("no answer in time")
        return UnsentError("the server could not be reached in time", again=True, unhealthy=True)
