"""Checks what journeys refer to."""

from collections.abc import Iterable, Iterator

from xop.kernel.journeys.model import Journey
from xop.workspace.problem import Problem
from xop.workspace.sources import Item, Sources


def check_journeys(sources: Sources, former: Iterable[Item[Journey]]) -> Iterator[Problem]:
    """Yield what is wrong with journeys."""
    yield from ()
