"""Tasks: begun by messages, seen by those they belong to, and there again after a kill."""

import pytest
from a2a.types import CancelTaskRequest, GetTaskRequest, ListTasksRequest, Part, SubscribeToTaskRequest
from a2a.utils.errors import (
    ContentTypeNotSupportedError,
    InvalidParamsError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
)

from tests.faces.a2a.desk import S, about, data, output, serving, wish


async def test_a_text_is_answered_with_what_is_granted(desk, binding):
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(Part(text="please do something nice"))
    assert task.status.state == S.TASK_STATE_INPUT_REQUIRED
    named = [each["action"] for each in about(task)["granted"]]
    assert "issue_credit" in named
    assert "close_account" not in named
    assert "issue_credit" in task.status.message.parts[0].text


async def test_a_wish_is_put_together_over_several_messages(desk, binding):
    await desk.signal("seen", "email:bits@harbour.test")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(Part(text="a credit, please"))
        second = await agent.ask(data(action="issue_credit"), task=task.id)
        assert about(second)["code"] == "arguments-unfit"
        third = await agent.ask(data(arguments={"cents": 700}), task=task.id)
        assert about(third)["code"] == "customer-missing"
        unknown = await agent.ask(Part(text="her"), task=task.id, customer="email:nobody@harbour.test")
        assert about(unknown)["code"] == "customer-unknown"
        done = await agent.ask(Part(text="them"), task=task.id, customer="email:bits@harbour.test")
    assert {each.id for each in (task, second, third, unknown, done)} == {task.id}
    assert output(done) == {"cents": 700}


