"""Prospects: the facts that the candidates of a choice need fetched before the arbiter can judge them."""

import asyncio
from collections.abc import Collection
from typing import Any

from xop.engine.gather import About, Gatherer
from xop.kernel.base.values import Known
from xop.kernel.commands import Choice
from xop.kernel.compiled.choices import CompiledTreatment
from xop.kernel.context.customer import Customer
from xop.kernel.picture import instant, picture, sections_read
from xop.kernel.release import Release
from xop.ports.clock import Clock


class Prospects:
    """Fetches what the actions of all candidates need, together and within the time one verdict may take."""

    def __init__(self, gatherer: Gatherer, clock: Clock) -> None:
        self._gatherer = gatherer
        self._clock = clock

    async def reads(
        self, release: Release, fetching: Collection[str], command: Choice, customer: Customer, origin: str
    ) -> dict[str, Known]:
        """Return the outputs of the read actions that the candidates' actions need.

        One that says different things for different candidates, or cannot be had for one of them, is left out, so that
        no candidate is judged by what was read for another.
        """
        compiled = release.decision_sets.get(command.decision_set)
        treatments = [each for candidate in compiled.candidates for each in candidate.treatments] if compiled else []
        wanted = [each for each in treatments if each.treatment.action in fetching]
        if not wanted:
            return {}
        asked = [self._reads(release, each, command, customer, origin) for each in wanted]
        found: dict[str, Known] = {}
        differing: set[str] = set()
        for needed, reads in await asyncio.gather(*asked):
            differing.update(needed - reads.keys())
            for name, known in reads.items():
                if name in found and found[name].value != known.value:
                    differing.add(name)
                found[name] = known
        return {name: known for name, known in found.items() if name not in differing}

    async def _reads(
        self, release: Release, compiled: CompiledTreatment, command: Choice, customer: Customer, origin: str
    ) -> tuple[frozenset[str], dict[str, Known]]:
        """Return the names of the reads that a treatment needs, and what was had of them."""
        at, paths = self._clock.now(), compiled.arguments.paths
        data: dict[str, Any] = {
            "customer": picture(release, customer.view, at, sections_read(paths)),
            "request": command.request,
            "now": instant(at),
        }
        arguments = compiled.arguments.render(data)
        action = release.actions.get(compiled.treatment.action)
        if action is None or not isinstance(arguments, dict) or action.misfit(arguments) is not None:
            return frozenset(), {}
        needed = frozenset(read.name for read in action.reads)
        return needed, await self._gatherer.reads(release, action, About(customer, origin, arguments))
