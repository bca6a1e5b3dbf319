"""The customers of a simulation, each as the seed makes them."""

from dataclasses import dataclass, field
from typing import Any

from xop.kernel.base.values import Refusal
from xop.kernel.conditions import Fault
from xop.kernel.identity.model import Identifier
from xop.kernel.identity.namespaces import normalise
from xop.kernel.release import Release
from xop.lab.simulate.chance import Chance
from xop.ports.errors import XopError
from xop.workspace.populations import CompiledPopulation


class PopulationUnfit(XopError):  # noqa: N818 - names what is the case
    """A population declares what cannot be."""


@dataclass(slots=True, eq=False)
class Inhabitant:
    """One customer as the simulation plays them."""

    number: int
    persona: str
    zone: str
    seen: dict[str, Any]
    """What templates see as `customer`."""
    identifiers: dict[str, Identifier]
    chances: dict[str, Chance] = field(default_factory=dict)
    """A stream for each thing they do, so that one more thing to do changes nothing about the others."""
    done: dict[str, int] = field(default_factory=dict)
    """How often they have done each thing."""
    contacts: list[int] = field(default_factory=list)
    """The moments of all contacts with them."""

    @property
    def first(self) -> Identifier:
        """The identifier that says who a signal is about."""
        return next(iter(self.identifiers.values()))


def inhabitant(release: Release, population: CompiledPopulation, seed: int, number: int) -> Inhabitant:
    """Return a customer by number, the same in every simulation of the seed; raises `PopulationUnfit`."""
    told, chance = population.population, Chance(seed, "customer", number)
    personas = tuple(told.personas)
    persona = chance.weighted(personas, tuple(each.share for each in told.personas.values()))
    seen: dict[str, Any] = {"number": number, "persona": persona}
    for name, draw in (told.traits | told.personas[persona].traits).items():
        seen[name] = chance.pick(draw)
    zone = str(seen.get(release.zone_field, release.zone))
    identifiers = {}
    for name, template in population.identifiers.items():
        value = template.render({"customer": seen})
        normal = value if isinstance(value, Fault) else normalise(release.namespaces[name], str(value))
        if isinstance(normal, Fault | Refusal):
            said = normal.cause if isinstance(normal, Refusal) else str(normal)
            raise PopulationUnfit(f"population.yaml: customer {number} has no {name} ({value!r}): {said}")
        identifiers[name] = Identifier(name, normal)
    return Inhabitant(number, persona, zone, seen, identifiers)
