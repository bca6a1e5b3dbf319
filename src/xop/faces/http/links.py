"""Links to packets: signed, short-lived, and good for one handover without an API key."""

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from xop.faces.http.problems import ProblemError

LASTING = 3600
"""Seconds a link is good for."""

_ALGORITHM = "HS256"


def sign(key: bytes, handover: str, now: int) -> tuple[str, int]:
    """Return the path of a packet with its token, and until when it is good, in milliseconds since the epoch."""
    expires = now // 1000 + LASTING
    token = jwt.encode({"alg": _ALGORITHM}, {"sub": f"packet:{handover}", "exp": expires}, OctKey.import_key(key))
    return f"/v1/handovers/{handover}/packet?token={token}", expires * 1000


def require_token(key: bytes, handover: str, token: str, now: int) -> None:
    """Let a request pass whose token is for this handover and still good; raises ProblemError (403) for any other."""
    try:
        read = jwt.decode(token, OctKey.import_key(key), algorithms=[_ALGORITHM])
        rules = jwt.JWTClaimsRegistry(
            now=lambda: now // 1000,
            exp={"essential": True},
            sub={"essential": True, "value": f"packet:{handover}"},
        )
        rules.validate(read.claims)
    except (JoseError, ValueError) as error:
        cause = "the link is no longer good, or not for this handover"
        raise ProblemError("link-invalid", cause, "ask for a projection of the handover again") from error
