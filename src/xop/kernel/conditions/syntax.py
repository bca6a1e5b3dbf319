"""The syntax tree of a compiled text, read from the checked form CEL compilers exchange."""

from typing import Any

from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    message,
    message_factory,
)

_FIELD = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    "text": _FIELD.TYPE_STRING,
    "flag": _FIELD.TYPE_BOOL,
    "whole": _FIELD.TYPE_INT64,
    "fraction": _FIELD.TYPE_DOUBLE,
}
# Field numbers of cel.expr.CheckedExpr, as the CEL specification publishes them; the parser skips all others.
_MESSAGES = {
    "Expr": "3:const:Constant 4:ident:Ident 5:select:Select 6:call:Call 7:list:List 8:struct:Struct 9:fold:Fold",
    "Constant": "1:null:whole 2:bool:flag 3:int:whole 5:double:fraction 6:string:text",
    "Ident": "1:name:text",
    "Select": "1:operand:Expr 2:field:text 3:test:flag",
    "Call": "1:target:Expr 2:function:text 3:args:Expr*",
    "List": "1:elements:Expr*",
    "Struct": "1:message_name:text 2:entries:Entry*",
    "Entry": "3:map_key:Expr 4:value:Expr",
    "Fold": "1:iter_var:text 2:iter_range:Expr 3:accu_var:text 4:accu_init:Expr 5:condition:Expr 6:step:Expr "
    "7:result:Expr 8:iter_var2:text",
    "Checked": "4:expr:Expr",
}


def _tree_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="xop/syntax.proto", package="xop.syntax", syntax="proto2")
    for name, fields in _MESSAGES.items():
        message_type = file.message_type.add(name=name)
        for field in fields.split():
            number, label, kind = field.split(":")
            repeats, kind = kind.endswith("*"), kind.rstrip("*")
            message_type.field.add(
                name=label,
                number=int(number),
                type=_TYPES.get(kind, _FIELD.TYPE_MESSAGE),
                type_name=None if kind in _TYPES else f".xop.syntax.{kind}",
                label=_FIELD.LABEL_REPEATED if repeats else _FIELD.LABEL_OPTIONAL,
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("xop.syntax.Checked"))


_Checked = _tree_class()


def tree(serialized: bytes) -> Any:
    """Return the root `Expr` of a serialised CEL text; raises ValueError when the bytes are not one."""
    envelope, checked = any_pb2.Any(), _Checked()
    try:
        envelope.ParseFromString(serialized)
        checked.ParseFromString(envelope.value)
    except message.DecodeError as error:
        raise ValueError("this is not a serialised CEL text") from error
    return checked.expr


def kind(expr: Any) -> str:
    """Return which of const, ident, select, call, list, struct or fold an `Expr` is."""
    return str(expr.ListFields()[0][0].name)


def literal(expr: Any) -> bool | int | float | str | None:
    """Return the value of an `Expr` that is a literal of JSON's scalars but null; None for any other."""
    fields = expr.const.ListFields() if kind(expr) == "const" and not is_null(expr) else []
    value: bool | int | float | str | None = fields[0][1] if fields else None
    return value


def is_null(expr: Any) -> bool:
    """Say whether an `Expr` is the literal `null`."""
    return kind(expr) == "const" and bool(expr.const.HasField("null"))
