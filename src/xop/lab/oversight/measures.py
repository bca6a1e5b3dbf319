"""Measures of oversight, counted from ledger entries one by one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from xop.kernel import facts as f
from xop.kernel.actions.invocation import Invocation
from xop.kernel.commands import Approval, Proposal, Reconciliation
from xop.kernel.entry import Entry
from xop.kernel.release import Release
from xop.kernel.steps.approval import EDITED, REFUSED
from xop.kernel.steps.invocation import UNANSWERED, WITHDRAWN

HASTY = 10_000
"""Milliseconds within which an answer is taken for hasty: a sign that people no longer look."""

_CODES = {REFUSED: "refused", EDITED: "changed", UNANSWERED: "unanswered", WITHDRAWN: "withdrawn"}


@dataclass(slots=True)
class Request:
    """One open request for approval of what an AI system proposed, and what became of it."""

    agent: str
    action: str
    roles: tuple[str, ...]
    opened_at: int
    ending: str = ""
    """`approved`, `refused`, `changed`, `unanswered`, `withdrawn` or `stopped`; empty while it is open."""
    answered_at: int = 0
    """When a person first answered; 0 when nobody did."""
    by: tuple[str, ...] = ()


@dataclass(slots=True)
class Measures:
    """What happened from one moment until another, as far as AI systems had a part in it."""

    release: Release
    since: int
    until: int
    requests: dict[str, Request] = field(default_factory=dict)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By agent and verdict."""
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By agent and what came of it."""
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By system and `disclosure` or `notice`."""
    overridden: int = 0
    """Effects that a person settled in place of the machine."""
    differing: int = 0
    """Effects that differ from their decision."""
    probes: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """Answers to known-wrong proposals: by person, and whether they caught it."""
    halts: list[f.HaltImposed] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)
    """The ids of those opened."""
    _agents: dict[str, str] = field(default_factory=dict)

    def take(self, entries: Iterable[Entry]) -> None:
        """Count entries, which come in order; those after the end only say what became of earlier requests."""
        for entry in entries:
            within = self.since <= entry.moment.at < self.until
            if within:
                self._count(entry)
            for fact in entry.facts:
                self._follow(entry, fact, within=within)

    def _count(self, entry: Entry) -> None:
        decision = entry.decision
        asked = isinstance(entry.command, Proposal)
        if decision is not None and decision.stage == "proposal" and asked and not decision.shadow:
            agent = str(decision.actor)
            if self._is_ai(agent):
                self.verdicts[agent, decision.verdict] += 1
        for fact in entry.facts:
            match fact:
                case f.DisclosureMade():
                    self.told[fact.system, "disclosure"] += 1
                case f.NoticeGiven():
                    self.told[fact.system, "notice"] += 1
                case f.ProbeAnswered():
                    self.probes[fact.by, fact.caught] += 1
                case f.EffectDiffered():
                    self.differing += 1
                case f.HaltImposed():
                    self.halts.append(fact)
                case f.IncidentOpened():
                    self.incidents.append(fact.incident.id)

    def _follow(self, entry: Entry, fact: f.Fact, *, within: bool) -> None:
        match fact:
            case f.InvocationHeld():
                self._held(entry, fact.invocation, within=within)
            case f.InvocationQueued():
                self._agents[fact.invocation.id] = _agent_of(fact.invocation)
                self._end(fact.invocation.id, "approved")
            case f.InvocationApproved():
                self._answer(entry, fact.invocation)
            case f.InvocationCancelled():
                if isinstance(entry.command, Approval):
                    self._answer(entry, fact.invocation)
                self._end(fact.invocation, _CODES.get(fact.code, "stopped"))
            case f.InvocationDone() | f.InvocationFailed() | f.InvocationUncertain() | f.InvocationDropped():
                self._effect(entry, fact, within=within)

    def _held(self, entry: Entry, one: Invocation, *, within: bool) -> None:
        agent = _agent_of(one)
        if one.seeded is not None:
            return
        self._agents[one.id] = agent
        if within and one.until == "approval" and one.id not in self.requests and self._is_ai(agent):
            self.requests[one.id] = Request(agent, one.action, one.approvers, entry.moment.at)

    def _answer(self, entry: Entry, name: str) -> None:
        request = self.requests.get(name)
        if request is not None and isinstance(entry.command, Approval):
            request.answered_at = request.answered_at or entry.moment.at
            request.by = tuple(dict.fromkeys((*request.by, str(entry.command.actor))))

    def _end(self, name: str, ending: str) -> None:
        """The first ending counts; what is let go without anybody's answer was freed by the rules."""
        request = self.requests.get(name)
        if request is not None and not request.ending:
            request.ending = "stopped" if ending == "approved" and not request.answered_at else ending

    def _effect(
        self,
        entry: Entry,
        fact: f.InvocationDone | f.InvocationFailed | f.InvocationUncertain | f.InvocationDropped,
        *,
        within: bool,
    ) -> None:
        agent = self._agents.pop(fact.invocation, "")
        if not within or not self._is_ai(agent):
            return
        result = type(fact).__name__.removeprefix("Invocation").lower()
        self.effects[agent, result] += 1
        if isinstance(entry.command, Reconciliation) or isinstance(fact, f.InvocationDropped):
            self.overridden += 1

    def _is_ai(self, actor: str) -> bool:
        register = self.release.register
        return actor.startswith("agent:") or (register is not None and actor in register.covering)


def _agent_of(one: Invocation) -> str:
    return str(one.asked_by if one.asked_by is not None and one.asked_by.kind == "agent" else one.actor)
