"""The trainer: follows how choices turn out, in the order of the ledger, and has the models learn from it."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from xop.engine.scoring import Scorer
from xop.engine.ticket import Answer
from xop.kernel.choices.facts import ChoiceAnswered
from xop.kernel.entry import Entry
from xop.kernel.release import Release
from xop.ports.errors import StorageError
from xop.ports.model import Example, ModelKind
from xop.ports.runtime import Runtime

LOG = logging.getLogger("xop.trainer")

PAUSE = 250
"""Milliseconds between two rounds of learning, so that many results are learned together."""

BATCH = 256
"""Most results learned at once."""

_PAGE = 256

_FAR = 10_000
"""Ledger positions after which it is noted how far a model has got, though it has learned nothing new."""

Results = tuple[int, tuple[ChoiceAnswered, ...]]
"""How choices turned out in one ledger entry, with its position."""


@dataclass(slots=True)
class _Student:
    """One decision set's model as it stands."""

    kind: ModelKind
    state: bytes
    position: int
    noted: int
    """The position that is durable."""


class Trainer:
    """Keeps every learning decision set's model at what the ledger says.

    What a model has learned and how far in the ledger it has got become durable together, so nothing is learned twice
    and nothing is lost, whenever the process ends.
    """

    def __init__(
        self, runtime: Runtime, kinds: Mapping[str, ModelKind], scorer: Scorer, release: Callable[[], Release]
    ) -> None:
        self._runtime = runtime
        self._kinds = kinds
        self._scorer = scorer
        self._release = release
        self._students: dict[str, _Student] = {}
        self._pending: deque[Results] = deque()
        self._news = asyncio.Event()
        self._asked = asyncio.Event()
        """Set while somebody waits for what is to be learned."""
        self._idle = asyncio.Event()
        self._following = False
        """Whether any model has begun to follow the ledger: from then on results are noted."""
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Bring the models up to the ledger's end, and follow it from there."""
        await self._enrol()
        self._task = asyncio.create_task(self._run(), name="xop-trainer")

    async def stop(self) -> None:
        """Learn what is waiting, and end."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait((self._task,))
        self._task = None
        try:
            await self._learn_pending()
            last = await self._runtime.ledger.last()
            for name in self._students:
                await self._note(name, last)
        except StorageError:
            LOG.exception("the models are learned from where they were before, at the next start")

    def wake(self) -> None:
        """Look whether a release has brought decision sets that learn."""
        self._wake()

    def note(self, answers: Sequence[Answer]) -> None:
        """Take in what has become durable."""
        if not self._following:
            return
        for answer in answers:
            if answer.entry is not None and not answer.duplicate:
                results = tuple(_results(answer.entry))
                if results:
                    self._pending.append((answer.position, results))
                    self._wake()

    async def settled(self) -> None:
        """Return when everything durable so far is learned."""
        self._asked.set()
        await self._idle.wait()

    def _wake(self) -> None:
        self._idle.clear()
        self._news.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._enrol()
                await self._learn_pending()
            except StorageError:
                LOG.exception("models could not be kept; they are tried again with the next result")
            if not self._pending:
                self._asked.clear()
                self._idle.set()
            await self._news.wait()
            self._news.clear()
            await self._pause()

    async def _pause(self) -> None:
        """Let results gather, unless somebody waits for what is learned from them."""
        pause = asyncio.ensure_future(self._runtime.clock.until(self._runtime.clock.now() + PAUSE))
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait([pause, asked], return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            asked.cancel()

    async def _enrol(self) -> None:
        """Take up decision sets that learn and are not followed yet, from where their models got to."""
        fresh: dict[str, _Student] = {}
        for name, compiled in self._release().decision_sets.items():
            kind = self._kinds.get(compiled.definition.model.kind)
            known = self._students.get(name)
            if kind is not None and (known is None or known.kind is not kind):
                fresh[name] = await self._resumed(name, kind)
            self._following = self._following or kind is not None
        if fresh:
            await self._catch_up(fresh)
            for name, student in fresh.items():
                self._students[name] = student
                self._teach(name, student)

    async def _resumed(self, name: str, kind: ModelKind) -> _Student:
        """Return a model where it got to; one of another form is learned again from the ledger's beginning."""
        head = await self._runtime.models.head(name)
        if head is not None and head.version.startswith(f"{kind.form}-"):
            state = await self._runtime.models.get(head.version)
            if state is not None:
                return _Student(kind, state, head.position, head.position)
        return _Student(kind, kind.begin(self._release().decision_sets[name].definition.model), 0, 0)

    async def _catch_up(self, fresh: dict[str, _Student]) -> None:
        position = min(student.position for student in fresh.values())
        grown: set[str] = set()
        while page := await self._runtime.ledger.page(position, _PAGE):
            found = [(stored.position, tuple(_results(stored.entry))) for stored in page]
            position = page[-1].position
            for name, student in fresh.items():
                if self._learn(name, student, [each for each in found if each[1]]):
                    grown.add(name)
                student.position = max(student.position, position)
            await asyncio.sleep(0)
        for name, student in fresh.items():
            if name in grown or student.position - student.noted > _FAR:
                await self._keep(name, student)

    async def _learn_pending(self) -> None:
        while self._pending:
            batch = [self._pending.popleft() for _ in range(min(BATCH, len(self._pending)))]
            try:
                for name, student in self._students.items():
                    if self._learn(name, student, batch):
                        await self._keep(name, student)
                        self._teach(name, student)
            except BaseException:
                # Whichever model has learned of the batch passes over it the next time.
                self._pending.extendleft(reversed(batch))
                raise
            await asyncio.sleep(0)

    def _learn(self, name: str, student: _Student, batch: Sequence[Results]) -> bool:
        """Learn what a batch tells of one decision set beyond what is known; say whether that was anything."""
        new = [(position, results) for position, results in batch if position > student.position]
        examples = [
            Example(fact.chosen.candidate, fact.chosen.treatment, fact.chosen.features, fact.reward)
            for _, results in new
            for fact in results
            if fact.chosen.decision_set == name and fact.chosen.candidate and fact.learned
        ]
        if examples:
            student.state = student.kind.learn(student.state, examples)
        if new:
            student.position = new[-1][0]
        return bool(examples)

    async def _note(self, name: str, position: int) -> None:
        student = self._students[name]
        student.position = max(student.position, position)
        if student.position > student.noted:
            await self._keep(name, student)

    async def _keep(self, name: str, student: _Student) -> None:
        await self._runtime.models.put(_version(student), name, student.state, student.position)
        student.noted = student.position

    def _teach(self, name: str, student: _Student) -> None:
        self._scorer.adopt(name, _version(student), student.kind.open(student.state))


def _version(student: _Student) -> str:
    return f"{student.kind.form}-{blake2b(student.state, digest_size=12).hexdigest()}"


def _results(entry: Entry) -> Iterator[ChoiceAnswered]:
    for fact in entry.facts:
        if isinstance(fact, ChoiceAnswered):
            yield fact
