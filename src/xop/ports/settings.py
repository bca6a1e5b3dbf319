"""What a workspace wrote for an adapter, read into a struct with every mistake named."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Literal, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from xop.kernel.actions.model import Connection
from xop.kernel.base.values import Refusal
from xop.ports.secret import REFERENCE_PATTERN, REFERENCE_REMEDY

Written = TypeVar("Written", bound=Struct)

_PLACE = re.compile(r" - at `\$(.*)`$")


def read_written(
    kind: type[Written], written: Mapping[str, Any], place: Literal["settings", "request"]
) -> Written | list[Refusal]:
    """Return what is written as a struct of `kind`, or a refusal for every field that is unknown, missing or wrong."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    refusals = [_unknown(name, list(fields), place) for name in written if name not in fields]
    for name, field in fields.items():
        if name in written:
            refusals += _misfits(written[name], field.type, name, place)
        elif field.required:
            refusals.append(Refusal(place, f"`{place}.{name}` is missing", _remedy(field.type, name)))
    return refusals or msgspec.convert(written, kind)


def settings_of(kind: type[Written], connection: Connection) -> Written:
    """Return the settings of a connection that passed its check; raises ValueError for any other."""
    settings = read_written(kind, connection.settings, "settings")
    if isinstance(settings, list):
        raise ValueError(settings[0].cause)  # noqa: TRY004 - the settings are wrong, not their type
    return settings


def _unknown(name: Any, known: list[str], place: str) -> Refusal:
    near = get_close_matches(str(name), known, n=1)
    remedy = f"write `{near[0]}`" if near else f"use one of: {', '.join(known) or 'nothing'}"
    return Refusal(place, f"`{place}.{name}` is not known here", remedy)


def _misfits(value: Any, kind: Any, name: str, place: str) -> list[Refusal]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        said = str(error)
    else:
        return []
    found = _PLACE.search(said)
    path = f"{place}.{name}{found[1] if found else ''}"
    if repr(REFERENCE_PATTERN) in said:
        return [Refusal("secret", f"`{path}` is not a reference to a secret", REFERENCE_REMEDY)]
    return [Refusal(place, f"`{path}`: {_PLACE.sub('', said)}", _remedy(kind, name))]


def _remedy(kind: Any, name: str) -> str:
    """Return the description that an annotated type carries."""
    described = [part.description for part in get_args(kind) if isinstance(part, Meta) and part.description]
    return f"`{name}`: {described[0]}" if described else f"write `{name}` as the reference of this adapter says"
