"""One logged decision as off-policy evaluation sees it: what was done, how likely that was, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Observation:
    """A logged decision, and what the strategy in question would have done in its place."""

    customer: str
    """Decisions about the same customer are not independent of one another; their scatter counts together."""
    action: str
    """What was done, by any name; nothing done is an action too."""
    probability: float
    """How likely that was, as logged; above 0 and 1 at most."""
    reward: float
    """0 for failure to 1 for success."""
    policy: Mapping[str, float]
    """How likely the strategy would have done each action; those left out it never does."""
    unsupported: float = 0.0
    """How likely it would have done something that was never done in such a case: of that nothing can be known."""

    @property
    def weight(self) -> float:
        """How much more likely the strategy would have done what was done."""
        return self.policy.get(self.action, 0.0) / self.probability
