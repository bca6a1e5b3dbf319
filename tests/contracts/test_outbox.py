"""What every outbox promises."""

from msgspec.structs import replace

from tests.contracts.material import START, request
from xop.ports.batch import Batch
from xop.ports.outbox import Load, OutboxChange, OutboxEntry, OutboxState


async def test_a_request_comes_back_byte_for_byte(runtime, reopen):
    one = replace(request("inv_1"), request=bytes(range(256)), detail="Zoë\x00", attempt=3, action="call")
    await runtime.ledger.commit(Batch(outbox=[one]))
    assert await runtime.outbox.get("inv_1") == one
    assert await (await reopen()).outbox.get("inv_1") == one


async def test_pending_requests_come_when_due_earliest_first(runtime):
    requests: list[OutboxEntry | OutboxChange] = [
        request("inv_1", due=START + 2),
        request("inv_2", due=START + 1, connection="sms"),
        request("inv_3", due=START + 9),
        request("inv_4", due=START, state="sending"),
        request("inv_5", due=START, connection="push"),
    ]
    await runtime.ledger.commit(Batch(outbox=requests))

    async def due(*arguments) -> list[str]:
        return [each.invocation for each in await runtime.outbox.due(*arguments)]

    assert await due(START - 1, 10) == []
    assert await due(START + 2, 10) == ["inv_5", "inv_2", "inv_1"]
    assert await due(START + 2, 2) == ["inv_5", "inv_2"]
    assert await due(START + 2, 10, ["push", "unknown"]) == ["inv_2", "inv_1"]
    assert await due(START + 2, 10, ["push", "sms", "mail"]) == []
    assert await runtime.outbox.next_due(0) == START


async def test_a_change_keeps_what_it_does_not_give(runtime, reopen):
    one = replace(request("inv_1"), attempt=2, detail="busy")
    await runtime.ledger.commit(Batch(outbox=[one]))
    await runtime.ledger.commit(Batch(outbox=[OutboxChange("inv_1", "sending", START + 1)]))
    assert await runtime.outbox.get("inv_1") == replace(one, state="sending", due=START + 1)
    change = OutboxChange("inv_1", "failed", START + 2, attempt=0, detail="")
    await runtime.ledger.commit(Batch(outbox=[change]))
    again = await reopen()
    assert await again.outbox.get("inv_1") == replace(one, state="failed", due=START + 2, attempt=0, detail="")


async def test_a_request_rendered_again_takes_the_place_of_the_one_before(runtime):
    await runtime.ledger.commit(Batch(outbox=[replace(request("inv_1"), state="failed", attempt=6, detail="gone")]))
    again = replace(request("inv_1", connection="sms", due=START + 5), request=b"again", created=START + 5)
    await runtime.ledger.commit(Batch(outbox=[again]))
    assert await runtime.outbox.get("inv_1") == replace(again, created=START)
    assert await runtime.outbox.counts() == {"pending": 1}
    assert await runtime.outbox.next_due(0) == START + 5


async def test_changes_apply_in_the_order_of_the_batch(runtime):
    await runtime.ledger.commit(
        Batch(
            outbox=[
                OutboxChange("inv_1", "done", START),
                request("inv_1"),
                OutboxChange("inv_1", "sending", START + 1, attempt=1),
                request("inv_2"),
                OutboxChange("inv_1", "uncertain", START + 2, detail="no answer"),
                OutboxChange("unknown", "done", START),
            ]
        )
    )
    expected = replace(request("inv_1"), state="uncertain", due=START + 2, attempt=1, detail="no answer")
    assert await runtime.outbox.get("inv_1") == expected
    assert await runtime.outbox.get("unknown") is None
    assert await runtime.outbox.counts() == {"uncertain": 1, "pending": 1}


async def test_what_is_under_way_or_over_is_no_longer_due(runtime):
    await runtime.ledger.commit(Batch(outbox=[request("inv_1"), request("inv_2", due=START + 5)]))
    await runtime.ledger.commit(Batch(outbox=[OutboxChange("inv_1", "sending", START)]))
    assert await runtime.outbox.next_due(0) == START + 5
    await runtime.ledger.commit(Batch(outbox=[OutboxChange("inv_2", "cancelled", START)]))
    assert await runtime.outbox.next_due(0) is None
    await runtime.ledger.commit(Batch(outbox=[OutboxChange("inv_1", "pending", START + 7)]))
    assert await runtime.outbox.next_due(0) == START + 7


