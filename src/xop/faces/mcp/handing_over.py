"""Handing over: the tool by which an agent passes its conversation to people."""

from typing import Any

import msgspec
from msgspec.structs import replace

from xop.engine import desk
from xop.faces.http.reach import CAUSE, REMEDY, is_hidden
from xop.faces.mcp import verdicts
from xop.faces.mcp.call import Call
from xop.faces.mcp.handover_form import Arguments
from xop.faces.mcp.proposing import named_key, require_same
from xop.faces.mcp.subject import Subject, subject
from xop.faces.mcp.wire import RpcError
from xop.kernel.base.times import iso
from xop.kernel.base.values import Refusal
from xop.kernel.commands import Command, HandOver
from xop.kernel.conversations.model import Tried
from xop.kernel.handovers.model import Suggestion, TranscriptReference
from xop.kernel.handovers.queue import PARTS
from xop.kernel.handovers.sufficiency import remedy_of
from xop.kernel.steps.restraint import OBSERVED


async def hand_over(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    """Answer a call of the tool: hand the conversation over, or say what people would miss."""
    try:
        about = subject(call, arguments, {})
        given = msgspec.convert(arguments, Arguments)
    except RpcError as error:
        return verdicts.error(error.message)
    except msgspec.ValidationError as error:
        return verdicts.error(f"The arguments do not fit: {error}")
    if about.conversation is None:
        return verdicts.error(
            "No conversation is named: send the argument `conversation`, or the header Xop-Conversation."
        )
    command = _command(call, about, given)
    opened = await desk.hand_over(call.desk.engine, command, about.target)
    if opened.answer.duplicate:
        await require_same(call, _timeless(command), opened.answer, about.target, _timeless)
    if opened.answer.refusal is not None and await is_hidden(
        call.desk.engine, call.caller.principal, about.target, about.conversation
    ):
        return verdicts.error(f"{CAUSE[:1].upper()}{CAUSE[1:]}: {REMEDY}.")
    if opened.answer.refusal is not None:
        return _refused(opened.answer.refusal)
    return _told(opened)


def _command(call: Call, about: Subject, given: Arguments) -> HandOver:
    actor, now = call.actor, call.desk.now
    return HandOver(
        id=f"handover:{actor.kind}:{actor.id}:{named_key(call) or call.desk.fresh('call')}",
        actor=actor,
        conversation=about.conversation or "",
        queue=given.queue,
        intent=given.intent,
        summary=given.summary,
        transcript=tuple(TranscriptReference(each.uri, each.title) for each in given.transcript),
        tried=tuple(Tried(each.what, each.outcome, now, each.detail) for each in given.tried),
        suggested=tuple(Suggestion(each.title, each.action, each.arguments, each.reason) for each in given.suggested),
        skills=given.skills,
        language=given.language,
        urgent=given.urgent,
    )


def _timeless(command: Command) -> Command:
    """Return a command as it would be at any time: said again, it differs in when its tries are told alone."""
    if not isinstance(command, HandOver):
        return command
    return replace(command, tried=tuple(replace(each, at=0) for each in command.tried))


def _refused(refusal: Refusal) -> dict[str, Any]:
    if refusal.code == OBSERVED.code:
        text = "Nothing was handed over: you are only observed. Whoever talks to the customer must do it."
        return verdicts.error(text, "", verdicts.authorization("xop.shadow", ""))
    missing = [f"{each}: {remedy_of(each)}" for each in PARTS if each in refusal.missing]
    text = f"Not handed over: {refusal.cause}. {'; '.join(missing) or refusal.remedy}."
    answer = verdicts.error(verdicts.sanitized(text))
    return answer | {"structuredContent": {"code": refusal.code, "missing": list(refusal.missing)}}


def _told(opened: desk.Opened) -> dict[str, Any]:
    handover = opened.handover
    if handover is None:
        return verdicts.error("The conversation was handed over, but is not at hand any more.")
    told = {
        "handover": handover.id,
        "queue": handover.queue,
        "status": handover.status,
        "outcome": handover.outcome,
        "due": iso(handover.due) if handover.due else None,
    }
    text = (
        f"Handed over: it waits in {handover.queue}. Say so to the customer, and do nothing more in this conversation. "
        f"Call get_request_status with request {handover.id} to learn what became of it."
    )
    if handover.status != "waiting":
        text = f"Nobody takes it now ({handover.outcome or handover.status}): tell the customer what was promised, or go on."
    return {"content": [{"type": "text", "text": text}], "structuredContent": told}
