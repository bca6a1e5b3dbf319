"""Workers: processes that each live with some of the shards, window by window."""

import multiprocessing
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from multiprocessing.connection import Connection
from typing import Any, Protocol

from xop.lab.simulate.customers import PopulationUnfit
from xop.lab.simulate.desk import Answered, Question
from xop.lab.simulate.plan import SHARDS, Plan, setting
from xop.lab.simulate.world import Outcome, World

News = dict[int, list[Question | str]]
Answers = dict[int, list[Answered]]


class WorkerFailed(Exception):  # noqa: N818 - names what happened
    """A worker ended before its work was done."""


class Worker(Protocol):
    """Lives with some shards."""

    def begin(self, until: int, answers: Answers) -> None:
        """Go on up to a moment."""

    def news(self) -> News:
        """Return the news of each shard once it has come there."""

    def end(self) -> list[Outcome]:
        """Return what came of each shard."""

    def close(self) -> None:
        """Let go of everything."""


class Here:
    """A worker in this process."""

    def __init__(self, plan: Plan, shards: Sequence[int]) -> None:
        found = setting(plan)
        if isinstance(found, list):
            raise WorkerFailed(str(found[0]))
        self._worlds: dict[int, World] = {}
        self._news: News = {}
        try:
            for shard in shards:
                self._worlds[shard] = World(found, shard)
                self._worlds[shard].start()
        except BaseException:
            self.close()
            raise

    def begin(self, until: int, answers: Answers) -> None:
        """Go on up to a moment, one shard after the other."""
        self._news = {shard: world.run(until, answers.get(shard, [])) for shard, world in self._worlds.items()}

    def news(self) -> News:
        """Return the news of each shard."""
        return self._news

    def end(self) -> list[Outcome]:
        """Return what came of each shard."""
        return [world.end() for world in self._worlds.values()]

    def close(self) -> None:
        """Give up every shard."""
        for world in self._worlds.values():
            world.close()


class Elsewhere:
    """A worker in a process of its own."""

    def __init__(self, plan: Plan, shards: Sequence[int]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, plan, shards), daemon=True)
        self._process.start()
        other.close()

    def begin(self, until: int, answers: Answers) -> None:
        """Tell the process to go on up to a moment."""
        self._pipe.send((until, answers))

    def news(self) -> News:
        """Return the news of each shard once it has come there; raises `WorkerFailed`."""
        found: News = self._received()
        return found

    def end(self) -> list[Outcome]:
        """Return what came of each shard; raises `WorkerFailed`."""
        self._pipe.send(None)
        found: list[Outcome] = self._received()
        self._process.join()
        return found

    def close(self) -> None:
        """End the process, whatever it is at."""
        self._pipe.close()
        self._process.terminate()
        self._process.join()

    def _received(self) -> Any:
        try:
            found = self._pipe.recv()
        except EOFError as error:
            raise WorkerFailed("a worker process ended before its work was done") from error
        if isinstance(found, PopulationUnfit | WorkerFailed):
            raise found
        return found


def _serve(pipe: Connection, plan: Plan, shards: Sequence[int]) -> None:
    """Serve the parent until it asks for the end or goes away."""
    try:
        with closing(Here(plan, shards)) as here:
            while (asked := pipe.recv()) is not None:
                here.begin(*asked)
                pipe.send(here.news())
            pipe.send(here.end())
    except EOFError:
        return
    except PopulationUnfit as error:
        pipe.send(error)
    except Exception as error:  # noqa: BLE001 - the parent tells what happened here
        pipe.send(WorkerFailed(f"a worker process met a fault: {type(error).__name__}: {error}"))


class Workers(AbstractContextManager["Workers"]):
    """All shards, spread over some processes."""

    def __init__(self, plan: Plan, jobs: int) -> None:
        """One job is done in this process; more are done in as many others, at most one a shard."""
        jobs = max(1, min(jobs, SHARDS))
        spread = [tuple(range(job, SHARDS, jobs)) for job in range(jobs)]
        kind = Here if jobs == 1 else Elsewhere
        self._all: Sequence[Worker] = [kind(plan, shards) for shards in spread]

    def __exit__(self, *_: object) -> None:
        for worker in self._all:
            worker.close()

    def run(self, until: int, answers: Answers) -> News:
        """Let every shard go on up to a moment, and return their news."""
        for worker in self._all:
            worker.begin(until, answers)
        news: News = {}
        for worker in self._all:
            news.update(worker.news())
        return news

    def end(self) -> list[Outcome]:
        """Return what came of each shard, in their order."""
        found = [outcome for worker in self._all for outcome in worker.end()]
        return sorted(found, key=lambda outcome: outcome.shard)
