"""Mail addresses as SMTP carries them."""

import re

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_LOCAL = 64
_LONGEST = 254


def mail_address(text: str) -> str | None:
    """Return one plain address with its domain in ASCII, or None for anything else."""
    local, at, domain = text.removeprefix("email:").strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    address = f"{local}@{domain}"
    if not at or len(local) > _LONGEST_LOCAL or len(address) > _LONGEST:
        return None
    return address if _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) else None
