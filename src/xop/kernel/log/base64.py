"""Base 64 as RFC 4648, section 4, in its one right spelling."""

from base64 import b64decode, b64encode

from xop.kernel.log.errors import FormatError


def encoded(data: bytes) -> str:
    """Return bytes as base 64 text."""
    return b64encode(data).decode()


def decoded(text: str, what: str) -> bytes:
    """Return the bytes of base 64 text; `FormatError` for any but the canonical spelling, naming `what` it is of."""
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise FormatError(f"{what} is not base 64") from error
    if encoded(data) != text:
        raise FormatError(f"{what} is not base 64 in its canonical spelling")
    return data
