"""Workspaces that go on ruling on the baseline of another version of the platform, and what undoing then goes back to."""

from pathlib import Path

import pytest

import xop.assembly
import xop.workspace.release
from tests.kit.harbour import FOLDER, OLGA, signal
from tests.kit.stewardship import GREETING, steward_files
from xop.assembly import NothingBefore, open_with, recompiled, with_baseline, workspace_files
from xop.engine.publication import JourneyChoice
from xop.kernel.commands import Enter, Reply
from xop.kernel.release import Release
from xop.runtimes.embedded import EmbeddedRuntime
from xop.workspace.baseline import baseline_files

FILES = workspace_files(FOLDER)

LATER = {**FILES, "segments.yaml": b'segments: {regulars: {when: "customer.flags.size() > 3"}}\n'}


async def published_by_an_earlier_version(data: Path, *workspaces: dict[str, bytes]) -> list[str]:
    """Keep releases as a version with another baseline would have made them."""
    runtime, found = await EmbeddedRuntime.open(data), []
    try:
        for number, files in enumerate(workspaces):
            kept = with_baseline(files)
            path = next(each for each in sorted(kept) if each.startswith(".baseline/") and each.endswith(".cedar"))
            former = {**kept, path: kept[path] + b"\n// As it was before.\n"}
            release = recompiled(former)
            assert isinstance(release, Release), release
            await runtime.releases.publish(release.digest, release.name, former, number, "ada")
            found.append(release.digest)
    finally:
        await runtime.close()
    return found


async def test_undoing_after_an_upgrade_goes_back_to_what_was_published_before(tmp_path):
    first, second = await published_by_an_earlier_version(tmp_path, FILES, LATER)
    platform = await open_with(tmp_path, None)
    try:
        upgraded = platform.engine.release
        assert upgraded.digest not in {first, second}
        assert "regulars" in upgraded.routes.segments
        undone = await platform.undo("ada")
        assert "regulars" not in undone.routes.segments
        with pytest.raises(NothingBefore):
            await platform.undo("ada")
    finally:
        await platform.stop()


def upgrade(monkeypatch) -> None:
    """Let what runs from now on be a later version, which has another baseline."""
    found = baseline_files().items()
    later = {path: body + b"\n# A later version.\n" if path.endswith(".yaml") else body for path, body in found}
    for module in (xop.assembly, xop.workspace.release):
        monkeypatch.setattr(module, "baseline_files", lambda: later)


async def standing(platform, customer: str) -> set[tuple[str, bool]]:
    """Return the steps at which a customer stands, and whether they were set aside there."""
    found = await platform.engine.customer(customer)
    runs = [run for part in found.parts for run in part.runs.values()]
    return {(token.step, bool(run.aside)) for run in runs for token in run.tokens}


@pytest.mark.parametrize(
    ("choice", "meanwhile"),
    [
        (JourneyChoice(runs="leave"), {("rest", True)}),
        (JourneyChoice(steps={"rest": "migrate:pause"}), {("pause", False)}),
    ],
)
async def test_undoing_after_an_upgrade_brings_those_back_whom_the_publication_moved(
    tmp_path, monkeypatch, choice, meanwhile
):
    changed = {
        **steward_files(),
        "journeys/greeting.yaml": GREETING.replace("rest: {wait: {for: 3d}}", "pause: {wait: {for: 4d}}").encode(),
    }
    platform = await open_with(tmp_path, steward_files())
    await platform.start()
    known = await platform.engine.submit(signal(1, "page.viewed", "email:ana@harbour.test", path="/"))
    await platform.engine.submit(Enter("enter:test:1", OLGA, "greeting"), known.customer)
    await platform.publish(changed, "ada", {"greeting": choice})
    await platform.engine.sweep.finished()
    assert await standing(platform, known.customer) == meanwhile
    await platform.stop()

    upgrade(monkeypatch)
    upgraded = await open_with(tmp_path, None)
    try:
        await upgraded.start()
        await upgraded.engine.sweep.finished()
        assert upgraded.engine.release.digest != platform.engine.release.digest
        assert await standing(upgraded, known.customer) == meanwhile
        await upgraded.undo("ada")
        await upgraded.engine.sweep.finished()
        assert await standing(upgraded, known.customer) == {("rest", False)}
    finally:
        await upgraded.stop()


ASKING = """
name: greeting
description: Asks somebody, and waits.
entries: [{api: true}]
steps:
  agree: {ask: {role: supervisor, question: Shall we?, options: {yes: rest}, within: 9d, late: rest}}
  rest: {wait: {for: 3d}}
"""


async def test_an_upgrade_moves_nobody_whom_the_publication_left_where_they_were(tmp_path, monkeypatch):
    first = {**steward_files(), "journeys/greeting.yaml": ASKING.encode()}
    platform = await open_with(tmp_path, first)
    await platform.start()
    known = await platform.engine.submit(signal(1, "page.viewed", "email:ana@harbour.test", path="/"))
    await platform.engine.submit(Enter("enter:test:1", OLGA, "greeting"), known.customer)
    changed = {**first, "journeys/greeting.yaml": ASKING.replace("for: 3d", "for: 4d").encode()}
    await platform.publish(changed, "ada", {"greeting": JourneyChoice(steps={"rest": "leave"})})
    await platform.engine.sweep.finished()
    found = await platform.engine.customer(known.customer)
    assert found is not None
    ((run, token),) = [(run.id, token.id) for part in found.parts for run in part.runs.values() for token in run.tokens]
    await platform.engine.submit(Reply("reply:test:1", OLGA, run, token, "yes"), known.customer)
    assert await standing(platform, known.customer) == {("rest", False)}
    await platform.stop()

    upgrade(monkeypatch)
    upgraded = await open_with(tmp_path, None)
    try:
        await upgraded.start()
        await upgraded.engine.sweep.finished()
        assert upgraded.engine.release.digest != platform.engine.release.digest
        assert await standing(upgraded, known.customer) == {("rest", False)}
    finally:
        await upgraded.stop()
