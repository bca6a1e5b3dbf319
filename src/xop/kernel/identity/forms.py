"""Normal forms of the kinds of identifier, so that one address written two ways is one identifier."""

import re
import unicodedata

import idna
import phonenumbers

from xop.kernel.base.values import Refusal

_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_LOCAL_PART, _LONGEST_EMAIL, _FEWEST_LABELS = 64, 254, 2

_PHONE = re.compile(r"(?:tel:)?\s*\+?[\d\s()./-]+", re.IGNORECASE)

_DEVICE_PREFIX = "urn:uuid:"
_HEX = re.compile(r"[0-9a-f]+")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID_DIGITS = 32
_OTHER_DEVICE_DIGITS = (16, 40, 64)
"""Android identifiers, and SHA-1 and SHA-256 digests."""
_SHARED_DEVICES = frozenset({"9774d56d682e549c"})
"""A value that a whole range of Android phones once reported."""

_COOKIE = re.compile(r"[!#-+\--:<-\[\]-~]+")
"""What RFC 6265 allows in a cookie's value."""


def email(text: str) -> str | Refusal:
    """Return a bare address in lower case, its domain in ASCII; dots and plus tags stay as they are."""
    local, at, domain = lower(text).rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local):
        return _malformed("email", "an address such as name@example.com, without a display name or quotes")
    ascii_domain = _ascii_domain(domain)
    if ascii_domain is None:
        return _malformed("email", "an address whose part after the @ is a full domain name")
    address = f"{local}@{ascii_domain}"
    if len(local.encode()) > _LONGEST_LOCAL_PART or len(address.encode()) > _LONGEST_EMAIL:
        return _malformed("email", "an address of at most 254 bytes, 64 of them before the @")
    return address


def phone(text: str, default_region: str | None) -> str | Refusal:
    """Return a number in E.164; `default_region` (ISO 3166) is where numbers without a country code belong."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not _PHONE.fullmatch(plain):
        # An extension has no place in E.164: dropping it would make one person of a whole switchboard.
        return _malformed("phone", "digits with an optional leading +, without letters or an extension")
    try:
        number = phonenumbers.parse(plain, default_region)
    except phonenumbers.NumberParseException:
        return _malformed("phone", "the number with + and country code, or set a default region for the namespace")
    if not (phonenumbers.is_possible_number(number) and phonenumbers.is_valid_number(number)):
        return Refusal("phone-invalid", "no such telephone number can exist", "send a number that is in use")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def device(text: str) -> str | Refusal:
    """Return a UUID with hyphens in lower case, or the lower-case digits of another device identifier."""
    plain = lower(text).removeprefix(_DEVICE_PREFIX)
    plain = plain[1:-1] if plain.startswith("{") and plain.endswith("}") else plain
    digits = plain.replace("-", "") if _UUID.fullmatch(plain) else plain
    if not _HEX.fullmatch(digits) or len(digits) not in (_UUID_DIGITS, *_OTHER_DEVICE_DIGITS):
        return _malformed("device", "a UUID, or 16, 40 or 64 hexadecimal digits")
    if len(set(digits)) == 1 or digits in _SHARED_DEVICES:
        return Refusal(
            "junk",
            "many devices report this same value, for example when tracking is off",
            "leave it out of the signal",
        )
    if len(digits) != _UUID_DIGITS:
        return digits
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def cookie(text: str, *, case_sensitive: bool) -> str | Refusal:
    """Return a cookie's value as it is, or in lower case."""
    if not _COOKIE.fullmatch(text):
        return _malformed("cookie", "the cookie's value, without quotes, spaces, commas or semicolons")
    return text if case_sensitive else text.lower()


def lower(text: str) -> str:
    """Return text in lower case and composed form (NFC)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def _ascii_domain(domain: str) -> str | None:
    try:
        # Current IDNA rules, not Python's own codec: that one takes two different domains for one (ß and ss).
        name = idna.encode(domain, uts46=True).decode("ascii") if _needs_idna(domain) else domain
    except ValueError:
        return None
    labels = name.split(".")
    if len(labels) < _FEWEST_LABELS or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        return None
    return name


def _needs_idna(domain: str) -> bool:
    return not domain.isascii() or "xn--" in domain


def _malformed(kind: str, wanted: str) -> Refusal:
    article = "an" if kind == "email" else "a"
    return Refusal(f"{kind}-malformed", f"the value does not read as {article} {kind} identifier", f"send {wanted}")
