"""The bench: takes the histories of some customers again under both releases, in whichever process."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from xop.assembly import WorkspaceRefused
from xop.kernel.release import Release
from xop.lab.backtest.agenda import Agenda
from xop.lab.backtest.difference import differences
from xop.lab.backtest.findings import Findings
from xop.lab.backtest.history import History
from xop.lab.backtest.population import Population
from xop.lab.backtest.run import Past, Run, past
from xop.lab.backtest.source import ReleaseSource
from xop.ports.ledger import Stored

_STORED = msgspec.json.Decoder(list[list[Stored]])


class Assignment(Struct, frozen=True):
    """What every bench of one backtest is set up with."""

    before: ReleaseSource
    after: ReleaseSource
    ruling: dict[str, ReleaseSource]
    """The releases that ruled, by digest; only what was scheduled before `start` is asked of them."""
    start: int
    """From when on both releases rule, in milliseconds since the epoch; what was before is folded."""
    end: int
    """Where both runs end."""


class Bench:
    """Compares two releases on one history after the other."""

    def __init__(self, assignment: Assignment) -> None:
        """Compile both releases; raises `WorkspaceRefused` when one has problems."""
        self.before = assignment.before.compile()
        self.after = assignment.after.compile()
        self._assignment = assignment
        self._ruling: dict[str, Release] = {each.digest: each for each in (self.after, self.before)}

    def compare(self, groups: Iterable[Sequence[Stored]]) -> Findings:
        """Return what is found in the histories of some groups of customers."""
        findings = Findings()
        span = range(self._assignment.start, self._assignment.end)
        for group in groups:
            history = History(group)
            runs = self.runs(history)
            findings.note(history, runs, differences(runs[0].records, runs[1].records), span)
        return findings

    def compare_written(self, groups: bytes) -> Findings:
        """Return what is found in histories that came as JSON from another process."""
        return self.compare(_STORED.decode(groups))

    def runs(self, history: History) -> tuple[Run, Run]:
        """Return a history taken again under the release before and under the one after."""
        start, end = self._assignment.start, self._assignment.end
        begin = past(history, start, self._release) if start > 0 else Past(Population(), Agenda(history))
        runs = (Run(self.before, history, begin, start, end), Run(self.after, history, begin, start, end))
        for run in runs:
            run.take()
        return runs

    def _release(self, digest: str) -> Release:
        """Return a release that ruled; the one before takes the place of one that cannot be had any more."""
        known = self._ruling.get(digest)
        if known is None:
            source = self._assignment.ruling.get(digest)
            try:
                known = source.compile() if source is not None else self.before
            except WorkspaceRefused:
                known = self.before
            self._ruling[digest] = known
        return known
