"""The names a scenario may use: what its workspace declares, and the customers it has introduced."""

from collections.abc import Collection, Iterator

from xop.kernel.arbiter.ruling import ERROR, NOBODY_PERMITS, UNKNOWN_FACT
from xop.kernel.base.values import Refusal
from xop.kernel.conditions import Environment
from xop.kernel.identity.model import Identifier
from xop.kernel.identity.namespaces import normalise
from xop.kernel.release import Release
from xop.kernel.steps.invocation import ACTION_GONE, EXPIRED
from xop.workspace.environments import customer_shape
from xop.workspace.problem import Place, Problem, nearest, quote

REFUSED_BY_PERSON = "xop.refused_by_person"


class Names:
    """What may be named at one point of a scenario."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.customers: dict[str, Place] = {}
        """Those introduced so far, by the scenario's own name."""
        self.environment = Environment({"customer": customer_shape(release.counters), "now": "timestamp"})
        self.principals = {str(actor) for actor in release.principals}
        self.sources = {actor.id for actor in release.principals if actor.kind == "source"}
        triggers = {f"trigger:{each.name}" for kind in release.signals.values() for each in kind.changes}
        journeys = {f"journey:{name}" for name in release.routes.journeys}
        choosers = {f"decision_set:{name}" for name in release.decision_sets}
        self.actors = self.principals | triggers | journeys | choosers
        self.rules = {*release.policies.rules, UNKNOWN_FACT, NOBODY_PERMITS, ERROR}
        self.codes = self.rules | {EXPIRED, ACTION_GONE, REFUSED_BY_PERSON}
        """Rules, and what else cancels an invocation."""
        self.roles = {role for each in release.principals.values() for role in each.roles}

    def begin(self) -> None:
        """Forget the customers: another scenario begins."""
        self.customers = {}

    @staticmethod
    def missing(noun: str, name: str | None, known: Collection[str], place: Place) -> Iterator[Problem]:
        """Yield the problem of a name that is not known."""
        if name is not None and name not in known:
            yield place.problem(f"there is no {noun} {quote(name)}", nearest(name, known))

    def customer(self, name: str | None, place: Place) -> Iterator[Problem]:
        """Yield the problem of a customer who was not introduced, or of none being named while there are several."""
        if name is None and len(self.customers) != 1:
            named = ", ".join(self.customers)
            remedy = f"add `customer:` with one of: {named}" if named else _INTRODUCE
            yield place.problem("nobody says whom this is about", remedy)
        elif name is not None and name not in self.customers:
            near = nearest(name, self.customers) if self.customers else _INTRODUCE
            yield place.at("customer").problem(f"no customer {quote(name)} was introduced before", near)

    def identifier(self, namespace: str, value: str, place: Place) -> Iterator[Problem]:
        """Yield the problem of an identifier that identifies nobody."""
        found = identifier(self.release, namespace, value)
        if isinstance(found, Refusal):
            yield place.at(namespace).problem(found.cause, found.remedy)


_INTRODUCE = "introduce them first: `- customer: anna` and `identifiers: {…}` below it, under `given`"


def identifier(release: Release, namespace: str, value: str) -> Identifier | Refusal:
    """Return an identifier in normal form, or why it identifies nobody."""
    declared = release.namespaces.get(namespace)
    if declared is None:
        cause = f"there is no namespace {quote(namespace)}"
        return Refusal("namespace-unknown", cause, nearest(namespace, release.namespaces))
    formed = normalise(declared, value)
    return formed if isinstance(formed, Refusal) else Identifier(namespace, formed)
