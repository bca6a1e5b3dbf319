"""Guards: plain comparisons with a text that a condition demands, looked at before anything else is.

A condition `path == "text" && …` is false whatever the rest says when the comparison is: CEL's `&&` is false as soon as
one side is, even if the other has no answer. Most triggers are ruled out this way for a tenth of an evaluation's cost.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from xop.kernel.conditions.reads import straight_path
from xop.kernel.conditions.syntax import kind

_COMPARISONS = {"_==_": True, "_!=_": False}


class Guard(NamedTuple):
    """One comparison of a path with a text."""

    path: tuple[str, ...]
    text: str
    equal: bool


def denied(guards: tuple[Guard, ...], data: Mapping[str, Any]) -> bool:
    """Say whether one of the comparisons is plainly false; whatever is missing or no text is for CEL to judge."""
    for path, text, equal in guards:
        value: Any = data
        for name in path:
            if not isinstance(value, dict) or name not in value:
                break
            value = value[name]
        else:
            if type(value) is str and (value == text) is not equal:
                return True
    return False


def guards_of(expr: Any) -> Iterator[Guard]:
    """Yield the guards that a condition's syntax tree demands together."""
    if kind(expr) != "call":
        return
    call = expr.call
    if call.function == "_&&_":
        for side in call.args:
            yield from guards_of(side)
    elif call.function in _COMPARISONS:
        path, text = straight_path(call.args[0]), call.args[1]
        if path and kind(text) == "const" and text.const.HasField("string"):
            yield Guard(path, text.const.string, _COMPARISONS[call.function])
