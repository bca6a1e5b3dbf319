"""Shapes as protobuf messages made at run time, because messages are what CEL's type checker knows fields of."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    struct_pb2,
)

from xop.kernel.conditions.shapes import ListOf, MapOf, Record, Shape

_PACKAGE = "xop.shape"
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bool": _FIELD.TYPE_BOOL,
    "int": _FIELD.TYPE_INT64,
    "double": _FIELD.TYPE_DOUBLE,
    "string": _FIELD.TYPE_STRING,
}
_ANY, _ANY_LIST, _ANY_MAP = (f".google.protobuf.{name}" for name in ("Value", "ListValue", "Struct"))


class Descriptors:
    """Message types made from records; `signature` names a shape's CEL type and `pool` resolves it."""

    def __init__(self) -> None:
        self.fields: dict[str, tuple[str, ...]] = {}
        """The field names of each message made."""
        self.pool: Any = descriptor_pool.DescriptorPool()
        structs = descriptor_pb2.FileDescriptorProto()
        struct_pb2.DESCRIPTOR.CopyToProto(structs)
        self.pool.Add(structs)

    def signature(self, shape: Shape) -> str:
        """Return the CEL type signature of a shape, adding the messages it needs to the pool."""
        match shape:
            case ListOf(item):
                return f"list<{self.signature(item)}>"
            case MapOf(value):
                return f"map<string, {self.signature(value)}>"
            case Record(fields) if _can_be_message(fields):
                return self._message(fields)
            case Record():
                return "map<string, dyn>"
            case _:
                return shape

    def _message(self, fields: Mapping[str, Shape]) -> str:
        numbered = [
            (number, name, *self._field(shape)) for number, (name, shape) in enumerate(sorted(fields.items()), 1)
        ]
        name = f"Record{len(self.fields)}"
        self.pool.Add(_file(name, numbered))
        self.fields[f"{_PACKAGE}.{name}"] = tuple(sorted(fields))
        return f"{_PACKAGE}.{name}"

    def _field(self, shape: Shape) -> tuple[bool, int, str]:
        """Return whether a field repeats, its protobuf type and its message's name."""
        match shape:
            case ListOf(Record() | "bool" | "int" | "double" | "string" as item) if self._is_plain(item):
                return (True, *self._field(item)[1:])
            case ListOf():
                return False, _FIELD.TYPE_MESSAGE, _ANY_LIST
            case Record(fields) if _can_be_message(fields):
                return False, _FIELD.TYPE_MESSAGE, f".{self._message(fields)}"
            case Record() | MapOf():
                return False, _FIELD.TYPE_MESSAGE, _ANY_MAP
            case "dyn":
                return False, _FIELD.TYPE_MESSAGE, _ANY
            case _:
                return False, _SCALARS[shape], ""

    @staticmethod
    def _is_plain(item: Shape) -> bool:
        return not isinstance(item, Record) or _can_be_message(item.fields)


def _can_be_message(fields: Mapping[str, Shape]) -> bool:
    return bool(fields) and all(_FIELD_NAME.fullmatch(name) for name in fields)


def _file(name: str, fields: list[tuple[int, str, bool, int, str]]) -> Any:
    file = descriptor_pb2.FileDescriptorProto(name=f"{name}.proto", package=_PACKAGE, syntax="proto2")
    file.dependency.extend(["google/protobuf/struct.proto", *_messages_before(fields)])
    message = file.message_type.add(name=name)
    # Names that differ only in underscores and capitals are one JSON name to protobuf; here JSON names do not matter.
    message.options.deprecated_legacy_json_field_conflicts = True
    for number, label, repeats, kind, type_name in fields:
        message.field.add(
            name=label,
            number=number,
            type=kind,
            type_name=type_name or None,
            label=_FIELD.LABEL_REPEATED if repeats else _FIELD.LABEL_OPTIONAL,
            json_name=f"f{number}",
        )
    return file


def _messages_before(fields: list[tuple[int, str, bool, int, str]]) -> Iterator[str]:
    prefix = f".{_PACKAGE}.Record"
    for *_, type_name in fields:
        if type_name.startswith(prefix):
            yield f"Record{type_name.removeprefix(prefix)}.proto"
