"""Invariants: what must hold of every request, whatever the rules are; read from `invariants.yaml`.

They lie in a workspace without being part of a release: they change no verdict, so they give it no other name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from cedarpy import pst
from msgspec import Struct

from xop.kernel.actions.model import Name
from xop.kernel.arbiter.context import ENUMS, FLAGS, context_type
from xop.kernel.erasure.model import PURPOSE
from xop.kernel.policy.check import check, lint
from xop.kernel.policy.model import Outcome, Rule
from xop.kernel.policy.schema import PRINCIPAL_TYPES, ActionType, Schema
from xop.kernel.policy.source import invisible
from xop.kernel.policy.tree import reads, template
from xop.kernel.release import Release
from xop.workspace.fit import fit
from xop.workspace.layout import FileKind, Section
from xop.workspace.principals import STANDING_GROUPS
from xop.workspace.problem import Document, Place, Problem, nearest, quote
from xop.workspace.yamltree import read_yaml

FILE = "invariants.yaml"
BASELINE_FILE = f"baseline/{FILE}"

_SECTION = "invariants"
_REMEDY = "write one Cedar expression over principal, action, resource and context"


class Over(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which requests an invariant is about; all of them where nothing is named."""

    principals: tuple[str, ...] = ()
    """Types of principals, such as Agent or Operator."""
    actions: tuple[str, ...] = ()
    """Actions and action groups."""


