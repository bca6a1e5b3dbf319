"""The server: everything put together on the SDK's low-level server, which serves both eras."""

import warnings
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, PromptsListChanged, ToolsListChanged
from mcp.shared.exceptions import MCPError

from tests.kit.mcp_everything import definitions, prompts, resources
from tests.kit.mcp_everything.contents import said, text
from tests.kit.mcp_everything.inquiries import Answer
from tests.kit.mcp_everything.tools import TOOLS

Context = ServerRequestContext[Any, Any]
Page = types.PaginatedRequestParams | None

FRESH = 60_000
"""Milliseconds for which a list may be kept."""


async def _tools(_: Context, page: Page) -> types.ListToolsResult:
    return types.ListToolsResult(tools=list(definitions.TOOL_LIST), ttl_ms=FRESH, cache_scope="public")


async def _resources(_: Context, page: Page) -> types.ListResourcesResult:
    return types.ListResourcesResult(resources=list(resources.RESOURCES), ttl_ms=FRESH, cache_scope="public")


async def _templates(_: Context, page: Page) -> types.ListResourceTemplatesResult:
    listed = list(resources.TEMPLATES)
    return types.ListResourceTemplatesResult(resource_templates=listed, ttl_ms=FRESH, cache_scope="public")


async def _read(_: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    contents = [resources.read(str(params.uri))]
    return types.ReadResourceResult(contents=contents, ttl_ms=FRESH, cache_scope="public")


async def _prompts(_: Context, page: Page) -> types.ListPromptsResult:
    return types.ListPromptsResult(prompts=list(prompts.PROMPT_LIST), ttl_ms=FRESH, cache_scope="public")


async def _prompt(_: Context, params: types.GetPromptRequestParams) -> prompts.Given:
    return prompts.get(params)


async def _complete(_: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
    known = ("paris", "park", "party", "test", "testValue1")
    values = [each for each in known if each.startswith(params.argument.value)]
    return types.CompleteResult(completion=types.Completion(values=values, total=len(values), has_more=False))


async def _accept(_: Context, params: Any) -> types.EmptyResult:
    return types.EmptyResult()


class Lists:
    """Calls tools, those among them that change a list."""

    def __init__(self, bus: InMemorySubscriptionBus) -> None:
        self._bus = bus

    async def call(self, context: Context, params: types.CallToolRequestParams) -> Answer:
        """Call a tool; raises the protocol's error for one that does not exist."""
        if params.name in definitions.CHANGES:
            changed = ToolsListChanged() if params.name == definitions.CHANGES[0] else PromptsListChanged()
            await self._bus.publish(changed)
            return said(text("The list has changed."))
        tool = TOOLS.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
        return await tool(context, params)


def everything() -> Server[Any]:
    """Return a new server of everything."""
    bus = InMemorySubscriptionBus()
    with warnings.catch_warnings():
        # Clients of the era before set the level of the log, so a fixture of both eras takes it.
        warnings.simplefilter("ignore")
        server = Server(
            "everything",
            version="1.0.0",
            get_tool_input_schema=definitions.INPUT_SCHEMAS.get,
            on_list_tools=_tools,
            on_call_tool=Lists(bus).call,
            on_list_resources=_resources,
            on_list_resource_templates=_templates,
            on_read_resource=_read,
            on_subscribe_resource=_accept,
            on_unsubscribe_resource=_accept,
            on_subscriptions_listen=ListenHandler(bus),
            on_list_prompts=_prompts,
            on_get_prompt=_prompt,
            on_completion=_complete,
            on_set_logging_level=_accept,
        )
    server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience="everything"))
    return server
