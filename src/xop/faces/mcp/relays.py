"""Relays: resources, prompts and completions of an upstream; each reading is a proposal like any other."""

from typing import Any

from mcp_types.jsonrpc import INTERNAL_ERROR, INVALID_PARAMS
from msgspec.structs import replace

from xop.engine.engine import Performed
from xop.faces.http.reach import CAUSE
from xop.faces.mcp import verdicts
from xop.faces.mcp.call import Call
from xop.faces.mcp.context import CUSTOMER_RESOURCE, SCHEME, read_customer
from xop.faces.mcp.exposures import Exposure, exposures, variables
from xop.faces.mcp.holds import opened
from xop.faces.mcp.proposing import Asked, named_key, named_purpose, out_of_reach, perform
from xop.faces.mcp.subject import subject
from xop.faces.mcp.upstream import asks, error_of, relay_question
from xop.faces.mcp.wire import REFUSED, RpcError, object_of, text_of
from xop.kernel.facts import InvocationDone

_FRESH = 30_000
_PRIVATE: dict[str, Any] = {"ttlMs": _FRESH, "cacheScope": "private"}


async def list_resources(call: Call) -> dict[str, Any]:
    """Answer `resources/list`."""
    return {"resources": [CUSTOMER_RESOURCE, *_listed(call, "resource")], **_PRIVATE}


async def list_templates(call: Call) -> dict[str, Any]:
    """Answer `resources/templates/list`."""
    return {"resourceTemplates": _listed(call, "template"), **_PRIVATE}


async def list_prompts(call: Call) -> dict[str, Any]:
    """Answer `prompts/list`."""
    return {"prompts": _listed(call, "prompt"), **_PRIVATE}


async def read_resource(call: Call) -> dict[str, Any]:
    """Answer `resources/read`."""
    uri = text_of(call.params, "uri")
    if uri.startswith(SCHEME):
        return {**await read_customer(call, uri), "ttlMs": 0, "cacheScope": "private"}
    for exposure in exposures(call.release, call.caller.principal):
        arguments = _fitting(exposure, uri)
        if arguments is not None:
            result = await _relayed(call, exposure, arguments)
            return {"ttlMs": 0, **result, "cacheScope": "private"}
    raise RpcError(INVALID_PARAMS, "Resource not found", {"uri": uri})


async def get_prompt(call: Call) -> dict[str, Any]:
    """Answer `prompts/get`."""
    name, arguments = text_of(call.params, "name"), object_of(call.params, "arguments")
    for exposure in exposures(call.release, call.caller.principal):
        if exposure.kind == "prompt" and exposure.name == name:
            return await _relayed(call, exposure, arguments)
    raise RpcError(INVALID_PARAMS, f"Unknown prompt: {verdicts.sanitized(name)[:100]}")


async def complete(call: Call) -> dict[str, Any]:
    """Answer `completion/complete`; where nothing completes, there is nothing to suggest."""
    ref = object_of(call.params, "ref")
    named = ref.get("name") or ref.get("uri")
    for exposure in exposures(call.release, call.caller.principal):
        if exposure.kind == "completion" and exposure.name in {"*", named}:
            properties = exposure.compiled.action.input.get("properties", {})
            told = {name: object_of(call.params, name) for name in ("ref", "argument", "context")}
            result = await _relayed(call, exposure, {name: told[name] for name in told if name in properties})
            return result if "completion" in result else {"completion": {"values": []}}
    return {"completion": {"values": []}}


def _listed(call: Call, kind: str) -> list[dict[str, Any]]:
    return [each.listed() for each in exposures(call.release, call.caller.principal) if each.kind == kind]


def _fitting(exposure: Exposure, uri: str) -> dict[str, str] | None:
    if exposure.kind == "resource":
        return {} if exposure.name == uri else None
    return variables(exposure.name, uri) if exposure.kind == "template" else None


async def _relayed(call: Call, exposure: Exposure, arguments: dict[str, Any]) -> dict[str, Any]:
    """Propose the action behind an exposure and return the other side's answer; raises RpcError for any other end."""
    misfit = exposure.compiled.misfit(arguments)
    if misfit is not None:
        raise RpcError(INVALID_PARAMS, f"the arguments do not fit: {misfit}")
    about = subject(call, {}, {})
    asked = Asked(exposure.compiled, arguments, about, named_purpose(call), named_key(call))
    state = opened(call, asked)
    if state is not None and state.kind == "upstream":
        asked = replace(asked, key=state.nonce, answers=True)
        call.line.along["requestState"] = state.content.get("state")
    responses = call.params.get("inputResponses")
    if responses is not None:
        call.line.along["inputResponses"] = responses
    performed = await perform(call, asked)
    if await out_of_reach(call, asked, performed):
        raise RpcError(REFUSED, f"{CAUSE[:1].upper()}{CAUSE[1:]}.")
    return _answer(call, asked, performed)


def _answer(call: Call, asked: Asked, performed: Performed) -> dict[str, Any]:
    answer = performed.answer
    if answer.refusal is not None:
        raise RpcError(INVALID_PARAMS, verdicts.sanitized(f"{answer.refusal.cause}. {answer.refusal.remedy}"))
    decision = answer.decision
    if decision is None:
        raise RpcError(INTERNAL_ERROR, "the request was taken without a verdict")
    if decision.shadow or decision.verdict != "permit":
        refused = decision.shadow or decision.verdict == "deny"
        told = verdicts.denied(decision) if refused else verdicts.held(decision)
        raise RpcError(REFUSED, told["content"][0]["text"], told["_meta"])
    given = call.line.given
    if given is not None and asks(call, given):
        return relay_question(call, asked, given, decision.id)
    error = error_of(given, whole=True)
    if error is not None:
        raise error
    if not isinstance(performed.ending, InvocationDone):
        failed = verdicts.ended(performed.ending, decision.id, whole=False) if performed.ending is not None else None
        text = failed["content"][0]["text"] if failed is not None else "It has not ended yet."
        raise RpcError(INTERNAL_ERROR, text, verdicts.marked({}, decision.id)["_meta"])
    output = given if given is not None else performed.ending.output
    if not isinstance(output, dict):
        raise RpcError(
            INTERNAL_ERROR, "The other side's answer was not kept.", verdicts.marked({}, decision.id)["_meta"]
        )
    return verdicts.marked(output, decision.id)