class Invariant(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that must hold of every request, whatever the rules are."""

    name: Name
    message: str
    """What it means, in plain words."""
    when: str = "true"
    """A Cedar expression that picks the requests."""
    over: Over = Over()
    never: Outcome | None = None
    """The verdict that none of these requests may get."""
    always: Outcome | None = None
    """The verdict that each of these requests must get."""


INVARIANTS = FileKind(FILE, {_SECTION: Section(Invariant)}, rules=False)
"""The file as editors know it."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One invariant that fits its release, ready to be proved."""

    id: str
    invariant: Invariant
    tree: pst.Template
    rule: Rule
    """The invariant's requests as a rule, so that the engine can say whether a request is one of them."""


def baseline_invariants() -> bytes:
    """Return the invariants that hold of the baseline, whatever rules a workspace adds."""
    return _baseline()


@lru_cache(maxsize=1)
def _baseline() -> bytes:
    return (files("xop.workspace") / "baseline" / FILE).read_bytes()


def read_invariants(
    content: bytes, release: Release, problems: list[Problem], file: str = FILE, prefix: str = ""
) -> list[Declared]:
    """Return the invariants of a file that fit a release; whatever is wrong with others is added to `problems`.

    `prefix` stands before the name of each.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(file, line, "the file is not UTF-8 text", "save it as UTF-8"))
        return []
    document = read_yaml(file, text, problems)
    entries = _entries(document, problems) if document is not None else {}
    schema, values = release_schema(release), _enums(release)
    found = [_declared(prefix, name, each, schema, problems) for name, each in entries.items()]
    sound = [(each, place) for each, place in found if each is not None]
    problems.extend(_misfits([each for each, _ in sound], schema, values))
    return [each for each, _ in sound]


def release_schema(release: Release) -> Schema:
    """Return the types that a release's policies were checked against."""
    types = tuple(
        ActionType(
            name,
            each.action.groups,
            context_type(
                each.arguments,
                {fact.source.name: (fact.source.type, fact.source.required) for fact in each.facts},
                register=release.register is not None,
            ),
        )
        for name, each in release.actions.items()
    )
    groups = dict.fromkeys((*STANDING_GROUPS, *(group for each in types for group in each.groups)))
    return Schema(types, tuple(groups), PRINCIPAL_TYPES)


def _entries(document: Document, problems: list[Problem]) -> dict[str, tuple[Any, Place]]:
    content = document.value
    if content is None:
        return {}
    if not isinstance(content, dict):
        problems.append(Place(document).problem("the file is no map of sections", f"begin it with `{_SECTION}:`"))
        return {}
    for name in content:
        if name != _SECTION:
            cause = f"{quote(name)} is no section of this file"
            problems.append(Place(document, (name,)).problem(cause, nearest(name, {_SECTION})))
    entries = content.get(_SECTION)
    place = Place(document, (_SECTION,))
    if entries is not None and not isinstance(entries, dict):
        remedy = "write each invariant below it as `name: …`"
        problems.append(place.problem("the section is no map", remedy))
        return {}
    return {name: (each, place.at(name)) for name, each in (entries or {}).items()}


def _declared(
    prefix: str, name: str, entry: tuple[Any, Place], schema: Schema, problems: list[Problem]
) -> tuple[Declared | None, Place]:
    content, place = entry
    if isinstance(content, dict) and "name" in content:
        problems.append(place.at("name").problem("'name' is given by where the entry stands", "leave it out"))
        return None, place
    given = {**content, "name": name} if isinstance(content, dict) else content
    invariant = fit(given, Invariant, place, problems)
    if invariant is None:
        return None, place
    wrong = list(_mistakes(invariant, place, schema))
    problems.extend(wrong)
    return (None if wrong else _parsed(prefix + name, invariant, place, problems)), place


def _mistakes(invariant: Invariant, place: Place, schema: Schema) -> Iterator[Problem]:
    if (invariant.never is None) is (invariant.always is None):
        yield place.problem(
            "an invariant says either `never` or `always`", "write one of them, such as `never: permit`"
        )
    known = {*schema.by_name, *schema.groups}
    for index, action in enumerate(invariant.over.actions):
        if action not in known:
            cause = f"there is no action or group {quote(action)}"
            yield place.at("over", "actions", index).problem(cause, nearest(action, known))
    for index, kind in enumerate(invariant.over.principals):
        if kind not in schema.principal_types:
            cause = f"there is no type of principal {quote(kind)}"
            yield place.at("over", "principals", index).problem(cause, nearest(kind, schema.principal_types))
    hidden = invisible(invariant.when)
    if hidden is not None:
        yield place.at("when").problem(f"the text holds the invisible character {hidden[1]}", "delete it")


def _parsed(name: str, invariant: Invariant, place: Place, problems: list[Problem]) -> Declared | None:
    where = place.at("when")
    actions = ", ".join(f'Action::"{action}"' for action in invariant.over.actions)
    head = f"action in [{actions}]" if actions else "action"
    text = f"permit(principal, {head}, resource) when {{\n{invariant.when}\n}};"
    try:
        tree = template(text)
    except ValueError as fault:
        problems.append(where.problem(f"invariant {name}: the expression cannot be read: {fault}", _REMEDY))
        return None
    if len(tree.clauses) != 1:
        problems.append(where.problem(f"invariant {name}: `when` is more than one expression", _REMEDY))
        return None
    rule = Rule(
        id=name,
        effect="permit",
        message=invariant.message,
        text=text,
        file=place.document.file,
        line=where.line,
        reads=reads(tree.clauses),
    )
    return Declared(name, invariant, tree, rule)


def _misfits(declared: Sequence[Declared], schema: Schema, enums: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    # Of what no action of this workspace is about, Cedar has no type to check it against; nor can it be broken.
    rules = [each.rule for each in declared if _speaks_of_something(each.invariant, schema)]
    for mistake in (*check(rules, schema), *lint(rules, enums)):
        cause = mistake.cause.replace("rule ", "invariant ", 1)
        yield Problem(mistake.file, mistake.line, cause, mistake.remedy)


def _speaks_of_something(invariant: Invariant, schema: Schema) -> bool:
    named = invariant.over.actions
    return not named or any(each.name in named or not set(each.groups).isdisjoint(named) for each in schema.actions)


def _enums(release: Release) -> dict[str, frozenset[str]]:
    raised = {
        each.change.raises.flag
        for signal in release.signals.values()
        for each in signal.changes
        if each.change.raises is not None
    }
    return {
        **ENUMS,
        "purpose": frozenset(release.purposes) | {PURPOSE},
        "channel": frozenset(release.channels) | {""},
        "flags": frozenset(raised) | frozenset(FLAGS),
        "actor.roles": frozenset(role for each in release.principals.values() for role in each.roles),
    }
