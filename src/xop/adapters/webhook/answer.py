"""Reads what a receiver's answer means."""

import httpx

from xop.ports.adapter import Sent
from xop.ports.retry_after import retry_after


def meaning(status: int, wait: str | None, at: int) -> Sent:
    """Return what a status means; `wait` is the Retry-After header, `at` now in milliseconds since the epoch."""
    if httpx.codes.is_success(status):
        return Sent("done")
    if status == httpx.codes.GONE:
        return Sent("failed", "answered 410: the receiver wants no more events; take the connection out of use")
    if httpx.codes.is_redirect(status):
        return Sent("failed", f"answered {status}: redirects are not followed; write the final address as `url`")
    # The specification has every other answer tried again, because the receiver knows the event by its id.
    return Sent(
        "retry",
        f"answered {status}",
        retry_after=retry_after(wait, at),
        unhealthy=httpx.codes.is_server_error(status),
    )
