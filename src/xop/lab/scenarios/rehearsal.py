"""Runs one scenario from its beginning to its end."""

import dataclasses
from collections.abc import Sequence
from types import MappingProxyType

from msgspec.structs import replace

from xop.kernel.base.values import Refusal
from xop.kernel.facts import SignalReceived, StepReached
from xop.kernel.release import Release
from xop.lab.scenarios.acts import perform
from xop.lab.scenarios.customers import context, journey
from xop.lab.scenarios.result import Failure, Result, Touched
from xop.lab.scenarios.sendings import not_sent, sent
from xop.lab.scenarios.stage import Stage
from xop.lab.scenarios.triggers import noting, unconditional
from xop.lab.scenarios.verdicts import Finding, held, outcome, verdict
from xop.workspace.problem import Place
from xop.workspace.scenarios.model import Act, Block, Expectation
from xop.workspace.scenarios.reading import Written


class Rehearsal:
    """Runs scenarios under one release, one after the other."""

    def __init__(self, release: Release) -> None:
        self._seen: set[str] = set()
        # A made-up outside has room for everything: how fast a real one may be asked is no matter of rules.
        connections = {name: replace(each, rate=None) for name, each in release.connections.items()}
        self._release = dataclasses.replace(noting(release, self._seen), connections=MappingProxyType(connections))

    async def run(self, written: Written) -> Result:
        """Run a scenario; the same scenario under the same release gives the same result."""
        self._seen.clear()
        async with Stage(self._release, written.start, written.scenario.seed) as stage:
            failures = await _Play(stage, written).run()
            touched = self._touched(stage)
        return Result(written.file, written.place.line, written.scenario.name, tuple(failures), touched)

    def _touched(self, stage: Stage) -> Touched:
        triggers, rules, steps = set(self._seen), set(), set()
        for entry in stage.record.entries:
            if entry.decision is not None:
                rules |= {each.rule for each in entry.decision.reasons if not each.lost}
            for fact in entry.facts:
                if isinstance(fact, SignalReceived):
                    triggers.update(unconditional(stage.release, fact.type))
                elif isinstance(fact, StepReached):
                    steps.add(f"{fact.journey}/{fact.step}")
        rules &= stage.release.policies.rules.keys()
        return Touched(tuple(sorted(rules)), tuple(sorted(triggers)), tuple(sorted(steps)))


class _Play:
    """One scenario being run."""

    def __init__(self, stage: Stage, written: Written) -> None:
        self._stage = stage
        self._written = written
        self._failures: list[Failure] = []
        self._refused: list[tuple[Place, Refusal]] = []
        """What was refused and not expected to be yet."""

    async def run(self) -> list[Failure]:
        """Run block after block; after something unexpected was refused there is nothing left to expect."""
        for path, block in self._written.scenario.blocks():
            await self._block(block, self._written.place.at(*path))
            if self._refused and block.then:
                break
        for place, refusal in self._refused:
            finding = Finding(
                "that this is taken",
                f"it was refused ({refusal.code}): {refusal.cause}",
                f"{refusal.remedy or 'correct it'}; or expect `refused: {refusal.code}`",
            )
            self._failures.append(_failure(place, finding))
        return self._failures

    async def _block(self, block: Block, place: Place) -> None:
        await self._acts(block.given, place.at("given"))
        if block.when:
            self._stage.mark()
            await self._acts(block.when, place.at("when"))
        for index, expected in enumerate(block.then):
            where = place.at("then", index)
            finding = await self._judged(expected, where)
            if finding is not None:
                self._failures.append(_failure(where, finding))

    async def _acts(self, acts: Sequence[Act], place: Place) -> None:
        for index, act in enumerate(acts):
            if act.after is None and act.until is None:
                await self._stage.tick()
            refusal = await perform(self._stage, act)
            if refusal is not None:
                self._refused.append((place.at(index), refusal))

    async def _judged(self, expected: Expectation, place: Place) -> Finding | None:
        stage = self._stage
        if expected.verdict is not None:
            return await verdict(stage, expected)
        if expected.sent is not None:
            return await sent(stage, expected, expected.sent)
        if expected.not_sent is not None:
            return await not_sent(stage, expected, expected.not_sent)
        if expected.held is not None:
            return await held(stage, expected, expected.held)
        if expected.outcome is not None:
            return await outcome(stage, expected, expected.outcome)
        return await self._told(expected, place)

    async def _told(self, expected: Expectation, place: Place) -> Finding | None:
        if expected.context is not None:
            return await context(self._stage, expected, self._written.conditions[place.path])
        if expected.journey is not None:
            return await journey(self._stage, expected, expected.journey)
        return self._refusal(expected.refused or "")

    def _refusal(self, code: str) -> Finding | None:
        for index, (_, refusal) in enumerate(self._refused):
            if refusal.code == code:
                del self._refused[index]
                return None
        codes = ", ".join(refusal.code for _, refusal in self._refused)
        happened = f"what was refused was refused with {codes}" if codes else "everything was taken"
        return Finding(f"something refused with {code}", happened, "correct the code, or what should be refused")


def _failure(place: Place, finding: Finding) -> Failure:
    return Failure(
        place.document.file, place.line, finding.expected, finding.happened, finding.remedy, finding.explanation
    )
