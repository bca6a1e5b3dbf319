"""Links to packets: signed, short-lived, and good for one handover without an API key."""

from xop.faces.http.problems import ProblemError
from xop.runtimes.links import sign, subject_of

LASTING = 3_600_000
"""Milliseconds a link is good for."""


def packet_link(key: bytes, handover: str, now: int) -> tuple[str, int]:
    """Return the path of a packet with its token, and until when it is good, in milliseconds since the epoch."""
    until = now + LASTING
    return f"/v1/handovers/{handover}/packet?token={sign(key, _subject(handover), until)}", until


def require_token(key: bytes, handover: str, token: str, now: int) -> None:
    """Let a request pass whose token is for this handover and still good; raises ProblemError (403) for any other."""
    if subject_of(key, token, now) != _subject(handover):
        cause = "the link is no longer good, or not for this handover"
        raise ProblemError("link-invalid", cause, "ask for a projection of the handover again")


def _subject(handover: str) -> str:
    return f"packet:{handover}"
