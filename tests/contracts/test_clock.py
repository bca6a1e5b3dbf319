"""What every clock and every source of chance promise."""

import asyncio


async def test_now_never_goes_backwards(runtime):
    told = [runtime.clock.now() for _ in range(1000)]
    assert told == sorted(told)


async def test_a_moment_that_has_come_is_not_waited_for(runtime):
    await asyncio.wait_for(runtime.clock.until(runtime.clock.now()), 10)
    await asyncio.wait_for(runtime.clock.until(0), 10)


async def test_nobody_is_woken_early(runtime, host):
    moment = runtime.clock.now() + 30
    waiting = asyncio.create_task(runtime.clock.until(moment))
    await host.elapse(runtime, 30)
    await asyncio.wait_for(waiting, 10)
    assert runtime.clock.now() >= moment


async def test_a_wait_can_be_given_up(runtime, host):
    waiting = asyncio.create_task(runtime.clock.until(runtime.clock.now() + 10))
    other = asyncio.create_task(runtime.clock.until(runtime.clock.now() + 20))
    await asyncio.sleep(0)
    waiting.cancel()
    await host.elapse(runtime, 20)
    await asyncio.wait_for(other, 10)
    assert waiting.cancelled()


async def test_waits_end_in_the_order_of_their_moments(runtime, host):
    now = runtime.clock.now()
    ended: list[int] = []

    async def wait(milliseconds: int) -> None:
        await runtime.clock.until(now + milliseconds)
        ended.append(milliseconds)

    tasks = [asyncio.create_task(wait(milliseconds)) for milliseconds in (60, 20, 40)]
    await host.elapse(runtime, 60)
    await asyncio.wait_for(asyncio.gather(*tasks), 10)
    assert ended == [20, 40, 60]


async def test_chance_gives_as_many_bytes_as_asked_for_and_new_ones_each_time(runtime):
    drawn = [runtime.entropy.draw(16) for _ in range(100)]
    assert {len(each) for each in drawn} == {16}
    assert len(set(drawn)) == 100
    assert runtime.entropy.draw(0) == b""
