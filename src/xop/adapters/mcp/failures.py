"""What can go wrong in an exchange, told apart by whether the call may have been carried out."""

from collections.abc import Mapping


class UnsentError(Exception):
    """The call was certainly not carried out."""

    def __init__(
        self,
        detail: str,
        *,
        again: bool,
        retry_after: int | None = None,
        unhealthy: bool = False,
        renew: bool = False,
        status: int = 0,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.again = again
        """Whether trying again may help."""
        self.retry_after = retry_after
        """Milliseconds the other side asked to wait."""
        self.unhealthy = unhealthy
        self.renew = renew
        """Whether the session is gone, so that a new one is needed."""
        self.status = status
        """The HTTP status that said so, 0 when none did."""


class UncheckedError(UnsentError):
    """The call was held back: what it relies on has to be looked at once more."""

    def __init__(self) -> None:
        super().__init__("the server's definitions have to be checked first", again=True)


class UnsureError(Exception):
    """The call left, and nobody knows whether it was carried out."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ChallengedError(Exception):
    """The server asks for other credentials; the call was not carried out."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"answered {status}")
        self.status = status
        self.headers = headers
