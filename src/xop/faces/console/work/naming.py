"""Naming: what the customers of a list are called, as far as whoever looks may see it."""

from collections.abc import Iterable, Mapping

from xop.faces.console.visit import Visit
from xop.faces.http.problems import ProblemError
from xop.faces.http.routes.names import MOST, NameList

_TAIL = 6
"""The end of an id that tells one customer from another."""


async def names_of(visit: Visit, customers: Iterable[str]) -> Mapping[str, str]:
    """Return what customers are called, by their ids; of those who may not be named the end of the id."""
    wanted, found = sorted(set(customers)), dict[str, str]()
    for first in range(0, len(wanted), MOST):
        found |= await _named(visit, wanted[first : first + MOST])
    return {each: found.get(each) or f"\N{HORIZONTAL ELLIPSIS}{each[-_TAIL:]}" for each in wanted}


async def _named(visit: Visit, wanted: list[str]) -> Mapping[str, str]:
    try:
        told: NameList | None = await visit.ask_if_allowed("GET /v1/names", query={"customers": ",".join(wanted)})
    except ProblemError:
        return {}
    return told.names if told is not None else {}
