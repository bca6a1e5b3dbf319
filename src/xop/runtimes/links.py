"""Links: tokens that let whoever holds them do one thing, signed and short-lived."""

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_ALGORITHM = "HS256"


def sign(key: bytes, subject: str, expires: int) -> str:
    """Return a token for one subject, good until a moment in milliseconds since the epoch."""
    return jwt.encode({"alg": _ALGORITHM}, {"sub": subject, "exp": expires // 1000}, OctKey.import_key(key))


def subject_of(key: bytes, token: str, now: int) -> str | None:
    """Return what a token is for, or None when it is not good at a moment in milliseconds since the epoch."""
    try:
        claims = jwt.decode(token, OctKey.import_key(key), algorithms=[_ALGORITHM]).claims
        rules = jwt.JWTClaimsRegistry(now=lambda: now // 1000, exp={"essential": True}, sub={"essential": True})
        rules.validate(claims)
    except (JoseError, ValueError):
        return None
    subject = claims["sub"]
    return subject if isinstance(subject, str) else None
