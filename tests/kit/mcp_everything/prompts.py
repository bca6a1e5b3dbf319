"""Prompts: words, words with arguments, with a resource, with a picture, and one that asks first."""

from collections.abc import Callable, Mapping

import mcp_types as types
from mcp.shared.exceptions import MCPError

from tests.kit.mcp_everything.contents import embedded, image, text
from tests.kit.mcp_everything.inquiries import asked, filled, form

Given = types.GetPromptResult | types.InputRequiredResult
Params = types.GetPromptRequestParams


def _user(*content: types.ContentBlock) -> types.GetPromptResult:
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=each) for each in content])


def _simple(_: Params) -> Given:
    return _user(text("This is a simple prompt for testing."))


def _arguments(params: Params) -> Given:
    given = params.arguments or {}
    words = f"Prompt with arguments: arg1='{given.get('arg1', '')}', arg2='{given.get('arg2', '')}'"
    return _user(text(words))


def _embedded(params: Params) -> Given:
    uri = (params.arguments or {}).get("resourceUri", "test://example-resource")
    resource = embedded(uri, "Embedded resource content for testing.")
    return _user(resource, text("Please process the embedded resource above."))


def _image(_: Params) -> Given:
    return _user(image(), text("Please analyze the image above."))


def _asking(params: Params) -> Given:
    context = filled(params.input_responses, "user_context", "context")
    if context:
        return _user(text(f"Mind this: {context}"))
    return asked({"user_context": form("What should the prompt mind?", "context")})


PROMPTS: Mapping[str, Callable[[Params], Given]] = {
    "test_simple_prompt": _simple,
    "test_prompt_with_arguments": _arguments,
    "test_prompt_with_embedded_resource": _embedded,
    "test_prompt_with_image": _image,
    "test_input_required_result_prompt": _asking,
}
"""Every prompt, by name."""

_ARGUMENTS = {"test_prompt_with_arguments": ("arg1", "arg2"), "test_prompt_with_embedded_resource": ("resourceUri",)}

PROMPT_LIST = tuple(
    types.Prompt(
        name=name,
        description=f"Fixture: {name.removeprefix('test_').replace('_', ' ')}.",
        arguments=[types.PromptArgument(name=each, required=True) for each in _ARGUMENTS.get(name, ())],
    )
    for name in sorted(PROMPTS)
)
"""Every prompt's definition."""


def get(params: Params) -> Given:
    """Return a prompt; raises the protocol's error for one that does not exist."""
    prompt = PROMPTS.get(params.name)
    if prompt is None:
        raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {params.name}")
    return prompt(params)
