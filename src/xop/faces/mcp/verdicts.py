"""Verdicts as results: what a model is told when something is done, refused, held or not finished."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from xop.faces.mcp.subject import DECISION
from xop.kernel.base.times import iso
from xop.kernel.base.values import Refusal
from xop.kernel.decisions.model import Decision
from xop.kernel.facts import Fact, InvocationCancelled, InvocationDone, InvocationFailed, InvocationUncertain

AUTHORIZATION = "io.modelcontextprotocol/authorization"

INSTEAD = "io.xop/instead"
"""Where a result's `_meta` holds the arguments that a person approved in place of those that were asked."""

HALTED, WITH_PEOPLE = "xop.halted", "xop.with_people"

_LONGEST = 600
_UNTIL = {
    "approval": "A person must approve it first.",
    "verification": "The customer's identity must be verified first.",
    "quiet_hours_end": "It waits until the customer's quiet hours are over.",
    "time": "It waits until its time comes.",
    "resume": "It waits until a person lets what was halted go on.",
}

Remediation = Literal["available", "unavailable", "undisclosed"]

_PASSING: dict[str, tuple[Remediation, str]] = {
    HALTED: ("available", ""),
    WITH_PEOPLE: ("undisclosed", "Try it again after it is handed back."),
}
"""Rules whose refusals pass: whether that can be helped, and what a model is told to do when the rule does not say it."""

_TOLD_FIRST = ("xop.ai_not_disclosed", "xop.ai_without_notice")
"""Rules whose refusals pass once the customer was told something: the decision says what."""

_REPLACED = {
    "held": "That still waits.",
    "working": "That is under way.",
    "done": "That is done.",
    "failed": "That could not be carried out.",
    "uncertain": "Nobody knows yet whether that was carried out.",
    "stopped": "That was stopped before it began.",
    "denied": "That was refused.",
}


