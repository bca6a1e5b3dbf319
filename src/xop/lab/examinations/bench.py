"""The bench: examines releases one after the other, each in a process of its own, and keeps what was found."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct, field

LOG = logging.getLogger("xop.lab")

Subject = Literal["scenarios", "invariants", "comparison", "simulation"]

SUBJECTS: tuple[Subject, ...] = get_args(Subject)

State = Literal["none", "waiting", "running", "done", "failed"]

LONGEST = 180.0
"""Seconds that one examination may take."""

MOST_MEMORY = 2 * 2**30
"""Bytes of addresses that a process may take: a made-up population may do more in its time than the server has room for."""

_MOST_KEPT = 64
"""Examinations whose findings are kept; the oldest go first."""

MOST_WAITING = 8
"""Examinations that are under way or wait for their turn: each may take minutes."""

_LARGEST = 64 * 2**20
"""Bytes of one line that the process says."""

_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_START")
"""What the process is told of the environment: secrets are none of it."""

_WORKER = "xop.lab.examinations.worker"


class Question(Struct, frozen=True):
    """What is to be found out about which release."""

    subject: Subject
    release: str
    against: str = ""
    """The earlier release that is compared with."""
    beside: tuple[str, str] = ("", "")
    """What tells workspaces apart that make the same release, of both: scenarios, say, decide no verdict."""


class Task(Struct, frozen=True):
    """A question with the files that answer it."""

    subject: Subject
    files: Mapping[str, bytes]
    before: Mapping[str, bytes] = {}


class Word(Struct, frozen=True, omit_defaults=True):
    """What the process says while it is at work, and at its end."""

    done: int = 0
    total: int = 0
    now: str = ""
    report: dict[str, Any] | None = None
    fault: str = ""
    remedy: str = ""


class Examination(Struct):
    """How far one examination has come."""

    question: Question
    at: int
    """When it was asked for, in milliseconds since the epoch."""
    state: State = "waiting"
    done: int = 0
    total: int = 0
    now: str = ""
    """What was finished last."""
    report: dict[str, Any] | None = None
    fault: str = ""
    remedy: str = ""
    task: asyncio.Task[None] | None = field(default=None)


class Bench:
    """Examines one release at a time; what it finds is kept by question until the process ends."""

    def __init__(self, closing: asyncio.Event, longest: float = LONGEST, memory: int = MOST_MEMORY) -> None:
        self._closing = closing
        self._longest = longest
        self._memory = memory
        self._turn = asyncio.Lock()
        self._known: dict[Question, Examination] = {}

    def find(self, question: Question) -> Examination | None:
        """Return how far an examination has come; None when it was not asked for."""
        return self._known.get(question)

    def is_full(self) -> bool:
        """Say whether so many examinations wait that no other one is taken."""
        return sum(each.state in {"waiting", "running"} for each in self._known.values()) >= MOST_WAITING

    def begin(self, question: Question, task: Task, at: int) -> Examination:
        """Examine, unless it is being done or was done; one that failed is begun anew."""
        known = self._known.get(question)
        if known is not None and known.state != "failed":
            return known
        self._known.pop(question, None)
        made = self._known[question] = Examination(question, at)
        for old in [each for each in self._known if self._known[each].state in {"done", "failed"}]:
            if len(self._known) > _MOST_KEPT:
                del self._known[old]
        made.task = asyncio.create_task(self._examine(made, task))
        return made

    async def _examine(self, made: Examination, task: Task) -> None:
        try:
            async with self._turn:
                if not self._closing.is_set():
                    made.state = "running"
                    async with asyncio.timeout(self._longest):
                        await self._watched(made, task)
        except TimeoutError:
            made.fault = f"it took longer than {self._longest:g} seconds"
            made.remedy = "run `xop test` or `xop prove` on the workspace folder, which may take as long as it needs"
        except OSError as error:
            made.fault, made.remedy = f"no process could be started: {error}", "look at the server's log"
        except Exception:
            LOG.exception("an examination ended in a fault")
            made.fault, made.remedy = "it ended in a fault", "look at the server's log"
        made.state = "done" if made.report is not None else "failed"
        if made.state == "failed" and not made.fault:
            made.fault, made.remedy = "the process ended without an answer", "ask again, or look at the server's log"

    async def _watched(self, made: Examination, task: Task) -> None:
        """Have a process examine, and end it when the server stops or nobody may wait any longer."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _WORKER, str(self._memory)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=passed_on(os.environ),
            limit=_LARGEST,
        )
        closed = asyncio.create_task(self._closing.wait())
        heard = asyncio.create_task(_hear(process, made, task))
        try:
            await asyncio.wait({heard, closed}, return_when=asyncio.FIRST_COMPLETED)
            if heard.done():
                heard.result()
        finally:
            closed.cancel()
            heard.cancel()
            await asyncio.gather(closed, heard, return_exceptions=True)
            if process.returncode is None:
                process.kill()
            await process.wait()


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a process that examines is told of the server's environment."""
    return {name: environment[name] for name in _PASSED_ON if name in environment}


async def _hear(process: Process, made: Examination, task: Task) -> None:
    if process.stdin is None or process.stdout is None:
        return
    process.stdin.write(msgspec.msgpack.encode(task))
    process.stdin.write_eof()
    async for line in process.stdout:
        word = msgspec.json.decode(line, type=Word)
        if word.total:
            made.done, made.total, made.now = word.done, word.total, word.now
        if word.fault:
            made.fault, made.remedy = word.fault, word.remedy
        if word.report is not None:
            made.report = word.report
