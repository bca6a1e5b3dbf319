"""The pupil: another release's model, which learns from the log in its order and is asked before it learns."""

from collections.abc import Mapping
from typing import Any

from xop.engine.connections import Connections
from xop.engine.gather import Gatherer
from xop.engine.scoring import Scorer
from xop.kernel.choices.facts import ChoiceAnswered
from xop.kernel.moment import Scores
from xop.kernel.release import Release
from xop.lab.evaluate.strategy import Case
from xop.ports.errors import XopError
from xop.ports.model import Example, ModelKind

BATCH = 100
"""Results learned together; the model lags behind the log by fewer than these."""


class ModelElsewhere(XopError):  # noqa: N818 - names what is the case
    """A model elsewhere cannot be asked about the past."""

    def __init__(self, decision_set: str) -> None:
        super().__init__(
            f"the decision set {decision_set!r} asks a model elsewhere, which cannot be asked about the past"
        )


class _Past:
    """A clock that shows when a logged choice was made."""

    def __init__(self) -> None:
        self.at = 0

    def now(self) -> int:
        return self.at

    async def until(self, moment: int) -> None:
        self.at = max(self.at, moment)


class Pupil:
    """Scores logged choices as the decision set of a release would have: by what had been learned until then."""

    def __init__(self, release: Release, decision_set: str, kinds: Mapping[str, ModelKind]) -> None:
        """Begin with nothing learned; raises `ModelElsewhere` for a model that is not the platform's own."""
        source = release.decision_sets[decision_set].definition.model
        if source.kind == "http":
            raise ModelElsewhere(decision_set)
        self._release = release
        self._name = decision_set
        self._clock = _Past()
        self._scorer = Scorer(Gatherer(Connections({}, lambda _name: ""), self._clock), self._clock)
        self._kind = kinds.get(source.kind)
        self._state = self._kind.begin(source) if self._kind is not None else b""
        self._features: dict[str, dict[str, Any]] = {}
        self._examples: list[Example] = []
        self._adopt()

    async def score(self, case: Case) -> Scores | None:
        """Return what the model would have said, and remember what it would have seen."""
        self._clock.at = case.moment.at
        scores = await self._scorer.score(self._release, case.command, case.customer, case.moment.origin)
        if self._kind is not None and scores is not None:
            self._features[case.command.id] = scores.features
        return scores

    def hear(self, fact: ChoiceAnswered) -> None:
        """Learn how a choice turned out."""
        features = self._features.pop(fact.chosen.id, None)
        if self._kind is None or features is None or not fact.learned or not fact.chosen.candidate:
            return
        self._examples.append(Example(fact.chosen.candidate, fact.chosen.treatment, features, fact.reward))
        if len(self._examples) == BATCH:
            self._state = self._kind.learn(self._state, self._examples)
            self._examples = []
            self._adopt()

    def _adopt(self) -> None:
        if self._kind is not None:
            self._scorer.adopt(self._name, self._kind.form, self._kind.open(self._state))
