"""Functions of a Python module as bindings."""

import pytest

from tests.adapters import python_actions
from tests.adapters.requests import send
from xop.adapters.python import PythonAdapter, PythonKind
from xop.kernel.actions.model import Connection

MODULE = "tests.adapters.python_actions"

pytestmark = pytest.mark.anyio


@pytest.fixture
async def adapter(anyio_backend):
    python_actions.reset()
    opened = PythonKind().open(Connection("mine", "python", {"module": MODULE, "threads": 1}), lambda _name: None)
    yield opened
    python_actions.reset()
    await opened.close()


async def call(adapter: PythonAdapter, name: str, seconds: float = 5, **arguments: str):
    return await send(adapter, {"call": name, "arguments": arguments}, seconds=seconds)


async def test_what_a_function_returns_is_the_output(adapter):
    sent = await call(adapter, "note", text="hello")
    assert (sent.result, sent.output) == ("done", {"noted": "hello"})


async def test_an_async_function_is_awaited(adapter):
    sent = await call(adapter, "note_later", text="hello")
    assert (sent.result, sent.output) == ("done", {"noted": "hello"})


async def test_a_function_that_says_failed_is_not_tried_again(adapter):
    sent = await call(adapter, "refuse", text="closed\non Sundays")
    assert (sent.result, sent.detail, sent.unhealthy) == ("failed", "no: closed on Sundays", False)


async def test_a_function_that_asks_for_another_attempt_says_when(adapter):
    sent = await call(adapter, "ask_again")
    assert (sent.result, sent.detail, sent.retry_after) == ("retry", "busy", 2500)


async def test_any_other_exception_is_uncertain_and_its_text_is_kept_out(adapter):
    sent = await call(adapter, "break_down")
    assert (sent.result, sent.detail) == ("uncertain", "the function raised LookupError")


async def test_a_function_that_would_end_the_process_does_not(adapter):
    assert (await call(adapter, "quit_now")).result == "uncertain"


async def test_an_async_function_without_an_answer_in_time_is_uncertain(adapter):
    assert (await call(adapter, "never", seconds=0.05)).result == "uncertain"


async def test_a_call_for_which_no_thread_is_free_was_certainly_not_carried_out(adapter):
    python_actions.silence()
    assert (await call(adapter, "note", seconds=0.1, text="first")).result == "uncertain"
    assert (await call(adapter, "note", seconds=0.1, text="second")).result == "retry"
    python_actions.reset()
    assert (await call(adapter, "note", text="third")).result == "done"
    assert [note.partition(" ")[2] for note in python_actions.arrived()] == ["third"]


@pytest.mark.parametrize("name", ["getpid", "_hidden", "MODULE", "missing", "ActionFailed"])
async def test_only_functions_that_the_module_offers_are_called(adapter, name):
    assert (await call(adapter, name)).result == "failed"
    assert python_actions.arrived() == []


async def test_arguments_that_do_not_fit_the_function_are_no_call(adapter):
    sent = await call(adapter, "note", words="hello")
    assert sent.result == "failed"
    assert "cannot be called so" in sent.detail


async def test_an_output_that_is_no_json_is_dropped(adapter):
    sent = await call(adapter, "odd")
    assert (sent.result, sent.output) == ("done", None)
    assert "no JSON" in sent.detail


def test_what_is_called_is_never_taken_from_data():
    refusals = PythonKind().check_request({"call": "{{customer.text}}"})
    assert [refusal.code for refusal in refusals] == ["request"]


def test_the_identity_of_an_invocation_is_not_an_argument():
    refusals = PythonKind().check_request({"call": "note", "arguments": {"invocation": "inv_1"}})
    assert "given by the platform" in refusals[0].cause
