"""Where runs stand, page by page: cursors as callers see them, and what is asked for among it."""

from collections.abc import Callable

from xop.faces.http.operation import Call
from xop.faces.http.problems import ProblemError
from xop.kernel.journeys.model import AskStep, HandoverStep
from xop.kernel.passage.asked import HANDED_BACK
from xop.kernel.release import Routes
from xop.ports.runs import Cursor, Selection, Standing

MOST_SEEN = 10_000
"""Standings that one request looks through; what comes after them is for the next."""

_PAGE = 500
_LONGEST_NUMBER = 9


def cursor(text: str | None) -> Cursor | None:
    """Read the place after which a page begins; raises ProblemError (400) for what no page has named."""
    if text is None:
        return None
    part, _, rest = text.partition("/")
    run, _, token = rest.partition("/")
    if not (part and run and token.isascii() and token.isdigit() and len(token) <= _LONGEST_NUMBER):
        cause = f"{text[:80]!r} is no place in a list of runs"
        raise ProblemError("parameter-invalid", cause, "send what `next` of the page before says")
    return Cursor(part, run, int(token))


def place(standing: Standing) -> str:
    """Return the place of a standing, for the next page to begin after."""
    return f"{standing.part}/{standing.run}/{standing.token}"


async def page(
    call: Call, selection: Selection, after: str | None, limit: int, keep: Callable[[Standing], bool] | None = None
) -> tuple[list[Standing], str | None]:
    """Return at most `limit` standings of a selection that are to be kept, and where the next page begins, if there is one."""
    begin, found, seen = cursor(after), list[Standing](), 0
    while seen < MOST_SEEN:
        wanted = limit if keep is None else _PAGE
        standings = await call.platform.runtime.runs.page(selection, begin, wanted)
        for standing in standings:
            begin = standing.cursor
            if keep is None or keep(standing):
                found.append(standing)
                if len(found) == limit:
                    return found, place(standing)
        seen += len(standings)
        if len(standings) < wanted:
            return found, None
    return found, place(standings[-1])


def asked(routes: Routes, version: str, step: str) -> AskStep | HandoverStep | None:
    """Return what a step asks of a person; None for any other step."""
    compiled = routes.versions.get(version)
    declared = compiled.steps.get(step) if compiled is not None else None
    return (declared.step.ask or declared.step.handover) if declared is not None else None


def options(asking: AskStep | HandoverStep | None) -> list[str]:
    """Return the answers a person may give."""
    if asking is None:
        return []
    return list(asking.options) if isinstance(asking, AskStep) else [HANDED_BACK]
