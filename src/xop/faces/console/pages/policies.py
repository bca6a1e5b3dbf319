"""The policies: every rule in plain language, how often it decided lately, and what the lab finds out about them all."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from xop.faces.console.examinations import BEGIN, LOOK, begin, progress
from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Shown
from xop.faces.console.visit import Visit

LIST = "GET /v1/policies"
INSIGHT = "GET /v1/insight"
RELEASES = "GET /v1/releases"

_ASKED = ("q", "effect", "pack", "sort", "against")

_LATELY = {"since": "7d", "step": "1h", "series": "codes"}

PLACE = f"{PREFIX}/policies"

_MOST_RELEASES = 50


async def _policies(visit: Visit) -> Answer:
    """Show the rules that are asked for; what the lab is finding out is followed."""
    asked = {name: visit.query.get(name, "").strip() for name in _ASKED}
    listed = await visit.ask(LIST, query={"against": asked["against"]})
    lately = await decided_lately(visit)
    rules = [each for each in listed.policies if _wanted(each, asked)]
    if asked["sort"] == "decided":
        rules.sort(key=lambda each: -(lately or {}).get(each.id, 0))
    tried = await progress(visit, "scenarios")
    proved = await progress(visit, "invariants")
    compared = await progress(visit, "comparison", asked["against"]) if asked["against"] else None
    releases = [each for each in (await visit.ask(RELEASES)).releases if not each.active]
    model: dict[str, Any] = {
        "rules": rules,
        "whole": listed,
        "asked": asked,
        "packs": sorted({each.pack for each in listed.policies}),
        "lately": lately,
        "exercised": exercised(tried.report if tried is not None else None),
        "tried": tried,
        "proved": proved,
        "compared": compared,
        "flaws": flaws(proved.report if proved is not None else None),
        "releases": releases[:_MOST_RELEASES],
        "older_releases": max(0, len(releases) - _MOST_RELEASES),
        "place": PLACE,
        "narrowed": any(asked[name] for name in ("q", "effect", "pack")),
        "against_query": f"?{urlencode({'against': asked['against']})}" if asked["against"] else "",
    }
    return Shown("policies", model)


def _wanted(rule: Any, asked: Mapping[str, str]) -> bool:
    """Say whether a rule is one of those asked for; `effect` is also `shadow`, and `changed` against another release."""
    effect = asked["effect"]
    fits = effect in {"", rule.effect} or (effect == "shadow" and rule.shadow) or (effect == "changed" and rule.change)
    told = " ".join((rule.id, rule.message, rule.sentence, rule.basis, rule.approver or "", *rule.actions)).casefold()
    return (
        bool(fits) and asked["pack"] in {"", rule.pack} and all(word in told for word in asked["q"].casefold().split())
    )


async def decided_lately(visit: Visit) -> Mapping[str, int] | None:
    """Return how often each rule denied or held something in seven days; None for whoever may not see figures."""
    insight = await visit.ask_if_allowed(INSIGHT, query=_LATELY)
    return insight.totals.get("codes", {}) if insight is not None else None


def exercised(report: Mapping[str, Any] | None) -> Mapping[str, list[Mapping[str, Any]]] | None:
    """Return the scenarios in which each rule determined a verdict; None before they were run."""
    if report is None:
        return None
    found: dict[str, list[Mapping[str, Any]]] = {}
    for each in report["scenarios"]:
        for rule in each["touched"]["rules"]:
            found.setdefault(rule, []).append(each)
    return found


def flaws(report: Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    """Return what the proofs found wrong with rules, by rule."""
    return {each["rule"]: each for each in report["effectless"]} if report is not None else {}


async def _examine(visit: Visit) -> Answer:
    """Have the lab begin."""
    subject, against = visit.path["subject"], visit.field("against")
    await begin(visit, subject, against)
    query = f"?{urlencode({'against': against})}" if against else ""
    said = visit.words.text("It is being examined; what is found comes up by itself.")
    return Moved(f"{PLACE}{query}#lab", said)


PAGES = (
    Page(
        path="/policies",
        title="Policies",
        view=_policies,
        asks=(LIST,),
        live=("found",),
        menu="Rules/policies",
        keys="g p",
    ),
)

ACTS = (Act(path="/policies/examined/{subject}", view=_examine, asks=(LOOK, BEGIN)),)
