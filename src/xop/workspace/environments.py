"""What conditions, expressions and templates may read, as CEL environments with the shape of the data."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.conditions import Environment, ListOf, MapOf, Record, Shape, shape_of
from xop.kernel.conditions.shapes import WIDEST

_CONVERSATION = Record({"id": "string", "channel": "string", "topic": "string"})
_RUN = Record({"id": "string", "key": "string", "vars": MapOf("dyn")})


def customer_shape(counters: Mapping[str, int]) -> Record:
    """Return the shape of `customer` as `xop.kernel.picture.picture` draws it."""
    counted: Shape = Record(dict.fromkeys(counters, "int")) if 0 < len(counters) <= WIDEST else MapOf("int")
    return Record(
        {
            "id": "string",
            "profile": MapOf("dyn"),
            "identifiers": MapOf(ListOf("string")),
            "counters": counted,
            "flags": MapOf("bool"),
            "intents": MapOf("string"),
            "conversations": ListOf(_CONVERSATION),
            "promises": MapOf("string"),
            "segments": ListOf("string"),
            "journeys": ListOf("string"),
        }
    )


def segment_shape(customer: Record) -> Record:
    """Return the shape of `customer` as segments see it: what follows from segments is no part of it."""
    hidden = {"segments", "journeys"}
    return Record({name: shape for name, shape in customer.fields.items() if name not in hidden})


def segment_environment(customer: Record) -> Environment:
    """Return what the condition of a segment may read."""
    return Environment({"customer": segment_shape(customer), "now": "timestamp"})


def run_environment(customer: Shape, schema: Mapping[str, Any] | None = None) -> Environment:
    """Return what the steps of a journey may read; with the schema of a signal's data where one is at hand."""
    roots: dict[str, Shape] = {"customer": customer, "run": _RUN, "now": "timestamp"}
    if schema is not None:
        roots["signal"] = _signal(shape_of(schema))
    return Environment(roots)


def entry_environment(customer: Shape, data: Shape | None) -> Environment:
    """Return what the entry rule of a journey may read; `data` is the shape of the signal's, None without one."""
    roots: dict[str, Shape] = {"customer": customer, "now": "timestamp"}
    return Environment(roots if data is None else {**roots, "signal": _signal(data)})


def _signal(data: Shape) -> Shape:
    return Record({"type": "string", "source": "string", "time": "int", "data": data})


def signal_environment(schema: Mapping[str, Any], customer: Shape) -> Environment:
    """Return what the changes of a signal type may read; `schema` is that of the signal's data."""
    return Environment({"signal": _signal(shape_of(schema)), "customer": customer, "now": "timestamp"})


def identifier_environment(schema: Mapping[str, Any]) -> Environment:
    """Return what a signal type's identifiers may read: the customer is not known yet."""
    return Environment({"signal": _signal(shape_of(schema)), "now": "timestamp"})


def read_environment(customer: Shape, reads: Shape, *, each: bool) -> Environment:
    """Return what a read's texts may read; `reads` is the shape of all reads' outputs, `each` for those of an element."""
    roots: dict[str, Shape] = {"customer": customer, "arguments": MapOf("dyn"), "reads": reads, "now": "timestamp"}
    return Environment(roots | {"each": "dyn"} if each else roots)


def fact_environment(customer: Shape, reads: Shape, facts: Shape) -> Environment:
    """Return what a fact may read; facts are shared by actions, so arguments may have any shape."""
    roots: dict[str, Shape] = {"customer": customer, "arguments": MapOf("dyn"), "reads": reads, "facts": facts}
    return Environment({**roots, "read": "dyn", "now": "timestamp"})


def request_environment(schema: Mapping[str, Any], customer: Shape, *, timeless: bool = False) -> Environment:
    """Return what an action's request may read; `schema` is that of the arguments.

    A `timeless` request may not read `now`, `address` or `invocation`: it is a read, whose answer is shared.
    """
    roots: dict[str, Shape] = {
        "arguments": shape_of(schema),
        "customer": customer,
        "action": Record({"name": "string", "version": "int"}),
        "purpose": "string",
    }
    if not timeless:
        roots["address"] = "string"
        roots["invocation"] = Record({"id": "string", "at": "int"})
        roots["now"] = "timestamp"
        roots |= {"link": "string", "preferences": "string", "unsubscribe": "string"}
    return Environment(roots)


def outcome_environment(arguments: Mapping[str, Any], output: Mapping[str, Any], customer: Shape) -> Environment:
    """Return what the signals that an action tells may read; by the schemas of its arguments and its output."""
    return Environment(
        {
            "arguments": shape_of(arguments),
            "output": shape_of(output) if output else "dyn",
            "invocation": Record({"id": "string", "conversation": "string"}),
            "customer": customer,
            "now": "timestamp",
        }
    )


def reversal_environment(arguments: Mapping[str, Any], output: Mapping[str, Any]) -> Environment:
    """Return what the arguments of a reversing action may read: what was asked for, and what came of it."""
    return Environment(
        {
            "arguments": shape_of(arguments),
            "output": shape_of(output) if output else "dyn",
            "invocation": Record({"id": "string", "at": "int", "conversation": "string"}),
        }
    )
