"""Checks what is given and what happens in a scenario against its workspace."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from xop.kernel.release import Release
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.purposes import RESERVED
from xop.workspace.scenarios.model import KINDS_OF_ACT, Act, Consent, Proposed, Response
from xop.workspace.scenarios.names import Names
from xop.workspace.scenarios.times import CLOCK_REMEDY, clock_time, moment

PROFILE = "xop.profile"
"""The signal by which a customer is introduced."""

_INTRODUCED = ("customer", "identifiers", "consents", "profile")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "signal": ("customer", "identifiers", "data", "source", "ago"),
    "after": (),
    "respond": (),
}
"""What may stand beside a kind; beside all others `customer`."""


def check_act(act: Act, place: Place, names: Names) -> Iterator[Problem]:
    """Yield what is wrong with one act; who is introduced in it may be named from then on."""
    kinds = kinds_of(act, KINDS_OF_ACT)
    if len(kinds) > 1:
        yield place.at(kinds[1]).problem(f"{kinds[0]!r} and {kinds[1]!r} are two acts", "begin each with `- `")
        return
    if not kinds:
        yield from _introduction(act, place, names)
        return
    [kind] = kinds
    yield from needless(act, kind, _FIELDS.get(kind, ("customer",)), place)
    if kind in _CHECKS:
        yield from _CHECKS[kind](act, place.at(kind), names)
    if kind in {"propose", "enter"} or (act.customer is not None and kind not in {"after", "respond"}):
        yield from names.customer(act.customer, place)


def kinds_of(written: Any, kinds: tuple[str, ...]) -> list[str]:
    """Return the kinds that an act or expectation has."""
    return [kind for kind in kinds if getattr(written, kind) is not None]


def needless(written: Any, kind: str, beside: tuple[str, ...], place: Place) -> Iterator[Problem]:
    """Yield the problem of each field that says nothing beside a kind."""
    for name in written.__struct_fields__:
        if name not in (kind, *beside) and getattr(written, name) not in (None, {}, ()):
            remedy = f"leave it out; beside {kind!r} there may be: {', '.join(beside) or 'nothing'}"
            yield place.at(name).problem(f"{name!r} has no meaning beside {kind!r}", remedy)


def _introduction(act: Act, place: Place, names: Names) -> Iterator[Problem]:
    if act.customer is None:
        yield place.problem("nothing happens here", f"write `customer`, or one of: {', '.join(KINDS_OF_ACT)}")
        return
    yield from needless(act, "customer", _INTRODUCED[1:], place)
    if act.customer in names.customers:
        cause = f"{quote(act.customer)} was introduced on line {names.customers[act.customer].line}"
        yield place.at("customer").problem(cause, "name the second one otherwise")
    names.customers[act.customer] = place
    if not act.identifiers:
        known = ", ".join(sorted(names.release.namespaces)) or "declare a namespace in identity.yaml first"
        yield place.problem("nothing tells who the customer is", f"add `identifiers:` with one of: {known}")
    for namespace, value in act.identifiers.items():
        yield from names.identifier(namespace, value, place.at("identifiers"))
    for index, consent in enumerate(act.consents):
        yield from _consent(consent, place.at("consents", index), names)
    yield from _misfit(names.release, PROFILE, {"traits": act.profile}, place.at("profile"))


def _consent(consent: Consent, place: Place, names: Names) -> Iterator[Problem]:
    if consent.change == "granted" or consent.purpose not in RESERVED:
        yield from names.missing("purpose", consent.purpose, names.release.purposes, place.at("purpose"))
    yield from names.missing("channel", consent.channel, names.release.channels, place.at("channel"))
    if consent.change == "granted" and consent.channel is None:
        remedy = "name the channel the customer agreed to"
        yield place.problem("a grant for every channel is no consent", remedy)


def _signal(act: Act, place: Place, names: Names) -> Iterator[Problem]:
    kind = act.signal or ""
    compiled = names.release.signals.get(kind)
    yield from names.missing("signal type", kind, names.release.signals, place)
    yield from names.missing("source", act.source, names.sources, _beside(place, "source"))
    for namespace, value in act.identifiers.items():
        yield from names.identifier(namespace, value, _beside(place, "identifiers"))
    if compiled is None:
        return
    yield from _misfit(names.release, kind, act.data, _beside(place, "data"))
    if act.customer is None and not act.identifiers and not compiled.identifiers:
        yield from names.customer(None, place)


def _misfit(release: Release, kind: str, data: dict[str, Any], place: Place) -> Iterator[Problem]:
    compiled = release.signals.get(kind)
    misfit = compiled.misfit(data) if compiled is not None else None
    if misfit is not None:
        yield place.problem(
            f"the data does not fit: {misfit}", f"write the data that the signal type {kind!r} declares"
        )


def _until(act: Act, place: Place, names: Names) -> Iterator[Problem]:
    yield from check_moment(act.until or "", place, names)


def check_moment(text: str, place: Place, names: Names) -> Iterator[Problem]:
    """Yield the problem of a text that is neither a clock time nor a moment."""
    if clock_time(text) is None and moment(text, names.release.zone) is None:
        yield place.problem(f"{quote(text)} is no time", CLOCK_REMEDY)


def _propose(act: Act, place: Place, names: Names) -> Iterator[Problem]:
    asked = act.propose or Proposed("", "")
    yield from names.missing("actor", asked.actor, names.principals, place.at("actor"))
    yield from names.missing("action", asked.action, names.release.actions, place.at("action"))
    compiled = names.release.actions.get(asked.action)
    if compiled is None:
        return
    misfit = compiled.misfit(asked.arguments)
    if misfit is not None:
        remedy = f"write what the input of {asked.action!r} asks for"
        yield place.at("arguments").problem(f"the arguments do not fit: {misfit}", remedy)
    purposes = (compiled.action.purpose, *compiled.action.other_purposes)
    if asked.purpose is not None and asked.purpose not in purposes:
        cause = f"the action {asked.action!r} does not serve the purpose {quote(asked.purpose)}"
        yield place.at("purpose").problem(cause, nearest(asked.purpose, purposes))


def _answer(kind: str) -> Callable[[Act, Place, Names], Iterator[Problem]]:
    def check(act: Act, place: Place, names: Names) -> Iterator[Problem]:
        answer = getattr(act, kind)
        yield from names.missing("actor", answer.by, names.principals, place.at("by"))
        yield from names.missing("action", answer.action, names.release.actions, place.at("action"))

    return check


def _respond(act: Act, place: Place, names: Names) -> Iterator[Problem]:
    response = act.respond or Response()
    yield from names.missing("action", response.action, names.release.actions, place.at("action"))
    yield from names.missing("connection", response.connection, names.release.connections, place.at("connection"))
    if response.action is not None and response.connection is not None:
        yield place.at("connection").problem("an answer is that to an action or of a connection", "keep one of the two")


def _enter(act: Act, place: Place, names: Names) -> Iterator[Problem]:
    if act.enter is not None:
        yield from names.missing("actor", act.enter.actor, names.principals, place.at("actor"))
        yield from names.missing("journey", act.enter.journey, names.release.routes.journeys, place.at("journey"))


def _reply(act: Act, place: Place, names: Names) -> Iterator[Problem]:
    if act.reply is not None:
        yield from names.missing("actor", act.reply.by, names.principals, place.at("by"))
        yield from names.missing("journey", act.reply.journey, names.release.routes.journeys, place.at("journey"))


def _erase(act: Act, place: Place, names: Names) -> Iterator[Problem]:
    if act.erase is not None:
        yield from names.missing("actor", act.erase.by, names.principals, place.at("by"))


def _beside(place: Place, name: str) -> Place:
    return Place(place.document, (*place.path[:-1], name))


_CHECKS: Mapping[str, Callable[[Act, Place, Names], Iterator[Problem]]] = {
    "signal": _signal,
    "until": _until,
    "propose": _propose,
    "approve": _answer("approve"),
    "refuse": _answer("refuse"),
    "reconcile": _answer("reconcile"),
    "respond": _respond,
    "enter": _enter,
    "reply": _reply,
    "erase": _erase,
}
"""What each kind of act refers to."""
