"""A probe: an action's contract held against its live binding, without doing more than reading."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from xop.assembly import KINDS, environment
from xop.engine.connections import request_data
from xop.faces.cli.commands.operations import look
from xop.faces.cli.failure import CommandFailed
from xop.faces.http.targets import identifier
from xop.kernel.actions.invocation import Invocation
from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.spans import milliseconds
from xop.kernel.base.values import Refusal
from xop.kernel.context.customer import Customer, new_customer
from xop.kernel.fold import fold_part
from xop.kernel.identity.facts import IdentifierLinked
from xop.kernel.release import CompiledAction, Release
from xop.ports.adapter import Adapter, Rehearsing, Sending
from xop.runtimes.system import SystemClock
from xop.workspace.jsonschemas import compile_schema
from xop.workspace.problem import Document, Place

_NOBODY = "cus_probe"


class Probe(Struct, frozen=True, omit_defaults=True):
    """What a probe found."""

    action: str
    problems: tuple[str, ...] = ()
    """What does not fit."""
    request: Any = None
    """The request as it was rendered."""
    result: str = ""
    """What came of sending it; empty when it was only rendered."""
    output: Any = None


def probe(
    release: Release, compiled: CompiledAction, arguments: dict[str, Any], identifiers: tuple[str, ...], folder: Path
) -> Probe:
    """Return what does not fit between a contract and what carries it out."""
    name = compiled.action.name
    misfit = compiled.misfit(arguments)
    if misfit is not None:
        return Probe(name, (f"the arguments do not fit the contract: {misfit}",))
    return asyncio.run(_probe(release, compiled, (arguments, identifiers), folder))


async def _probe(
    release: Release, compiled: CompiledAction, given: tuple[dict[str, Any], tuple[str, ...]], folder: Path
) -> Probe:
    action = compiled.action
    connection = release.connections[action.binding.connection]
    at = SystemClock().now()
    customer = _customer(release, given[1], at)
    invocation = _invocation(compiled, given, at)
    adapter = KINDS[connection.adapter].open(connection, environment)
    try:
        data = request_data(release, customer, _NOBODY, compiled, invocation, at)
        request = adapter.render(compiled.request, data)
        if isinstance(request, Refusal):
            return Probe(action.name, (f"the request cannot be rendered: {request.cause}; {request.remedy}",))
        shown = _shown(request)
        if action.kind == "read":
            return await _read(compiled, adapter, request, at)
        problems = [*await _rehearsed(adapter, request)]
        if connection.adapter == "mcp":
            problems += await asyncio.to_thread(lambda: list(_operation_problems(compiled, shown, folder)))
        return Probe(action.name, tuple(problems), shown)
    finally:
        await adapter.close()


async def _read(compiled: CompiledAction, adapter: Adapter, request: bytes, at: int) -> Probe:
    """Make a read, and hold its answer against the contract."""
    action = compiled.action
    timeout = milliseconds(action.attempts.timeout) / 1000
    sent = await adapter.send(Sending("", 1, request, timeout, at))
    problems: list[str] = []
    if sent.result != "done":
        problems.append(f"the read was not answered: {sent.result}, {sent.detail}")
    elif compiled.output_misfit is not None and (misfit := compiled.output_misfit(sent.output)) is not None:
        problems.append(f"the output does not fit the contract: {misfit}")
    return Probe(action.name, tuple(problems), _shown(request), sent.result, sent.output)


async def _rehearsed(adapter: Adapter, request: bytes) -> list[str]:
    if not isinstance(adapter, Rehearsing):
        return []
    cause = await adapter.rehearse(request)
    return [f"the other side would not take the request: {cause}"] if cause else []


def _operation_problems(compiled: CompiledAction, request: Any, folder: Path) -> Iterator[str]:
    """Yield what speaks against an MCP tool: it differs from what was accepted, or does not take such arguments."""
    connection = compiled.action.binding.connection
    if not isinstance(request, dict) or request.get("method") != "tools/call":
        return
    tool, arguments = request["params"]["name"], request["params"]["arguments"]
    found = look(folder, connection)
    for each in found.differences:
        if each.name == tool:
            yield f"the tool {tool!r} is {each.change}: see `xop operations diff {connection}`"
    operation = found.accepted.tools.get(tool) if found.accepted is not None else None
    schema = operation.definition.get("inputSchema") if operation is not None else None
    if isinstance(schema, dict):
        plain = {name: value for name, value in schema.items() if name != "$schema"}
        misfits = compile_schema(plain, Place(Document("", {}, {})), [])
        misfit = misfits(arguments) if misfits is not None else None
        if misfit is not None:
            yield f"the tool {tool!r} does not take such arguments: {misfit}"


def _customer(release: Release, identifiers: tuple[str, ...], at: int) -> Customer:
    """Return a customer who is nobody, with the identifiers given."""
    customer = new_customer(_NOBODY)
    part = customer.part(_NOBODY)
    for text in identifiers:
        found = identifier(release, text)
        if isinstance(found, Refusal):
            raise CommandFailed(found.cause, found.remedy)
        part = fold_part(part, IdentifierLinked(found, "probe"), at)
    return customer.with_part(part)


def _invocation(compiled: CompiledAction, given: tuple[dict[str, Any], tuple[str, ...]], at: int) -> Invocation:
    action = compiled.action
    arguments, identifiers = given
    return Invocation(
        id="inv_probe",
        action=action.name,
        actor=SYSTEM,
        status="started",
        at=at,
        purpose=action.purpose,
        channel=action.channel,
        address=identifiers[0] if identifiers and action.kind == "contact" else None,
        arguments=arguments,
    )


def _shown(request: bytes) -> Any:
    try:
        return msgspec.json.decode(request)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return request.decode(errors="replace")
