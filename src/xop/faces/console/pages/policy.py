"""One policy: what it says and reads, what it decided, which scenarios exercise it, and what another release has."""

from difflib import unified_diff
from typing import Any

from xop.faces.console.examinations import progress
from xop.faces.console.page import Act, Answer, Page, Shown
from xop.faces.console.pages.drafts import editing
from xop.faces.console.pages.policies import PLACE, decided_lately, exercised, flaws
from xop.faces.console.visit import Visit

ONE = "GET /v1/policies/{rule}"
DECISIONS = "GET /v1/decisions"
RELEASES = "GET /v1/releases"

_ROWS = 10

_MOST_RELEASES = 50


async def _policy(visit: Visit) -> Answer:
    """Show a rule; the decisions that it determined are followed."""
    against = visit.query.get("against", "").strip()
    told = await visit.ask(ONE, path=visit.path, query={"against": against})
    name = told.policy.id
    tried, proved = await progress(visit, "scenarios"), await progress(visit, "invariants")
    page = await visit.ask_if_allowed(DECISIONS, query={"code": name, "limit": _ROWS})
    scenarios = exercised(tried.report if tried is not None else None)
    report = proved.report if proved is not None else None
    releases = [each for each in (await visit.ask(RELEASES)).releases if not each.active]
    model: dict[str, Any] = {
        "told": told,
        "rule": told.policy,
        "address": f"{PLACE}/{name}",
        "decisions": page.decisions if page is not None else None,
        "more": page is not None and page.next is not None,
        "lately": await decided_lately(visit),
        "tried": tried,
        "proved": proved,
        "scenarios": (scenarios or {}).get(name, []),
        "flaw": flaws(report).get(name),
        "releases": releases[:_MOST_RELEASES],
        "older_releases": max(0, len(releases) - _MOST_RELEASES),
        "lines": _lines(told.before, told.text) if told.before is not None else [],
        "place": PLACE,
        "change": editing(visit, told.policy.file) if not told.policy.given else "",
    }
    return Shown("policy", model, title=name)


def _lines(before: str, after: str) -> list[tuple[str, str]]:
    """Return the lines of both texts, each with a sign."""
    found = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=99)
    return [(line[:1], line[1:]) for line in found if not line.startswith(("---", "+++", "@@"))]


PAGES = (Page(path="/policies/{rule}", title="Policy", view=_policy, asks=(ONE,), live=("decided",)),)

ACTS: tuple[Act, ...] = ()
