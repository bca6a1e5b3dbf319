"""Foretelling the next act by the last one alone, to compare journeys with."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from benchmarks.star.happenings import Acted, Heard
from benchmarks.star.listening import Turn
from benchmarks.star.procedures import CALLS, START, Procedure


def labelled_successor(heard: Heard, procedures: Mapping[str, Procedure]) -> str:
    """Return the graph's first successor of the last labelled act; calls of services are no labelled acts."""
    labelled = [act for act in heard.told if act not in CALLS]
    return _first(procedures[heard.task], labelled[-1] if labelled else START)


def graph_successor(heard: Heard, procedures: Mapping[str, Procedure]) -> str:
    """Return the graph's first successor of the last act, be it labelled or a call; at the beginning, its first act."""
    return _first(procedures[heard.task], heard.place if heard.place != START or not heard.told else heard.told[-1])


def _first(procedure: Procedure, place: str) -> str:
    return next((edge.act for edge in procedure.edges.get(place, ())), "")


class Habit:
    """What desks most often did next in the dialogues learned from, by task and last act."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for heard, acted in turns:
            counts[heard.task, heard.place][acted.act] += 1
        self._usual = {key: each.most_common(1)[0][0] for key, each in counts.items()}

    def successor(self, heard: Heard, _acted: Acted) -> str:
        """Return the usual next act."""
        return self._usual.get((heard.task, heard.place), "")
