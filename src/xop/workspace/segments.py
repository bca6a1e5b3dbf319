"""Checks and compiles segments: named conditions over a customer's context."""

from collections.abc import Iterable, Iterator

from xop.kernel.compiled.journeys import CompiledSegment
from xop.kernel.conditions import Condition
from xop.kernel.conditions.reads import EACH
from xop.workspace.environments import customer_shape, segment_environment
from xop.workspace.problem import Problem
from xop.workspace.sources import Sources
from xop.workspace.texts import condition_at


def compile_segments(sources: Sources, counters: Iterable[str], problems: list[Problem]) -> dict[str, CompiledSegment]:
    """Return every segment ready to be asked; one that cannot be compiled is added to `problems`."""
    compiled: dict[str, CompiledSegment] = {}
    counters = sorted(counters)
    environment = segment_environment(customer_shape(dict.fromkeys(counters, 0))) if sources.segments else None
    for name, item in sources.segments.items():
        place = item.place.at("when")
        condition = condition_at(item.value.when, environment, place, problems) if environment is not None else None
        if condition is None:
            continue
        if "now" in condition.roots and item.value.review is None:
            cause = "the condition reads `now`, and nothing has it asked again as time goes by"
            problems.append(place.problem(cause, "add `review: 1d`, or however often it should be asked again"))
        if "customer" not in condition.roots:
            cause = "the condition reads nothing of the customer, so nothing ever has it asked"
            problems.append(place.problem(cause, "read something of `customer`; everybody is `customer.id != ''`"))
        compiled[name] = CompiledSegment(item.value, condition, tuple(_counted(condition, counters)))
    return compiled


def _counted(condition: Condition, counters: Iterable[str]) -> Iterator[str]:
    """Yield the counters a condition reads; all of them where its text does not say which."""
    named: set[str] = set()
    for path in condition.paths:
        steps = path.split(".")
        if steps[0] != "customer" or (len(steps) > 1 and steps[1] != "counters"):
            continue
        if len(steps) <= 2 or steps[2].startswith(EACH):  # noqa: PLR2004 - customer and counters stand before the name
            named.update(counters)
        else:
            named.add(steps[2])
    yield from (name for name in counters if name in named)
