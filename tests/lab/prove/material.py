"""A small workspace whose rules use every operator, ways to change it, and what the prover says of it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tests.workspace.material import compiled
from xop.kernel.policy.model import Request
from xop.kernel.release import Release
from xop.lab.prove.comparison import compare
from xop.lab.prove.examination import examine
from xop.lab.prove.model import Comparison, Proof, Report
from xop.lab.prove.slice import Slice
from xop.lab.prove.solver import z3
from xop.lab.prove.terrain import survey
from xop.lab.prove.variables import PRINCIPAL, RESOURCE
from xop.workspace.invariants import Declared, read_invariants

HEAD = 'principal, action == Action::"pay", resource'

FILES: dict[str, bytes] = {
    "workspace.toml": b'name = "bank"\n',
    "identity.yaml": b"namespaces: {mail: {kind: custom, priority: 1}}\n",
    "purposes.yaml": b"""
channels: {mail: {namespace: mail}, screen: {}}
purposes:
  service: {basis: contract}
  sale: {basis: consent, promotional: true, channels: [mail], suppressed_during: [complaint]}
""",
    "facts.yaml": b"""
facts:
  owed: {type: int, value: "1"}
  score: {type: int, value: "2", required: false}
  segment: {type: string, value: "'new'", required: false}
  marks: {type: strings, value: "['a']"}
""",
    "connections.yaml": b"connections: {desk: {adapter: simulated}}\n",
    "agents.yaml": b"""
agents:
  bot: {actions: [pay, tell], autonomy: act, customers: all}
operators:
  olga: {actions: ["*"], roles: [supervisor]}
""",
    "actions/pay.yaml": b"""
name: pay
version: 1
description: Pay an amount.
kind: write
purpose: service
facts: [owed, score, segment, marks]
input:
  type: object
  required: [cents]
  additionalProperties: false
  properties:
    cents: {type: integer, minimum: 1, maximum: 100000}
    note: {type: string}
    way: {type: string, enum: [fast, slow]}
    tags: {type: array, items: {type: string}}
    urgent: {type: boolean}
binding: {connection: desk}
""",
    "actions/tell.yaml": b"""
