"""Tools that ask for input before they go on, by results that the client answers in its next call."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from tests.kit.mcp_everything.contents import said, text

Answer = types.CallToolResult | types.InputRequiredResult
Inquiry = Callable[[ServerRequestContext[Any, Any], types.CallToolRequestParams], Awaitable[Answer]]


def form(message: str, name: str, kind: str = "string") -> types.ElicitRequest:
    """Return a question with one field."""
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def sampling(words: str, most: int) -> types.CreateMessageRequest:
    """Return a request for a model's words."""
    message = types.SamplingMessage(role="user", content=text(words))
    return types.CreateMessageRequest(params=types.CreateMessageRequestParams(messages=[message], max_tokens=most))


def filled(responses: Mapping[str, Any] | None, key: str, name: str) -> Any:
    """Return a field of an accepted form, or None."""
    answer = (responses or {}).get(key)
    if isinstance(answer, types.ElicitResult) and answer.action == "accept" and answer.content:
        return answer.content.get(name)
    return None


def asked(requests: dict[str, types.InputRequest], state: str | None = None) -> types.InputRequiredResult:
    """Return the result that asks."""
    return types.InputRequiredResult(input_requests=requests, request_state=state)


async def _elicitation(_: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> Answer:
    name = filled(params.input_responses, "user_name", "name")
    return said(text(f"Hello, {name}!")) if name else asked({"user_name": form("What is your name?", "name")})


async def _sampling(_: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> Answer:
    answer = (params.input_responses or {}).get("capital_question")
    if isinstance(answer, types.CreateMessageResult | types.CreateMessageResultWithTools):
        return said(text(f"The model said: {answer.content}"))
    return asked({"capital_question": sampling("What is the capital of France?", 100)})


async def _roots(_: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> Answer:
    answer = (params.input_responses or {}).get("client_roots")
    if isinstance(answer, types.ListRootsResult):
        return said(text("Roots: " + ", ".join(str(root.uri) for root in answer.roots)))
    return asked({"client_roots": types.ListRootsRequest()})


async def _state(_: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> Answer:
    if params.input_responses and params.request_state == "begun":
        return said(text("state-ok"))
    return asked({"confirm": form("Please confirm", "ok", "boolean")}, "begun")


async def _several(_: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> Answer:
    wanted: dict[str, types.InputRequest] = {
        "user_name": form("What is your name?", "name"),
        "greeting": sampling("Generate a greeting", 50),
        "client_roots": types.ListRootsRequest(),
    }
    if params.request_state == "several" and wanted.keys() <= (params.input_responses or {}).keys():
        return said(text("All three answers have come."))
    return asked(wanted, "several")


async def _rounds(_: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> Answer:
    name = filled(params.input_responses, "step1", "name")
    if params.request_state == "first" and name:
        return asked({"step2": form("Step 2: What is your favorite color?", "color")}, f"second {name}")
    color = filled(params.input_responses, "step2", "color")
    if params.request_state and params.request_state.startswith("second ") and color:
        return said(text(f"{params.request_state.removeprefix('second ')} likes {color}."))
    return asked({"step1": form("Step 1: What is your name?", "name")}, "first")


async def _tampered(_: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> Answer:
    # Whatever was changed on its way never comes here: the seal is checked before any tool is called.
    if params.request_state == "sealed":
        return said(text("The state came back as it left."))
    return asked({"confirm": form("Please confirm", "ok", "boolean")}, "sealed")


async def _capabilities(context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> Answer:
    if params.input_responses:
        return said(text("Whatever could be asked was answered."))
    can = context.session.client_capabilities
    wanted: dict[str, types.InputRequest] = {}
    if can is not None and can.sampling is not None:
        wanted["greeting"] = sampling("Generate a greeting", 50)
    if can is not None and can.elicitation is not None:
        wanted["user_name"] = form("What is your name?", "name")
    return asked(wanted) if wanted else said(text("There is nobody to ask."))


async def _missing(context: ServerRequestContext[Any, Any], _: types.CallToolRequestParams) -> Answer:
    can = context.session.client_capabilities
    if can is None or can.sampling is None:
        data: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(types.MISSING_REQUIRED_CLIENT_CAPABILITY, "the tool needs the client's model", data)
    return said(text("The client has a model."))


INQUIRIES: Mapping[str, Inquiry] = {
    "test_input_required_result_elicitation": _elicitation,
    "test_input_required_result_sampling": _sampling,
    "test_input_required_result_list_roots": _roots,
    "test_input_required_result_request_state": _state,
    "test_input_required_result_multiple_inputs": _several,
    "test_input_required_result_multi_round": _rounds,
    "test_input_required_result_tampered_state": _tampered,
    "test_input_required_result_capabilities": _capabilities,
    "test_streaming_elicitation": _elicitation,
    "test_missing_capability": _missing,
}
"""Tools of the current era, by name."""
