"""Tools that answer at once, that talk meanwhile, and that ask back as servers of the era before did."""

import asyncio
from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext

from tests.kit.mcp_everything.contents import audio, embedded, image, said, text
from tests.kit.mcp_everything.inquiries import INQUIRIES, Answer, Inquiry

Context = ServerRequestContext[Any, Any]
Params = types.CallToolRequestParams

PAUSE = 0.05
"""Seconds between two messages of a tool that talks."""


async def _simple(_: Context, params: Params) -> Answer:
    return said(text("This is a simple text response for testing."))


async def _image(_: Context, params: Params) -> Answer:
    return said(image())


async def _audio(_: Context, params: Params) -> Answer:
    return said(audio())


async def _embedded(_: Context, params: Params) -> Answer:
    return said(embedded("test://embedded-resource", "This is an embedded resource content."))


async def _several(_: Context, params: Params) -> Answer:
    mixed = embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json")
    return said(text("Multiple content types test:"), image(), mixed)


async def _error(_: Context, params: Params) -> Answer:
    words = text("This tool intentionally returns an error for testing")
    return types.CallToolResult(content=[words], is_error=True)


async def _logging(context: Context, params: Params) -> Answer:
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await context.session.send_log_message("info", words, related_request_id=context.request_id)
        await asyncio.sleep(PAUSE)
    return said(text("The tool has logged three messages."))


async def _progress(context: Context, params: Params) -> Answer:
    for done in (0, 50, 100):
        await context.session.report_progress(done, 100)
        await asyncio.sleep(PAUSE)
    return said(text("The tool has come to its end."))


async def _sampling(context: Context, params: Params) -> Answer:
    words = str((params.arguments or {}).get("prompt", ""))
    message = types.SamplingMessage(role="user", content=text(words))
    answer = await context.session.create_message([message], max_tokens=100, related_request_id=context.request_id)
    return said(text(f"LLM response: {answer.content}"))


async def _elicited(context: Context, message: str, properties: dict[str, Any], required: list[str]) -> str:
    schema = {"type": "object", "properties": properties, "required": required}
    answer = await context.session.elicit_form(message, schema, related_request_id=context.request_id)
    return f"action={answer.action}, content={answer.content}"


async def _elicitation(context: Context, params: Params) -> Answer:
    properties = {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    }
    message = str((params.arguments or {}).get("message", ""))
    return said(text("User response: " + await _elicited(context, message, properties, ["username", "email"])))


async def _defaults(context: Context, params: Params) -> Answer:
    properties = {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    }
    return said(text("Elicitation completed: " + await _elicited(context, "Please look these over", properties, [])))


async def _enums(context: Context, params: Params) -> Answer:
    options = ["option1", "option2", "option3"]
    titled = [{"const": f"value{n}", "title": f"{word} Option"} for n, word in ((1, "First"), (2, "Second"))]
    properties = {
        "untitledSingle": {"type": "string", "enum": options},
        "titledSingle": {"type": "string", "oneOf": titled},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": options}},
        "titledMulti": {"type": "array", "items": {"anyOf": titled}},
    }
    return said(text("Elicitation completed: " + await _elicited(context, "Please choose", properties, [])))


async def _reconnection(context: Context, params: Params) -> Answer:
    if context.close_sse_stream is not None:
        await context.close_sse_stream()
        await asyncio.sleep(PAUSE)
    return said(text("The stream was closed meanwhile; this came afterwards."))


async def _header(_: Context, params: Params) -> Answer:
    return said(text(f"region={(params.arguments or {}).get('region')}"))


async def _schema(_: Context, params: Params) -> Answer:
    return said(text("The arguments were taken in."))


TOOLS: Mapping[str, Inquiry] = {
    "test_simple_text": _simple,
    "test_image_content": _image,
    "test_audio_content": _audio,
    "test_embedded_resource": _embedded,
    "test_multiple_content_types": _several,
    "test_tool_with_logging": _logging,
    "test_logging_tool": _logging,
    "test_tool_with_progress": _progress,
    "test_error_handling": _error,
    "test_sampling": _sampling,
    "test_elicitation": _elicitation,
    "test_elicitation_sep1034_defaults": _defaults,
    "test_elicitation_sep1330_enums": _enums,
    "test_reconnection": _reconnection,
    "test_x_mcp_header": _header,
    "json_schema_2020_12_tool": _schema,
    **INQUIRIES,
}
"""Every tool but those that change the lists, by name."""