async def test_paging_walks_the_states_asked_for_by_id(runtime):
    states: list[OutboxState] = ["failed", "uncertain", "done", "pending"]
    await runtime.ledger.commit(
        Batch(
            outbox=[request(f"inv_{number:02}", state=states[number % 4], due=START - number) for number in range(20)]
        )
    )

    async def walk(asked) -> list[str]:
        seen, after = [], None
        while page := await runtime.outbox.page(asked, after, 3):
            assert len(page) <= 3
            seen += [each.invocation for each in page]
            after = page[-1].invocation
        return seen

    assert await walk(["failed", "uncertain"]) == [f"inv_{number:02}" for number in range(20) if number % 4 < 2]
    assert await walk(["done"]) == [f"inv_{number:02}" for number in range(20) if number % 4 == 2]
    assert await walk(["done", "failed"]) == [f"inv_{number:02}" for number in range(20) if number % 4 in {0, 2}]
    assert await walk([]) == []


async def test_counts_follow_every_change(runtime, reopen):
    assert await runtime.outbox.counts() == {}
    await runtime.ledger.commit(Batch(outbox=[request(f"inv_{number}") for number in range(5)]))
    assert await runtime.outbox.counts() == {"pending": 5}
    await runtime.ledger.commit(Batch(outbox=[OutboxChange(f"inv_{number}", "done", START) for number in range(4)]))
    await runtime.ledger.commit(Batch(outbox=[OutboxChange("inv_0", "done", START + 1)]))
    assert await (await reopen()).outbox.counts() == {"pending": 1, "done": 4}


async def test_the_next_moment_is_told_beyond_what_is_due_already(runtime):
    await runtime.ledger.commit(Batch(outbox=[replace(request(f"inv_{due}"), due=START + due) for due in (1, 5, 9)]))
    moments = [await runtime.outbox.next_due(START + at) for at in (0, 1, 5, 9)]
    assert moments == [START + 1, START + 5, START + 9, None]


async def test_requests_that_are_over_are_listed_by_age_and_dropped_for_good(runtime, reopen):
    done = request("inv_1", due=START, state="done")
    requests: list[OutboxEntry | OutboxChange] = [
        done,
        request("inv_2", due=START + 5, state="done"),
        request("inv_3", due=START, state="cancelled"),
        request("inv_4", due=START, state="failed"),
        request("inv_5", due=START),
    ]
    await runtime.ledger.commit(Batch(outbox=requests))
    assert [each.invocation for each in await runtime.outbox.over(START + 5, None, 9)] == ["inv_1", "inv_3"]
    (first,) = await runtime.outbox.over(START + 1, None, 1)
    assert [each.invocation for each in await runtime.outbox.over(START + 9, first, 1)] == ["inv_2"]
    assert await runtime.outbox.over(START, None, 9) == []
    assert (first.part, first.action, first.at) == (done.part, done.action, START)
    assert await runtime.outbox.drop(["inv_1", "inv_4", "inv_5", "inv_9"]) == 1
    assert [each.invocation for each in await runtime.outbox.over(START + 9, first, 9)] == ["inv_2", "inv_3"]
    again = await reopen()
    assert await again.outbox.get("inv_1") is None
    assert await again.outbox.counts() == {"done": 1, "cancelled": 1, "failed": 1, "pending": 1}


async def test_what_is_not_over_is_counted_by_connection_and_state(runtime, reopen):
    requests: list[OutboxEntry | OutboxChange] = [
        replace(request("inv_1"), created=START + 5),
        replace(request("inv_2"), created=START + 3),
        request("inv_3", state="failed"),
        request("inv_4", connection="sms", state="uncertain"),
        request("inv_5", connection="sms", state="done"),
        request("inv_6", connection="push", state="cancelled"),
    ]
    await runtime.ledger.commit(Batch(outbox=requests))
    name = request("inv_1").connection
    expected = [
        Load("sms", "uncertain", 1, request("inv_4").created),
        Load(name, "failed", 1, request("inv_3").created),
        Load(name, "pending", 2, START + 3),
    ]
    for _ in range(2):
        assert sorted(await runtime.outbox.loads(), key=repr) == sorted(expected, key=repr)
        runtime = await reopen()
