"""A release with all its slices encoded once: what every question is asked of."""

from collections.abc import Callable
from dataclasses import dataclass

from xop.kernel.policy.schema import ActionType
from xop.lab.prove.slice import Slice
from xop.lab.prove.terrain import Terrain
from xop.lab.prove.universe import Universe

Progress = Callable[[str], None]
"""Is told what was just finished."""


@dataclass(frozen=True, slots=True)
class Study:
    """The slices of one release over one universe."""

    terrain: Terrain
    slices: tuple[Slice, ...]

    def of_action(self, action: ActionType) -> tuple[Slice, ...]:
        """Return the slices of one action."""
        return tuple(each for each in self.slices if each.action.name == action.name)


def study(terrain: Terrain, universe: Universe) -> Study:
    """Return the release's slices; each is encoded when it is first asked."""
    first: dict[str, Slice] = {}
    slices = []
    for kind, action in terrain.slices():
        slices.append(Slice(terrain, universe, (kind, action.name), sibling=first.get(action.name)))
        first.setdefault(action.name, slices[-1])
    return Study(terrain, tuple(slices))
