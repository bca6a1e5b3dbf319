"""Checks and compiles decision sets: their candidates, where propensities come from, and the results they learn from."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from math import isfinite
from typing import Any

from xop.kernel.choices.model import Candidate, DecisionSet, ModelSource, Number, Treatment
from xop.kernel.compiled.choices import CompiledCandidate, CompiledDecisionSet, CompiledResult, CompiledTreatment
from xop.kernel.conditions import Condition, Environment, Expression, MapOf, Record, Shape, shape_of
from xop.kernel.steps.answers import RESERVED
from xop.workspace.problem import Place, Problem, nearest, quote
from xop.workspace.proposals import check_proposed
from xop.workspace.sources import Item, Sources
from xop.workspace.texts import condition_at, expression_at, template_at

FILTERS = ("eligible", "applicable", "suitable")

KEY = "key"
"""The feature under which a model's key is kept."""

_LEARNS_BY = {"logistic": "river", "thompson": "river"}
"""The package that a kind of model is built on."""

_CHOICE = Record(dict.fromkeys(("id", "candidate", "treatment", "action", "invocation", "arm"), "string"))


def decision_environment(customer: Shape) -> Environment:
    """Return what the candidates and features of a decision set may read."""
    return Environment({"customer": customer, "request": MapOf("dyn"), "now": "timestamp"})


def result_environment(customer: Shape, schema: Mapping[str, Any]) -> Environment:
    """Return what the condition of a result may read; `schema` is that of the signal's data."""
    signal = Record({"type": "string", "source": "string", "time": "int", "data": shape_of(schema)})
    return Environment({"choice": _CHOICE, "signal": signal, "customer": customer, "now": "timestamp"})