async def test_metadata_names_the_action_and_the_customer_as_data_does(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(
            Part(text="see the metadata"),
            action="issue_credit",
            arguments={"cents": 5},
            customer="email:anna@harbour.test",
        )
    assert output(task) == {"cents": 5}


async def test_headers_name_the_customer_before_the_data_does(desk, binding):
    await desk.signal("seen", "email:header@harbour.test")
    async with desk.agent(binding=binding) as agent:
        agent.http.headers["xop-customer"] = "email:header@harbour.test"
        task = await agent.ask(wish("read_bill", "email:nobody-at-all@harbour.test"))
    assert task.status.state == S.TASK_STATE_COMPLETED


async def test_a_message_sent_again_acts_once(desk, binding):
    await desk.signal("seen", "email:twice@harbour.test")
    part = wish("issue_credit", "email:twice@harbour.test", arguments={"cents": 42})
    async with desk.agent(binding=binding) as agent:
        first = await agent.ask(part, name=f"twice-{binding}")
        again = await agent.ask(part, name=f"twice-{binding}")
    assert (first.id, about(first)["decision"]) == (again.id, about(again)["decision"])
    assert about(first)["invocation"] == about(again)["invocation"]


async def test_a_message_id_used_for_something_else_is_refused(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        await agent.ask(wish("issue_credit", arguments={"cents": 43}), name=f"same-{binding}")
        with pytest.raises(InvalidParamsError, match="used before"):
            await agent.ask(wish("issue_credit", arguments={"cents": 44}), name=f"same-{binding}")


async def test_the_same_message_id_of_two_principals_is_two_tasks(desk, binding):
    await desk.signal("seen")
    part = wish("issue_credit", arguments={"cents": 45})
    async with desk.agent(binding=binding) as clerk, desk.agent("shy", binding) as shy:
        mine = await clerk.ask(part, name=f"both-{binding}")
        theirs = await shy.ask(part, name=f"both-{binding}")
    assert mine.id != theirs.id
    assert (mine.status.state, theirs.status.state) == (S.TASK_STATE_COMPLETED, S.TASK_STATE_AUTH_REQUIRED)


async def test_nobody_sees_or_touches_the_tasks_of_another(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as clerk, desk.agent("shy", binding) as shy:
        held = await clerk.ask(wish("issue_credit", arguments={"cents": 9_004}))
        draft = await clerk.ask(Part(text="hm"))
        for task in (held, draft):
            with pytest.raises(TaskNotFoundError):
                await shy.client.get_task(GetTaskRequest(id=task.id))
            with pytest.raises(TaskNotFoundError):
                await shy.client.cancel_task(CancelTaskRequest(id=task.id))
            with pytest.raises(TaskNotFoundError):
                await shy.ask(Part(text="mine now"), task=task.id)
            with pytest.raises(TaskNotFoundError):
                await anext(shy.client.subscribe(SubscribeToTaskRequest(id=task.id)))
        listed = await shy.client.list_tasks(ListTasksRequest(page_size=100))
        mine = await clerk.client.list_tasks(ListTasksRequest(page_size=100))
    assert not {held.id, draft.id} & {each.id for each in listed.tasks}
    assert {held.id, draft.id} <= {each.id for each in mine.tasks}


@pytest.mark.parametrize("more", [{}, {"arguments": {"guess": 1}}, {"purpose": "guess"}])
async def test_what_is_not_granted_is_answered_like_what_does_not_exist(desk, binding, more):
    await desk.signal("seen")
    answers = []
    async with desk.agent("shy", binding) as shy:
        for action in ("close_account", "close_accoumt"):
            for customer in ("email:anna@harbour.test", "email:nobody@harbour.test", None):
                task = await shy.ask(wish(action, customer, **more))
                said = task.status.message.parts[0].text.replace(action, "it")
                answers.append((task.status.state, about(task), said))
    assert answers[0][1]["code"] == "action-unknown"
    assert all(answer == answers[0] for answer in answers)


async def test_of_wishes_that_lack_something_the_newest_hundred_are_kept(desk, binding):
    async with desk.agent(binding=binding) as agent:
        asked = [(await agent.ask(wish("issue_credit", None))).id for _ in range(101)]
        with pytest.raises(TaskNotFoundError):
            await agent.client.get_task(GetTaskRequest(id=asked[0]))
        kept = [(await agent.client.get_task(GetTaskRequest(id=name))).id for name in asked[1:]]
        listed = await agent.client.list_tasks(ListTasksRequest(page_size=100, status=S.TASK_STATE_INPUT_REQUIRED))
    assert kept == asked[1:]
    assert {each.id for each in listed.tasks} >= set(kept)


async def test_a_task_that_is_over_takes_no_more_messages(desk, binding):
    await desk.signal("seen")
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("read_bill"))
        with pytest.raises(UnsupportedOperationError):
            await agent.ask(Part(text="and another thing"), task=task.id)
        with pytest.raises(TaskNotCancelableError):
            await agent.client.cancel_task(CancelTaskRequest(id=task.id))
        with pytest.raises(UnsupportedOperationError):
            await anext(agent.client.subscribe(SubscribeToTaskRequest(id=task.id)))


async def test_a_wish_that_lacks_something_can_be_cancelled_for_good(desk, binding):
    async with desk.agent(binding=binding) as agent:
        task = await agent.ask(wish("issue_credit", None))
        cancelled = await agent.client.cancel_task(CancelTaskRequest(id=task.id))
        assert cancelled.status.state == S.TASK_STATE_CANCELED
        with pytest.raises(UnsupportedOperationError):
            await agent.ask(data(customer="email:anna@harbour.test", arguments={"cents": 5}), task=task.id)


async def test_tasks_are_listed_in_pages_by_context_and_by_state(desk, binding):
    await desk.signal("seen")
    context = f"trip-{binding}"
    async with desk.agent(binding=binding) as agent:
        made = [
            await agent.ask(wish("issue_credit", arguments={"cents": cents}), context=context)
            for cents in (61, 62, 9_063)
        ]
        assert {task.context_id for task in made} == {context}
        page = await agent.client.list_tasks(ListTasksRequest(context_id=context, page_size=2, include_artifacts=True))
        more = ListTasksRequest(context_id=context, page_size=2, page_token=page.next_page_token)
        rest = await agent.client.list_tasks(more)
        held = await agent.client.list_tasks(ListTasksRequest(context_id=context, status=S.TASK_STATE_AUTH_REQUIRED))
    assert [task.id for task in (*page.tasks, *rest.tasks)] == [task.id for task in reversed(made)]
    assert output(page.tasks[1]) == {"cents": 62}
    assert not rest.tasks[0].artifacts
    assert [task.id for task in held.tasks] == [made[2].id]


async def test_a_number_too_large_to_be_exact_is_refused(desk, binding):
    async with desk.agent(binding=binding) as agent:
        with pytest.raises(InvalidParamsError, match="write it as text"):
            await agent.ask(wish("issue_credit", arguments={"cents": 2**53 + 2}))


async def test_files_are_not_taken(desk, binding):
    async with desk.agent(binding=binding) as agent:
        with pytest.raises(ContentTypeNotSupportedError):
            await agent.ask(Part(raw=b"%PDF", media_type="application/pdf"))


async def test_tasks_are_there_again_after_the_server_was_killed(tmp_path, binding):
    with serving(tmp_path) as desk:
        await desk.signal("seen")
        async with desk.agent(binding=binding) as agent:
            done = await agent.ask(
                wish("issue_credit", arguments={"cents": 71}), name="done", context="before the kill"
            )
            held = await agent.ask(wish("issue_credit", arguments={"cents": 9_071}), name="held")
            draft = await agent.ask(wish("issue_credit", None, arguments={"cents": 72}))
        desk.kill()
    with serving(tmp_path) as desk:
        async with desk.agent(binding=binding) as agent:
            again = await agent.client.get_task(GetTaskRequest(id=done.id))
            assert (again.context_id, output(again)) == ("before the kill", {"cents": 71})
            resent = await agent.ask(wish("issue_credit", arguments={"cents": 9_071}), name="held")
            assert (resent.id, about(resent)["invocation"]) == (held.id, about(held)["invocation"])
            await desk.approve(about(held)["invocation"])
            finished = await agent.ask(data(customer="email:anna@harbour.test"), task=draft.id)
    assert output(finished) == {"cents": 72}


async def test_a_message_must_have_a_name_that_can_be_kept(desk, binding):
    async with desk.agent(binding=binding) as agent:
        with pytest.raises(InvalidParamsError):
            await agent.ask(Part(text="hello"), name="x" * 500)
        with pytest.raises(InvalidParamsError):
            await agent.ask(Part(text="hello"), context="x" * 500)


async def test_the_first_message_sent_again_does_not_undo_what_later_ones_said(desk, binding):
    await desk.signal("seen", "email:later@harbour.test")
    unknown = f"email:{binding[:4].lower()}.not.yet@harbour.test"
    first = wish("issue_credit", unknown, arguments={"cents": 91})
    async with desk.agent(binding=binding) as agent:
        draft = await agent.ask(first, name=f"first-{binding}")
        assert about(draft)["code"] == "customer-unknown"
        done = await agent.ask(data(customer="email:later@harbour.test"), task=draft.id)
        await desk.signal("seen", unknown)
        again = await agent.ask(first, name=f"first-{binding}")
    assert (again.id, again.status.state) == (done.id, S.TASK_STATE_COMPLETED)
    assert about(again)["invocation"] == about(done)["invocation"]


async def test_a_made_up_task_is_not_found_whatever_it_is_called(desk, binding):
    async with desk.agent(binding=binding) as agent:
        for name in ("task_" + "0" * 24, "task_" + "0" * 24 + ".!!", "x", "task_" + "0" * 24 + ".A"):
            with pytest.raises(TaskNotFoundError):
                await agent.ask(Part(text="hello"), task=name, context="some")
