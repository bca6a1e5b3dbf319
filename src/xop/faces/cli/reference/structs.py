"""What the source says about a struct: its sentence, and its fields with type and meaning."""

import ast
import inspect
import re
import textwrap
from functools import cache

import msgspec
from msgspec import Struct

from xop.faces.cli.reference.markdown import code, table


class Field(Struct, frozen=True):
    """One field as its source declares it."""

    name: str
    type: str
    required: bool
    meaning: str


def fields_of(struct: type[Struct]) -> list[Field]:
    """Return the fields of a struct in order."""
    declared = {each.name: each for each in msgspec.structs.fields(struct)}
    body = _body(struct)
    found = []
    for position, node in enumerate(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in declared:
            field = declared[node.target.id]
            following = body[position + 1] if position + 1 < len(body) else None
            found.append(Field(field.encode_name, _type(node.annotation), field.required, _meaning(following)))
    return found


def sentence(struct: type) -> str:
    """Return the docstring of a class as one paragraph."""
    return re.sub(r"\s+", " ", inspect.getdoc(struct) or "")


def field_table(struct: type[Struct]) -> list[str]:
    """Return the fields of a struct as a Markdown table; nothing for a struct without fields."""
    rows = [
        (code(each.name), code(each.type), "yes" if each.required else "", each.meaning) for each in fields_of(struct)
    ]
    return table(("field", "type", "always", "meaning"), rows) if rows else []


@cache
def _body(struct: type) -> list[ast.stmt]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(struct)))
    return next(node for node in tree.body if isinstance(node, ast.ClassDef)).body


def _type(annotation: ast.expr) -> str:
    """Return an annotation without what only a validator reads."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Annotated":
        arguments = annotation.slice
        return ast.unparse(arguments.elts[0] if isinstance(arguments, ast.Tuple) else arguments)
    if isinstance(annotation, ast.BinOp):
        return f"{_type(annotation.left)} | {_type(annotation.right)}"
    return ast.unparse(annotation)


def _meaning(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return re.sub(r"\s+", " ", node.value.value).strip()
    return ""
