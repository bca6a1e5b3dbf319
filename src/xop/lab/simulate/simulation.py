"""The simulation as a whole: shards that live at the same time, and one desk for all of them."""

from collections.abc import Callable
from hashlib import sha256

from msgspec import Struct

from xop.lab.simulate.desk import Desk
from xop.lab.simulate.figures import Figures
from xop.lab.simulate.plan import Setting
from xop.lab.simulate.workers import Answers, Workers

_HOUR = 3_600_000
_WINDOW = 600_000
"""Milliseconds between two looks at the desk: an answer reaches its customer's shard at the latest so much later."""

Progress = Callable[[int, int], None]
"""Told how many hours of how many are over."""


class Result(Struct, frozen=True):
    """What a simulation comes to."""

    figures: Figures
    desk: Desk
    digest: str
    """The digest of all shards' ledgers."""
    entries: int


def run(setting: Setting, jobs: int, progress: Progress = lambda _done, _of: None) -> Result:
    """Simulate a setting; how many processes take part changes nothing about the result."""
    desk = Desk(setting.release, setting.population.population, setting.plan.seed)
    window = _WINDOW if desk.staffed else _HOUR
    shard_of: dict[str, int] = {}
    answers: Answers = {}
    with Workers(setting.plan, jobs) as workers:
        for until in range(setting.begin + window, setting.end + window, window):
            news = workers.run(min(until, setting.end), answers)
            for shard in sorted(news):
                desk.hear(news[shard])
                shard_of.update({each.part: shard for each in news[shard] if not isinstance(each, str)})
            answers = {}
            for answer in desk.work(until):
                answers.setdefault(shard_of[answer.question.part], []).append(answer)
            if (until - setting.begin) % _HOUR == 0:
                desk.note_length()
                progress((until - setting.begin) // _HOUR, (setting.end - setting.begin) // _HOUR)
        outcomes = workers.end()
    figures, digest = Figures(), sha256()
    for outcome in outcomes:
        figures.add(outcome.figures)
        digest.update(outcome.digest.encode())
    return Result(figures, desk, digest.hexdigest(), sum(outcome.entries for outcome in outcomes))
