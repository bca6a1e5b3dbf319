"""Who asks for many examinations at once is told to wait."""

import asyncio

from tests.kit.lobby import open_lobby
from xop.faces.http.routes import examinations
from xop.lab.examinations import Bench, Question
from xop.lab.examinations.bench import MOST_WAITING, Task


async def test_one_more_than_may_wait_is_refused_and_one_that_waits_is_answered(tmp_path, monkeypatch):
    async with open_lobby(tmp_path) as lobby:
        closing, platform = asyncio.Event(), lobby.platform
        bench = Bench(closing)
        monkeypatch.setitem(examinations._BENCHES, platform, bench)
        release = platform.engine.release.digest
        beside = (examinations.mark(await platform.runtime.releases.files(release) or {}), examinations.mark({}))
        subjects = [
            Question("scenarios", release, beside=beside),
            *(Question("invariants", str(each)) for each in range(MOST_WAITING - 1)),
        ]
        made = [bench.begin(each, Task(each.subject, {}), 1) for each in subjects]
        guest = await lobby.guest()
        place, action = "/console/policies", "/console/policies/examined/invariants"
        hidden = await guest.hidden(place, action)
        refused = await guest.post(action, **hidden)
        assert refused.status_code == 503
        assert "so many examinations wait" in refused.text
        waiting = await guest.post("/console/policies/examined/scenarios", **hidden)
        assert waiting.status_code == 303
        closing.set()
        await asyncio.gather(*(each.task for each in made if each.task is not None))
