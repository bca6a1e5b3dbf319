"""Namespaces of identifiers: what a value must look like, and whether sharing one makes two customers one person."""

import unicodedata
from functools import lru_cache
from typing import Annotated, Any, Literal

import jsonschema_rs
import phonenumbers
from msgspec import Meta, Struct

from xop.kernel.base.values import Refusal
from xop.kernel.identity import forms

LONGEST = 256
"""Characters of one identifier."""

_MATCHED_KINDS = ("account", "custom")
_JUNK = frozenset(
    {"null", "nil", "none", "undefined", "unknown", "anonymous", "anon", "guest", "nan", "n/a", "na", "false", "true"}
    | {"not set", "not_set", "notset", "not available", "empty", "default", "object object", "test", "-1"}
)
_WRAPPING = "()[]{}<>\"'` "
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


class Namespace(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One kind of identifier that a workspace knows; raises ValueError for a pattern or region that cannot be used."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,62}$")]
    kind: Literal["email", "phone", "device", "cookie", "account", "custom"]
    priority: Annotated[int, Meta(ge=0, le=1_000)] = 0
    """Which namespace speaks for the customer; higher wins."""
    strong: bool = False
    """Two customers who share a value are one person and may be merged."""
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 20
    """Identifiers of this namespace one customer may have."""
    never_merge: Annotated[tuple[str, ...], Meta(max_length=10_000)] = ()
    """Values shared by many people; `*` stands for any text, as in `*@example.com`."""
    pattern: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    """What an account or custom value must match from end to end, in RE2 syntax."""
    case_sensitive: bool = True
    """Whether capitals tell cookie, account and custom values apart; they never do for the other kinds."""
    default_region: str | None = None
    """The country (ISO 3166, two capitals) of telephone numbers that come without a country code."""

    def __post_init__(self) -> None:
        if self.pattern is not None:
            if self.kind not in _MATCHED_KINDS:
                raise ValueError(f"'pattern' has no use for the kind '{self.kind}': it has its own rules; leave it out")
            _matcher(self.pattern)
        if self.default_region is not None and self.default_region not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f"default_region '{self.default_region}' is no region: use two capitals, such as 'GB'")


def normalise(namespace: Namespace, raw: str) -> str | Refusal:
    """Return the normal form of a value, the same for every way of writing it, or why it identifies nobody."""
    if len(raw) > LONGEST:
        return Refusal("too-long", f"the value is longer than {LONGEST} characters", "send the identifier alone")
    text = unicodedata.normalize("NFC", raw.strip())
    if not text:
        return Refusal("blank", "the value is blank", "leave the identifier out when there is none")
    if any(unicodedata.category(character) in _INVISIBLE for character in text):
        return Refusal("invisible", "the value holds control or invisible characters", "remove them at the source")
    if _is_junk(text):
        return Refusal("junk", "the value is a filler that many people share", "leave it out when there is none")
    return _formed(namespace, text)


def merges(namespace: Namespace, value: str) -> bool:
    """Return whether two customers who share `value`, in normal form, may be merged because of it."""
    if not namespace.strong:
        return False
    shared, wildcards = _never_merged(namespace)
    return value not in shared and not any(_matches_wildcard(wildcard, value) for wildcard in wildcards)


def _formed(namespace: Namespace, text: str) -> str | Refusal:
    match namespace.kind:
        case "email":
            return forms.email(text)
        case "phone":
            return forms.phone(text, namespace.default_region)
        case "device":
            return forms.device(text)
        case "cookie":
            return forms.cookie(text, case_sensitive=namespace.case_sensitive)
        case _:
            return _matched(namespace, text if namespace.case_sensitive else forms.lower(text))


def _matched(namespace: Namespace, text: str) -> str | Refusal:
    if len(text) > LONGEST:
        return Refusal("too-long", f"the value is longer than {LONGEST} characters", "send the identifier alone")
    if namespace.pattern is not None and not _matcher(namespace.pattern).is_valid(text):
        return Refusal(
            "pattern-mismatch",
            f"the value does not match the pattern of the namespace '{namespace.name}'",
            f"send a value that matches {namespace.pattern}",
        )
    return text


def _is_junk(text: str) -> bool:
    bare = forms.lower(text).strip(_WRAPPING)
    if bare in _JUNK:
        return True
    digits = [character for character in bare if character.isalnum()]
    return all(character == "0" for character in digits)


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> Any:
    """Return what checks a whole text against a pattern in time linear in its length, whatever the pattern."""
    options = jsonschema_rs.RegexOptions()
    for schema in ({"pattern": pattern}, {"pattern": f"^(?:{pattern})$"}):
        try:
            validator = jsonschema_rs.Draft202012Validator(schema, pattern_options=options)
        except ValueError as error:
            raise ValueError(f"the pattern '{pattern}' cannot be used: write it in RE2 syntax") from error
    return validator


@lru_cache(maxsize=256)
def _never_merged(namespace: Namespace) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the shared values in normal form, and the wildcards."""
    exact = [value for value in namespace.never_merge if "*" not in value]
    formed = [normalise(namespace, value) for value in exact]
    folds = namespace.kind in ("email", "device") or not namespace.case_sensitive
    wildcards = [forms.lower(value) if folds else value for value in namespace.never_merge if "*" in value]
    return frozenset([*exact, *(value for value in formed if isinstance(value, str))]), tuple(wildcards)


def _matches_wildcard(wildcard: str, value: str) -> bool:
    first, *middle, last = wildcard.split("*")
    if len(value) < len(first) + len(last) or not (value.startswith(first) and value.endswith(last)):
        return False
    at, end = len(first), len(value) - len(last)
    for part in middle:
        found = value.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