def done(output: Any, decision: str, *, whole: bool, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the result of what was carried out; `whole` results of the other side are passed on as they are."""
    if whole:
        result = given if given is not None else output
        if isinstance(result, Mapping):
            return marked(result, decision)
    told: dict[str, Any] = {"content": [_text(_json(output) if output is not None else "Done.")]}
    if isinstance(output, dict):
        told["structuredContent"] = output
    return marked(told, decision)


def ended(ending: Fact, decision: str, *, whole: bool, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the result of a request that has ended, one way or another."""
    match ending:
        case InvocationDone():
            return done(ending.output, decision, whole=whole, given=given)
        case InvocationFailed() if whole and given is not None and given.get("isError"):
            return marked(given, decision)
        case InvocationFailed():
            return error(f"It could not be carried out: {ending.detail}.{_said(given)}", decision)
        case InvocationUncertain():
            note = "Nobody knows yet whether it was carried out. Do not repeat it: a person looks into it."
            return error(note, decision)
        case InvocationCancelled():
            return error(
                f"It was stopped before it began ({ending.code}).", decision, authorization(ending.code, decision)
            )
        case _:
            return error("It was given up.", decision)


def denied(decision: Decision) -> dict[str, Any]:
    """Return the result of a refusal, with the enterprise's own reasons and nothing else."""
    if decision.shadow:
        return observed(decision)
    _, advice = _PASSING.get(decision.code, ("unavailable", "Do not try it again unchanged."))
    if decision.code in _TOLD_FIRST and decision.notices:
        advice = " ".join((*decision.notices, "Then try it again."))
    text = f"Refused: {reasons(decision)} {advice} Decision {decision.id}."
    return error(text, decision.id, authorization(decision.code, decision.id))


def instead(arguments: Mapping[str, Any], status: str) -> str:
    """Return that a person approved something else than was asked, and how that stands."""
    return f"A person approved something else instead: {_json(arguments)}. {_REPLACED[status]}"


def replaced(result: Mapping[str, Any], arguments: Mapping[str, Any], status: str) -> dict[str, Any]:
    """Return the result of what a person approved instead, so that nobody takes it for what was asked."""
    content, told = result.get("content"), dict(result)
    if isinstance(content, list):
        told["content"] = [_text(sanitized(instead(arguments, status))), *content]
    return marked(told, "", {INSTEAD: dict(arguments)})


def observed(decision: Decision) -> dict[str, Any]:
    """Return the result for an agent that is only observed: its requests are judged, and nothing is done."""
    text = (
        f"Nothing was done: you are only observed. The verdict would have been {decision.verdict}: {reasons(decision)}"
    )
    return error(text, decision.id, authorization("xop.shadow", decision.id))


def held(decision: Decision, link: str = "") -> dict[str, Any]:
    """Return the result of a hold for a client that can neither ask its user nor wait for a task."""
    due = ""
    if decision.due:
        what = "It is refused if nobody answers by" if decision.until == "approval" else "It is looked at again at"
        due = f" {what} {iso(decision.due)}."
    way = f" Ask the customer to confirm who they are at {link}" if link else ""
    text = (
        f"Not done yet: {reasons(decision)} {_UNTIL.get(decision.until, '')}{due}{way} It is kept and needs no repeating. "
        f"Call get_request_status with request {decision.id} to learn what became of it."
    )
    return error(text, decision.id, authorization(decision.code, decision.id, hints(decision, link)))


def pending(decision: str) -> dict[str, Any]:
    """Return the result of what is permitted and still under way."""
    text = (
        "It is under way and has not ended yet. Do not repeat it. "
        f"Call get_request_status with request {decision} to learn what became of it."
    )
    return error(text, decision)


def refused(refusal: Refusal) -> dict[str, Any]:
    """Return the result of what could not even be judged."""
    return error(f"{refusal.cause}. {refusal.remedy}".strip())


def error(text: str, decision: str = "", more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a result that says what went wrong."""
    told: dict[str, Any] = {"content": [_text(sanitized(text))], "isError": True}
    return marked(told, decision, more)


def marked(result: Mapping[str, Any], decision: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a result with its decision and what else belongs into its `_meta`."""
    meta = result.get("_meta")
    told = {**(meta if isinstance(meta, Mapping) else {}), **(more or {})}
    if decision:
        told[DECISION] = decision
    return {**result, "_meta": told} if told else dict(result)


def authorization(code: str, decision: str, hints: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return what a program may read of a refusal (SEP-2643, draft): why, under which decision, and what would help."""
    remediation = "available" if hints else _PASSING[code][0] if code in _PASSING else "unavailable"
    told: dict[str, Any] = {"reason": code, "remediation": remediation, "authorizationContextId": decision}
    if hints:
        told["remediationHints"] = hints
    return {AUTHORIZATION: told}


def hints(decision: Decision, link: str = "") -> list[dict[str, Any]]:
    """Return what would help a held request."""
    told: list[dict[str, Any]] = []
    if link:
        told.append({"type": "url", "url": link})
    told.append(
        {
            "type": "authorization_remediation",
            "until": decision.until,
            "approvers": list(decision.approvers),
            "due": iso(decision.due) if decision.due else None,
            "request": decision.id,
        }
    )
    return told


def reasons(decision: Decision) -> str:
    """Return why, in the words of the rules; why rules could not be asked is nobody's business but the enterprise's."""
    if decision.error:
        return "The rules could not be asked."
    return " ".join(reason.message for reason in decision.reasons if not reason.lost) or "No rule permits it."


def sanitized(text: str) -> str:
    """Return text for a model: in one line, without control characters, and not too long."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _said(given: Mapping[str, Any] | None) -> str:
    """Return what the other side itself said of a failure: it carried out what was permitted, so its caller may know."""
    if given is None or given.get("isError") is not True:
        return ""
    blocks = given.get("content")
    texts = [each.get("text") for each in blocks if isinstance(each, Mapping)] if isinstance(blocks, list) else []
    words = sanitized(" ".join(text for text in texts if isinstance(text, str)))
    return f" The other side said: {words}" if words else ""


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _json(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
