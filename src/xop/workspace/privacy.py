"""Checks what a workspace says about its customers' data, and reads the marks in the schemas of its signals."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from msgspec.structs import replace

from xop.kernel.actions.model import Action
from xop.kernel.privacy.classes import ALWAYS, CLASS, UNCLASSIFIED, DataClass, Privacy, access
from xop.kernel.privacy.screen import unclassified
from xop.kernel.privacy.scrubbing import ITEMS, Marked, Treatment
from xop.kernel.release import CompiledAction, Release
from xop.kernel.signals.model import SignalType
from xop.workspace.principals import people_known, roles_of
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.sources import Sources

TREATMENT = "pii"
"""What a field of a signal's schema may say besides its class and what JSON Schema knows."""

_CLASSES, _TREATMENTS = get_args(DataClass), get_args(Treatment)
_MOST_NAMED = 12
_BASELINE = ("xop.", "segment.")
"""What the types begin with that every workspace has."""

_COPY = re.compile(r"\{\{ *signal\.data\.([A-Za-z_][A-Za-z0-9_.]*) *\}\}")


def check_privacy(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with privacy.yaml and with the marks in signals' schemas."""
    for item in sources.signals.values():
        yield from _marks(item.value.schema, item.place.at("schema"), (CLASS, _CLASSES), (TREATMENT, _TREATMENTS))
    for action in sources.actions.values():
        yield from _marks(action.value.input, action.place.at("input"), (CLASS, _CLASSES))
    if sources.privacy is None:
        return
    privacy, place = sources.privacy.value, sources.privacy.place
    for name in privacy.identifiers:
        yield from sources.missing("namespaces", name, place.at("identifiers", name))
    for name in privacy.purposes:
        yield from sources.missing("purposes", name, place.at("purposes", name))
    if privacy.default_purpose:
        yield from sources.missing("purposes", privacy.default_purpose, place.at("default_purpose"))
    yield from _names(privacy, sources, place)


def check_packets(sources: Sources, actions: Mapping[str, CompiledAction]) -> Iterator[Problem]:
    """Yield what is sent to other agents of a customer although the action's purpose may not see it."""
    privacy = privacy_of(sources)
    for name, compiled in actions.items() if privacy is not None else ():
        action = compiled.action
        connection = sources.connections.get(action.binding.connection)
        if privacy is None or connection is None or not (connection.value.agent or connection.value.adapter == "a2a"):
            continue
        place = sources.actions[name].place.at("binding", "request")
        for purpose in (action.purpose, *action.other_purposes):
            allowed = access(privacy, purpose, None)
            for path in compiled.request.paths:
                data_class = _class_of(sources, privacy, action, path)
                if data_class and not allowed.allows(data_class):
                    cause = f"{path} is {data_class}, which the purpose {purpose!r} may not see"
                    yield place.problem(cause, "leave it out, or let the purpose see that class in privacy.yaml")


def _class_of(sources: Sources, privacy: Privacy, action: Action, path: str) -> str:
    """Return the class of what a path reads of a customer; empty when it reads nothing that is kept back."""
    root, _, rest = path.partition(".")
    section, _, name = rest.partition(".")
    if root == "address":
        channel = sources.channels.get(action.channel or "")
        namespace = channel.value.namespace if channel is not None else None
        return privacy.class_of("identifiers", namespace) if namespace else ""
    if root == "arguments":
        return _class_of_argument(action.input, rest)
    if root != "customer":
        return ""
    data_class = privacy.class_of(section, name)
    return "" if section in ALWAYS and data_class == UNCLASSIFIED else data_class


def _class_of_argument(schema: Mapping[str, Any], path: str) -> str:
    """Return the class that the schema of the arguments gives what a path reads, or what that is within."""
    classes = {".".join(within): str(field[CLASS]) for within, field in _fields(schema) if CLASS in field}
    while path and path not in classes:
        path = path.rpartition(".")[0]
    return classes.get(path, "")


def privacy_of(sources: Sources) -> Privacy | None:
    """Return what the workspace says; None when it says nothing.

    A profile field without a class of its own has that of the signal's field it is set from, if all signals agree.
    """
    told = sources.privacy.value if sources.privacy is not None else None
    found: dict[str, set[Any]] = {}
    for item in sources.signals.values():
        classes = {path: field[CLASS] for path, field in _fields(item.value.schema) if field.get(CLASS) in _CLASSES}
        for name, path in _copied(item.value):
            found.setdefault(name, set()).add(classes.get(path, UNCLASSIFIED))
    agreed = {name: next(iter(classes)) for name, classes in found.items() if len(classes) == 1}
    classified = {name: data_class for name, data_class in agreed.items() if data_class != UNCLASSIFIED}
    if told is None and not classified:
        return None
    told = told or Privacy()
    return replace(told, profile={**classified, **told.profile})


def marked_fields(schema: Mapping[str, Any]) -> tuple[Marked, ...]:
    """Return the text fields of a signal whose schema says what becomes of personal data in them."""
    return tuple(
        Marked(path, field[TREATMENT]) for path, field in _fields(schema) if field.get(TREATMENT) in _TREATMENTS
    )


def privacy_notes(release: Release) -> list[str]:
    """Return what a sound workspace leaves without a class, and what to write."""
    fields = {
        name
        for compiled in release.signals.values()
        for change in compiled.type.changes
        if isinstance(change.sets, dict)
        for name in change.sets
    }
    parts = (
        ("profile", "profile fields", unclassified(release.privacy, "profile", fields)),
        ("identifiers", "namespaces", unclassified(release.privacy, "identifiers", release.namespaces)),
    )
    fields_of = _unclassified_fields(release) if release.privacy is not None else []
    return [
        f"No data class is declared for the {noun} {_listed(names)}: agents see none of them. "
        f"Write `{section}: {{{names[0]}: contact}}` into privacy.yaml, with the class of each."
        for section, noun, names in parts
        if names
    ] + (
        [
            f"No data class is declared for {len(fields_of)} fields of signals, such as {_listed(fields_of)}: write `class: …`."
        ]
        if fields_of
        else []
    )


def _unclassified_fields(release: Release) -> list[str]:
    """Return the fields of the workspace's own signals that have no class, those that hold others left out."""
    return sorted(
        f"{compiled.type.type}/{'.'.join(path)}"
        for compiled in release.signals.values()
        if not compiled.type.type.startswith(_BASELINE)
        for path, field in _fields(compiled.type.schema)
        if CLASS not in field and not {"properties", "items"} & field.keys()
    )


def _copied(signal: SignalType) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each profile field that is set to a field of the signal as it is, with the way to that field."""
    for change in signal.changes:
        for name, value in change.sets.items() if isinstance(change.sets, dict) else ():
            match = _COPY.fullmatch(value) if isinstance(value, str) else None
            yield name, tuple(match[1].split(".")) if match else ()


def _names(privacy: Privacy, sources: Sources, place: Place) -> Iterator[Problem]:
    changes = [change for item in sources.signals.values() for change in item.value.changes]
    counters = {change.count.counter for change in changes if change.count is not None}
    flags = {change.raises.flag for change in changes if change.raises is not None}
    known = (("counters", privacy.counters, counters), ("flags", privacy.flags, flags))
    for section, named, there in known:
        for name in named if "signals" not in sources.unread else ():
            if name not in there:
                cause = f"no signal changes the {section.removesuffix('s')} {quote(name)}"
                yield place.at(section, name).problem(cause, nearest(name, there))
    roles = roles_of(sources)
    for index, role in enumerate(privacy.everything):
        if role not in roles and people_known(sources):
            cause = f"nobody has the role {quote(role)}"
            yield place.at("everything", index).problem(cause, nearest(role, roles))


def _marks(schema: Mapping[str, Any], place: Place, *marks: tuple[str, tuple[str, ...]]) -> Iterator[Problem]:
    for path, field in _fields(schema):
        where = place.at(*(step for each in path for step in (("items",) if each == ITEMS else ("properties", each))))
        for mark, words in marks:
            word = field.get(mark)
            if word is not None and word not in words:
                cause = f"{quote(word)} is no {'data class' if mark == CLASS else 'treatment of personal data'}"
                yield where.at(mark).problem(cause, nearest(str(word), words))
        if TREATMENT in dict(marks) and TREATMENT in field and field.get("type", "string") != "string":
            yield where.at(TREATMENT).problem("only text is looked into", "mark the text fields within it instead")


def _fields(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield every field that a schema describes, with the way to it."""
    if not isinstance(schema, Mapping):
        return
    if path:
        yield path, schema
    properties = schema.get("properties")
    for name, inner in properties.items() if isinstance(properties, Mapping) else ():
        yield from _fields(inner, (*path, str(name)))
    if isinstance(schema.get("items"), Mapping):
        yield from _fields(schema["items"], (*path, ITEMS))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"