def check_decisions(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong between decision sets and the rest of the workspace."""
    for item in sources.decisions.values():
        yield from _twice([each.name for each in item.value.candidates], item.place.at("candidates"), "candidate")
        for index, candidate in enumerate(item.value.candidates):
            yield from _candidate(sources, candidate, item.place.at("candidates", index))
        yield from _model(sources, item)
        yield from _shares(item)
        yield from _results(sources, item)
    for principal in sources.principals.values():
        for index, name in enumerate(principal.value.decisions):
            if name != "*":
                place = principal.place.at("decisions", index)
                yield from sources.missing("decisions", name, place, "decision set")


def _twice(names: Iterable[str], place: Place, noun: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield place.at(index).problem(f"there is another {noun} {quote(name)}", "give each a name of its own")
        seen.add(name)


def _candidate(sources: Sources, candidate: Candidate, place: Place) -> Iterator[Problem]:
    yield from _twice([each.name for each in candidate.treatments], place.at("treatments"), "treatment")
    for name in ("value", "cost"):
        yield from _number(getattr(candidate, name), place.at(name))
    for index, treatment in enumerate(candidate.treatments):
        yield from _treatment(sources, treatment, place.at("treatments", index))


def _number(value: Number, place: Place) -> Iterator[Problem]:
    if isinstance(value, str) and not (value.startswith("{{") and value.endswith("}}")):
        yield place.problem(f"{quote(value)} is no number", "write a number, or one `{{…}}` that gives one")
    elif isinstance(value, float) and not isfinite(value):
        yield place.problem("the number is not finite", "write a number")


def _treatment(sources: Sources, treatment: Treatment, place: Place) -> Iterator[Problem]:
    yield from check_proposed(sources, treatment, place)
    item = sources.actions.get(treatment.action)
    if treatment.weight <= 0 or not isfinite(treatment.weight):
        yield place.at("weight").problem("the weight is not above 0", "write a number above 0; 1 changes nothing")
    if item is not None and item.value.kind == "read":
        remedy = "name an action of kind `contact` or `write`"
        yield place.at("action").problem(f"{treatment.action!r} only reads, so nothing would be done", remedy)


def _model(sources: Sources, item: Item[DecisionSet]) -> Iterator[Problem]:
    model, place = item.value.model, item.place.at("model")
    package = _LEARNS_BY.get(model.kind)
    if package is not None and find_spec(package) is None:
        cause = f"a {model.kind} model needs the package {package}, which is not installed"
        yield place.at("kind").problem(cause, "install it with `pip install 'xop[learn]'`, or use `kind: table`")
    if package is not None and not item.value.results:
        remedy = "add `results`: the signals that say how a choice turned out"
        yield place.at("kind").problem(f"a {model.kind} model has nothing to learn from", remedy)
    if model.key is not None and KEY in model.features:
        yield place.at("features", KEY).problem("the key is kept as a feature of that name", "give it another name")
    yield from _table(item.value, model, place)
    if model.kind == "http":
        yield from _scoring_action(sources, model, place)


def _table(declared: DecisionSet, model: ModelSource, place: Place) -> Iterator[Problem]:
    if model.kind == "table" and not model.table:
        yield place.problem("the table is empty", "add `table:` with a propensity for each candidate")
    known = {candidate.name: [each.name for each in candidate.treatments] for candidate in declared.candidates}
    for name in model.table:
        candidate, _, rest = name.partition("/")
        treatment, _, _ = rest.partition("/")
        if candidate not in known:
            yield place.at("table", name).problem(
                f"there is no candidate {quote(candidate)}", nearest(candidate, known)
            )
        elif rest and treatment not in known[candidate]:
            cause = f"the candidate {candidate!r} has no treatment {quote(treatment)}"
            yield place.at("table", name).problem(cause, nearest(treatment, known[candidate]))


def _scoring_action(sources: Sources, model: ModelSource, place: Place) -> Iterator[Problem]:
    if model.action is None:
        yield place.problem("the model has no action to ask", "add `action: …`, an action of kind `read`")
        return
    yield from sources.missing("actions", model.action, place.at("action"))
    action = sources.actions.get(model.action)
    if action is not None and action.value.kind != "read":
        yield place.at("action").problem(f"{model.action!r} is no read action", "name one of kind `read`")


def _shares(item: Item[DecisionSet]) -> Iterator[Problem]:
    arms, place = item.value.arms, item.place
    if arms.random + arms.no_model + arms.holdout > 1:
        yield place.at("arms").problem("the control groups are larger than everybody", "make their shares 1 at most")
    issues = {each.issue for each in item.value.candidates}
    known = issues | {f"{each.issue}/{each.group}" for each in item.value.candidates}
    for name, lever in item.value.levers.items():
        if name not in known:
            cause = f"no candidate is of {quote(name)}"
            yield place.at("levers", name).problem(cause, nearest(name, known))
        if lever <= 0 or not isfinite(lever):
            yield place.at("levers", name).problem(
                "the lever is not above 0", "write a number above 0; 1 changes nothing"
            )


def _results(sources: Sources, item: Item[DecisionSet]) -> Iterator[Problem]:
    for index, result in enumerate(item.value.results):
        place = item.place.at("results", index)
        if result.outcome in RESERVED:
            remedy = "name it otherwise"
            yield place.at("outcome").problem(f"the outcome {result.outcome!r} is the platform's own", remedy)
        if not result.signal.startswith("xop."):
            yield from sources.missing("signals", result.signal, place.at("signal"), "signal type")


def compile_decisions(sources: Sources, customer: Shape, problems: list[Problem]) -> dict[str, CompiledDecisionSet]:
    """Return every decision set ready to be asked; one that cannot be compiled is added to `problems`."""
    environment = decision_environment(customer) if sources.decisions else None
    compiled: dict[str, CompiledDecisionSet] = {}
    for name, item in sources.decisions.items():
        count = len(problems)
        if environment is not None:
            compiling = _Compiling(sources, customer, environment, problems)
            made = compiling.decision_set(item)
            if len(problems) == count:
                compiled[name] = made
    return compiled


class _Compiling:
    """Compiles the texts of one decision set, each mistake to its line."""

    def __init__(self, sources: Sources, customer: Shape, environment: Environment, problems: list[Problem]) -> None:
        self._sources = sources
        self._customer = customer
        self._environment = environment
        self._problems = problems

    def decision_set(self, item: Item[DecisionSet]) -> CompiledDecisionSet:
        declared, model, place = item.value, item.value.model, item.place
        features = {
            name: self._expression(text, place.at("model", "features", name)) for name, text in model.features.items()
        }
        key = self._expression(model.key, place.at("model", KEY)) if model.key is not None else None
        candidates = [
            self._candidate(each, place.at("candidates", index)) for index, each in enumerate(declared.candidates)
        ]
        results: dict[str, list[CompiledResult]] = {}
        for index, result in enumerate(declared.results):
            condition = self._result(result.signal, result.when, place.at("results", index))
            results.setdefault(result.signal, []).append(CompiledResult(result, condition))
        return CompiledDecisionSet(
            definition=declared,
            candidates=tuple(each for each in candidates if each is not None),
            features={name: each for name, each in features.items() if each is not None},
            key=key,
            results={signal: tuple(each) for signal, each in results.items()},
        )

    def _candidate(self, candidate: Candidate, place: Place) -> CompiledCandidate | None:
        written = [(name, getattr(candidate, name)) for name in FILTERS]
        filters = [(name, self._condition(text, place.at(name))) for name, text in written if text is not None]
        weights = [
            (self._condition(each.when, place.at("context", index, "when")), each.weight)
            for index, each in enumerate(candidate.context)
        ]
        value = template_at(candidate.value, self._environment, place.at("value"), self._problems)
        cost = template_at(candidate.cost, self._environment, place.at("cost"), self._problems)
        treatments = [
            self._treatment(each, place.at("treatments", index)) for index, each in enumerate(candidate.treatments)
        ]
        if value is None or cost is None:
            return None
        return CompiledCandidate(
            candidate,
            tuple((name, condition) for name, condition in filters if condition is not None),
            value,
            cost,
            tuple((condition, weight) for condition, weight in weights if condition is not None),
            tuple(each for each in treatments if each is not None),
        )

    def _treatment(self, treatment: Treatment, place: Place) -> CompiledTreatment | None:
        condition = self._condition(treatment.when, place.at("when")) if treatment.when is not None else None
        arguments = template_at(treatment.arguments, self._environment, place.at("arguments"), self._problems)
        return CompiledTreatment(treatment, condition, arguments) if arguments is not None else None

    def _result(self, signal: str, when: str | None, place: Place) -> Condition | None:
        kind = self._sources.signals.get(signal)
        if kind is None:
            if signal.startswith("xop."):
                cause = f"there is no signal type {quote(signal)}"
                remedy = nearest(signal, self._sources.signals)
                self._problems.append(place.at("signal").problem(cause, remedy))
            return None
        if when is None:
            return None
        environment = result_environment(self._customer, kind.value.schema)
        return condition_at(when, environment, place.at("when"), self._problems)

    def _condition(self, text: str, place: Place) -> Condition | None:
        return condition_at(text, self._environment, place, self._problems)

    def _expression(self, text: str, place: Place) -> Expression | None:
        return expression_at(text, self._environment, place, self._problems)