name: tell
version: 1
description: Tell a customer something.
kind: contact
channel: mail
purpose: sale
other_purposes: [service]
binding: {connection: desk}
""",
}

LIMIT = f"""
@id("pay.limit") @message("Much waits.") @outcome("hold") @until("approval") @approver("supervisor")
forbid({HEAD}) when {{ context.arguments has cents && context.arguments.cents > 5000 }} unless {{ context.approved }};
"""

_ARGUMENTS = "context.arguments"

TESTS = (
    f"{_ARGUMENTS} has cents && {_ARGUMENTS}.cents + context.facts.owed > 7",
    f"{_ARGUMENTS} has cents && {_ARGUMENTS}.cents * 3 <= context.facts.owed",
    "-context.facts.owed < -3",
    "context.facts.owed - 2 >= 9223372036854775800",
    "context.facts has score && context.facts.score == 5",
    "context has facts.score && context.facts.score != context.facts.owed",
    f'{_ARGUMENTS} has note && {_ARGUMENTS}.note like "a*b*c"',
    f'{_ARGUMENTS} has note && {_ARGUMENTS}.note like "*z*"',
    f"{_ARGUMENTS} has note && context.facts has segment && {_ARGUMENTS}.note == context.facts.segment",
    f"{_ARGUMENTS} has tags && {_ARGUMENTS}.tags.containsAll(context.facts.marks)",
    f"{_ARGUMENTS} has tags && {_ARGUMENTS}.tags == context.facts.marks",
    f'{_ARGUMENTS} has tags && {_ARGUMENTS}.tags.containsAny(["vip", "new"])',
    "context.facts.marks.isEmpty()",
    'context.facts.marks != ["vip", "new"]',
    f"{_ARGUMENTS} has note && context.facts.marks.contains({_ARGUMENTS}.note)",
    "[1, 2, context.facts.owed].contains(3)",
    f"(if {_ARGUMENTS} has urgent then {_ARGUMENTS}.urgent else context.approved) || context.facts.owed > 100",
    'principal == Agent::"bot" || principal is Operator in Operator::"olga"',
    'action in [Action::"contact"] || resource == Customer::"c1"',
    '!(context.channel == "mail") && !["mail", ""].contains(context.channel)',
    "(if context.approved then context.facts.marks else context.flags).containsAll(context.intents)",
)
"""Conditions that together use every operator the prover encodes."""

EVERY_OPERATOR = "\n".join(
    f'@id("pay.r{number}") @message("m") {extra}\n{effect}({HEAD}) when {{ {test} }};'
    for number, test in enumerate(TESTS)
    for effect, extra in [
        (
            ("permit", ""),
            ("forbid", ""),
            ("forbid", '@outcome("hold") @until("approval") @approver("supervisor")'),
        )[number % 3]
    ]
)


def bank(rules: str = "", files: Mapping[str, bytes] = MappingProxyType({})) -> Release:
    """Return the release of the workspace with these rules, and with these files instead of its own."""
    return compiled({**FILES, "policies/pay.cedar": rules.encode(), **files})


def edited(path: str, old: str, new: str) -> dict[str, bytes]:
    """Return one file with one passage written otherwise."""
    text = FILES[path].decode()
    assert text.count(old) == 1
    return {path: text.replace(old, new).encode()}


def declared(release: Release, text: str) -> list[Declared]:
    """Return the invariants of a file that has no problems."""
    problems: list[Any] = []
    found = read_invariants(text.encode(), release, problems)
    assert problems == []
    return found


def invariant(when: str, says: str = "never: permit", over: str = "{}") -> str:
    """Return a file with one invariant."""
    return f"invariants:\n  it:\n    message: m\n    over: {over}\n    {says}\n    when: >-\n      {when}\n"


def report(release: Release, text: str = "") -> Report:
    """Return what the prover finds out about a release and a file of invariants."""
    return examine(survey(release), declared(release, text))


def proof(release: Release, text: str) -> Proof:
    """Return what becomes of the one invariant of a file."""
    (found,) = report(release, text).proofs
    return found


def comparison(before: Release, after: Release) -> Comparison:
    """Return how two releases differ."""
    return compare(survey(before), survey(after))


def assigned(where: Slice, request: Request) -> list[Any]:
    """Return the terms that pin a slice's variables to one request."""
    return [variable == value for variable, value in _values(where, request)]


def modelled(where: Slice, request: Request) -> Any:
    """Return the model of the solver in which a slice's variables are as in one request."""
    model = z3.Model()
    for variable, value in _values(where, request):
        model.update_value(variable, z3.BoolVal(value) if isinstance(value, bool) else z3.IntVal(value))
    return model


def holds(model: Any, term: Any) -> bool:
    """Say whether a term is true in a model."""
    return term if isinstance(term, bool) else z3.is_true(model.eval(term, model_completion=True))


def _values(where: Slice, request: Request) -> Iterator[tuple[Any, bool | int]]:
    variables, numbers = where.variables, where.variables.universe.numbers
    yield z3.Int(PRINCIPAL), numbers[request.principal]
    yield z3.Int(RESOURCE), numbers[request.resource]
    for path, variable in variables.by_path.items():
        value: Any = request.context
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if variable.optional:
            yield z3.Bool(f"has {variables.name(path)}"), value is not None
        if isinstance(variable.kind, dict) or value is None:
            continue
        if variable.kind == "Set<String>":
            inside = {numbers[text] for text in value}
            yield from ((term, number in inside) for term, number in variables.members(path))
        else:
            yield variables.scalar(path), numbers[value] if variable.kind == "String" else value
