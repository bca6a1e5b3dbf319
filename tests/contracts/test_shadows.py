"""What every keeper of shadows promises."""

from tests.contracts.material import START
from xop.kernel.decisions.model import Reason
from xop.ports.shadows import Contrast, Shadow, Side

FILES = {"workspace.toml": b"name = 'x'\n", "actions/mail.yaml": b"\x00\xff", "empty": b""}


def contrast(number, **more):
    sides = Side("permit", "a"), Side("deny", "b", (Reason("b", "forbid", "No."),))
    return Contrast(
        "release", "sha256:1", f"dec_{number}", START, "proposal", "mail", "agent:x", "verdict", *sides, **more
    )


async def test_without_a_shadow_there_is_none(runtime):
    assert await runtime.shadows.latest() is None
    assert await runtime.shadows.files("sha256:1") is None
    assert list(await runtime.shadows.page(None, 10)) == []


async def test_a_shadow_is_kept_with_its_files_until_it_is_stopped(runtime, reopen):
    await runtime.shadows.begin("sha256:1", "shop", FILES, START, "ada")
    again = await reopen()
    assert await again.shadows.latest() == Shadow("sha256:1", "shop", START, "ada")
    assert await again.shadows.files("sha256:1") == FILES
    await again.shadows.end(START + 5)
    last = await reopen()
    assert await last.shadows.latest() == Shadow("sha256:1", "shop", START, "ada", START + 5)
    assert await last.shadows.files("sha256:1") == FILES


async def test_a_shadow_is_no_release(runtime):
    await runtime.releases.publish("sha256:1", "shop", FILES, START, "ada")
    await runtime.shadows.begin("sha256:2", "shop", FILES | {"empty": b"now full"}, START + 1, "ben")
    assert [each.digest for each in await runtime.releases.history()] == ["sha256:1"]
    assert await runtime.releases.active() == "sha256:1"
    assert await runtime.releases.files("sha256:2") is None
    assert await runtime.releases.files("sha256:1") == FILES


async def test_the_shadow_set_last_is_the_one_and_the_same_may_come_back(runtime):
    await runtime.shadows.begin("sha256:1", "shop", FILES, START, "ada")
    await runtime.shadows.begin("sha256:2", "shop", {"a": b""}, START + 1, "ben")
    assert await runtime.shadows.latest() == Shadow("sha256:2", "shop", START + 1, "ben")
    await runtime.shadows.begin("sha256:1", "shop", FILES, START + 2, "cleo")
    assert await runtime.shadows.latest() == Shadow("sha256:1", "shop", START + 2, "cleo")
    assert await runtime.shadows.files("sha256:2") == {"a": b""}


async def test_contrasts_come_back_newest_first_and_page_by_page(runtime, reopen):
    await runtime.shadows.note([contrast(1), contrast(2, unread=("bill",))])
    await runtime.shadows.note([contrast(3)])
    again = await reopen()
    first = list(await again.shadows.page(None, 2))
    assert [each for _, each in first] == [contrast(3), contrast(2, unread=("bill",))]
    rest = list(await again.shadows.page(first[-1][0], 2))
    assert [each for _, each in rest] == [contrast(1)]
    assert list(await again.shadows.page(rest[-1][0], 2)) == []


async def test_the_oldest_contrasts_make_room(runtime, monkeypatch):
    for module in ("embedded", "simulated"):
        monkeypatch.setattr(f"xop.runtimes.{module}.shadows.KEPT", 3)
    await runtime.shadows.note([contrast(number) for number in range(4)])
    await runtime.shadows.note([contrast(4)])
    assert [each.decision for _, each in await runtime.shadows.page(None, 10)] == ["dec_4", "dec_3", "dec_2"]


async def test_contrasts_are_dropped_by_their_numbers(runtime, reopen):
    await runtime.shadows.note([contrast(number) for number in range(4)])
    numbers = [number for number, _ in await runtime.shadows.page(None, 9)]
    assert await runtime.shadows.drop([numbers[0], numbers[2], 999]) == 2
    again = await reopen()
    assert [each.decision for _, each in await again.shadows.page(None, 9)] == ["dec_2", "dec_0"]
