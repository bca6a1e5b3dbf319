"""Compiles a procedure into a journey: a step to listen after every act, and a step that proposes every act."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.star.listening import Turn
from benchmarks.star.procedures import CALLS, START, Procedure

SELECTED, SAID, ANSWERED, ACTED = "star.task_selected", "star.user_said", "star.api_answered", "star.agent_acted"

_LEAST = 3
"""Times that an act must have followed another before a journey takes it for a way on."""

_LONGEST = "30d"

Branches = Mapping[str, tuple[str, ...]]
"""By place, the acts that may follow: those of the graph first, then the detours, the most frequent first."""


def branches(procedure: Procedure, turns: Iterable[Turn]) -> Branches:
    """Return the ways on after every act: the graph's, and those that desks took in the dialogues learned from."""
    followed: dict[str, Counter[str]] = defaultdict(Counter)
    for heard, acted in turns:
        if acted.task == procedure.task:
            followed[heard.place][acted.act] += 1
    seen = {act for counts in followed.values() for act, count in counts.items() if count >= _LEAST}
    places = {START, *procedure.acts, *seen}
    return {place: _ways(procedure, place, followed[place]) for place in sorted(places)}


def _ways(procedure: Procedure, place: str, counts: Counter[str]) -> tuple[str, ...]:
    drawn = [edge.act for edge in procedure.edges.get(place, ())]
    taken = [act for act, count in counts.most_common() if count >= _LEAST]
    return tuple(dict.fromkeys(drawn + taken))


def chart(procedure: Procedure, ways: Branches) -> dict[str, Any]:
    """Return a procedure as a journey.

    The run stands after the act it last proposed or heard of. Words and answers lead to the next proposal; an act that
    was not the one proposed brings the run to where that act leaves it.
    """
    task, acts = procedure.task, sorted(set(ways) - {START})
    proposed = sorted({act for each in ways.values() for act in each})
    steps = {"begin": _begin(ways[START]), "at_start": _listen(procedure, START, ways[START])}
    for act in acts:
        steps[f"at_{act}"] = _listen(procedure, act, ways[act])
    steps |= {f"do_{act}": _propose(task, act) for act in proposed}
    cases = [{"when": f"run.vars.acted == '{act}'", "go": f"at_{act}"} for act in acts]
    steps["follow"] = {
        "description": "The run goes to where the desk's own act has led, whatever was proposed.",
        "branch": {"cases": cases, "otherwise": "at_start"},
    }
    return {
        "name": task,
        "description": f"The procedure of {task}: what the desk does next.",
        "entries": [_entry(task)],
        "exits": {"moved_on": {"signal": SELECTED}},
        "longest": _LONGEST,
        "steps": steps,
    }


def _entry(task: str) -> dict[str, Any]:
    values = {"acted": "{{signal.data.acted}}", "toward": "{{signal.data.toward}}", "heard": "{{signal.data.heard}}"}
    return {"signal": SELECTED, "when": f"signal.data.task == '{task}'", "set": values}


def _begin(ways: tuple[str, ...]) -> dict[str, Any]:
    cases = [{"when": f"run.vars.toward == '{act}'", "go": f"do_{act}"} for act in ways[1:]]
    cases.append({"when": f"run.vars.acted != '{START}'", "go": "follow"})
    cases += [{"when": "run.vars.heard", "go": f"do_{act}"} for act in ways[:1]]
    return {
        "description": "A task is selected before the customer speaks, after their words, or by a call of its service.",
        "branch": {"cases": cases, "otherwise": "at_start"},
    }


def _listen(procedure: Procedure, place: str, ways: tuple[str, ...]) -> dict[str, Any]:
    """After a call, customers answer too: to what the desk made of its result in its own words."""
    signals: list[dict[str, Any]] = []
    for heard in (ANSWERED, SAID) if place in CALLS else (SAID,):
        signals += [{"signal": heard, "when": f"signal.data.toward == '{act}'", "go": f"do_{act}"} for act in ways[1:]]
        signals += [{"signal": heard, "go": f"do_{act}"} for act in ways[:1]]
    acted = '{{signal.data.act == "" ? run.vars.acted : signal.data.act}}'
    signals.append({"signal": ACTED, "set": {"acted": acted}, "go": "follow"})
    return {
        "description": _drawn(procedure, place),
        "wait_for": {"signals": signals, "within": _LONGEST, "late": "end"},
    }


def _drawn(procedure: Procedure, place: str) -> str:
    drawn = [f"{each.meaning}: {each.act}" if each.meaning else each.act for each in procedure.edges.get(place, ())]
    return f"The graph goes on with {', '.join(drawn)}." if drawn else "The graph does not go on from here."


def _propose(task: str, act: str) -> dict[str, Any]:
    """The run does not wait until the desk has taken the proposal up: it hears of what the desk did anyway."""
    called = act in CALLS
    arguments = {"service": task, "request": act} if called else {"say": act}
    name = "query" if called else "reply"
    step = {"action": name, "arguments": arguments, "denied": "skip", "held": "skip", "until": "permitted"}
    return {"propose": step, "next": f"at_{act}"}
