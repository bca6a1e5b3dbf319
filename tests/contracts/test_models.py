"""What every keeper of models promises."""

from xop.ports.models import KEPT, Head


async def test_without_a_version_there_is_no_head(runtime):
    assert await runtime.models.head("next") is None
    assert await runtime.models.get("logistic-1-abc") is None


async def test_a_version_is_kept_with_how_far_it_has_got(runtime, reopen):
    await runtime.models.put("v1", "next", b"\x00state", 17)
    again = await reopen()
    assert await again.models.head("next") == Head("v1", 17)
    assert await again.models.get("v1") == b"\x00state"


async def test_the_version_put_last_is_the_head_and_earlier_ones_stay(runtime):
    await runtime.models.put("v1", "next", b"one", 1)
    await runtime.models.put("v2", "next", b"two", 5)
    assert await runtime.models.head("next") == Head("v2", 5)
    assert await runtime.models.get("v1") == b"one"


async def test_each_decision_set_has_a_model_of_its_own(runtime):
    await runtime.models.put("v1", "next", b"one", 1)
    await runtime.models.put("v1", "other", b"one", 9)
    await runtime.models.put("v2", "other", b"two", 10)
    assert await runtime.models.head("next") == Head("v1", 1)
    assert await runtime.models.head("other") == Head("v2", 10)


async def test_the_same_version_put_again_only_gets_further(runtime):
    await runtime.models.put("v1", "next", b"one", 1)
    await runtime.models.put("v1", "next", b"one", 8)
    assert await runtime.models.head("next") == Head("v1", 8)
    assert await runtime.models.get("v1") == b"one"


async def test_the_newest_versions_are_kept_and_one_that_came_back_is_among_them(runtime):
    for number in range(KEPT):
        await runtime.models.put(f"v{number}", "next", b"%d" % number, number)
    await runtime.models.put("v0", "next", b"0", 50)
    await runtime.models.put("new", "next", b"new", 51)
    assert await runtime.models.get("v1") is None
    assert await runtime.models.get("v0") == b"0"
    assert await runtime.models.get("new") == b"new"
    assert await runtime.models.get(f"v{KEPT - 1}") == b"%d" % (KEPT - 1)
