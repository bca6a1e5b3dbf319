"""Sowing: every field that somebody outside can fill is filled, one after the other, with a canary of its own."""

from typing import Any

from tests.adapters.mcp_server import NOTE, REVISION, said
from tests.kit.aviary import ANA, BEN, CID, DAN, FORMULA, FULL, LINE, LINK, SHORT, Seed, Sower, aviary_files

PROPOSE, EVALUATE, CHOOSE, ACCESS = (
    "POST /v1/proposals",
    "POST /v1/evaluations",
    "POST /v1/choices",
    "POST /access/v1/evaluation",
)
APPROVE, DONE, ANSWER = (
    "POST /v1/invocations/{invocation}/approval",
    "POST /v1/tasks/{invocation}/completion",
    "POST /v1/customers/{customer}/runs/{run}/answers",
)
HAND_OVER, RETURN = "POST /v1/handovers", "POST /v1/handovers/{handover}/return"
CONSENT, PREFER = "POST /v1/customers/{customer}/consents", "POST /v1/customers/{customer}/preferences"
ENTER, TELL = "POST /v1/customers/{customer}/journeys/{journey}", "POST /v1/customers/{customer}/notices"
HOLD, INCIDENT = "POST /v1/customers/{customer}/legal-holds", "POST /v1/incidents"
RELEASE, PREVIEW, SHADOW = "POST /v1/releases", "POST /v1/releases/preview", "POST /v1/shadow"
EXAMINE = "POST /v1/examinations/{subject}/preview"

CREDIT: dict[str, Any] = {"action": "issue_credit", "customer": ANA}


def sow(sower: Sower) -> None:
    """Fill everything."""
    _signals(sower)
    _segment(sower)
    _upstream(sower)
    _proposals(sower)
    _questions(sower)
    _people(sower)
    _handovers(sower)
    _consents(sower)
    _customers(sower)
    _agents(sower)
    _incidents(sower)
    _over_mcp(sower)
    _over_a2a(sower)
    _releases(sower)
    _look_upstream(sower)


def _signals(sower: Sower) -> None:
    for who in (ANA, BEN, CID, DAN):
        sower.tell("page.viewed", who, path="/berths")
    for attribute, form in (("id", LINE), ("source", LINE), ("subject", LINE), ("other", LINE)):
        sower.event(**{attribute: form})
    sower.event(xopidentifiers=Seed(lambda number: f"{ANA},device:{SHORT.form(number)}"))
    sower.event(type=LINE, subject=BEN)
    sower.event(data={"path": FULL, FULL: FULL})
    sower.event(type="profile.changed", data={"name": FULL, "plan": FULL})
    sower.event(type="profile.changed", data={"zone": FULL})
    sower.event(type="call.started", data={"call": LINE})
    sower.event(type="said", data={"id": FULL, "what": FULL, "reference": FULL})


def _segment(sower: Sower) -> None:
    """Have the site's own script tell things; whatever it says that is of no known form is refused or kept as data."""
    who = {"userId": "ana-1", "anonymousId": "cookie-1"}
    for call, body in (
        ("track", {"event": FULL, "properties": {FULL: FULL}, "context": {"userAgent": FULL, "page": {"url": LINK}}}),
        ("identify", {"traits": {"name": FULL, "email": SHORT}}),
        ("group", {"groupId": FULL, "traits": {"name": FULL}}),
        ("page", {"name": FULL, "properties": {"url": LINK, "referrer": LINK, "title": FULL}}),
        ("screen", {"name": FULL}),
        ("alias", {"previousId": FULL}),
        ("track", {"event": "a", "messageId": LINE}),
        ("track", {"event": "a", "userId": LINE}),
        ("track", {"event": "a", "anonymousId": LINE}),
    ):
        sower.offer(f"POST /v1/{call}", {**who, **body}, who="web")


def _proposals(sower: Sower) -> None:
    held = sower.ask(PROPOSE, {**CREDIT, "arguments": {"cents": 7000, "reason": FULL, "lines": [FULL]}}, "bot")
    assert held["verdict"] == "hold"
    sower.ask(PROPOSE, {**CREDIT, "arguments": {"cents": 7100}, "conversation": LINE}, "bot")
    sower.offer(PROPOSE, {**CREDIT, "arguments": {"cents": 5, FULL: FULL}}, "bot")
    sower.offer(PROPOSE, {**CREDIT, "arguments": {"cents": 5}, "purpose": LINE}, "bot")
    sower.offer(PROPOSE, {"action": LINE, "customer": ANA}, "bot")
    sower.offer(PROPOSE, {"action": "read_bill", "customer": LINE}, "bot")
    sower.offer(PROPOSE, {**CREDIT, "arguments": {"cents": 7200}}, "bot", "idempotency-key")
    sower.offer(PROPOSE, {**CREDIT, "arguments": {"cents": FULL}}, "bot")
    sower.ask(EVALUATE, {**CREDIT, "arguments": {"cents": 60_000, "reason": FULL}})
    sower.offer(EVALUATE, {**CREDIT, "arguments": {"cents": 60_001, FULL: FULL}})
    for field in ("conversation", "purpose"):
        sower.offer(EVALUATE, {**CREDIT, "arguments": {"cents": 60_002}, field: LINE})
    sower.offer(EVALUATE, {"action": LINE, "customer": ANA})
    sower.offer(
        EVALUATE,
        {**CREDIT, "arguments": {"cents": 60_002}, "actor": Seed(lambda number: f"agent:{SHORT.form(number)}")},
    )
    _access(sower)
    sower.offer(CHOOSE, {"decision_set": "help", "customer": ANA, "propose": False, "conversation": LINE})
    sower.offer(CHOOSE, {"decision_set": "help", "customer": ANA, "propose": False, "request": {FULL: FULL}})
    sower.offer(CHOOSE, {"decision_set": LINE, "customer": ANA, "propose": False})
    taken = sower.ask(PROPOSE, {**CREDIT, "arguments": {"cents": 700}}, "bot")
    sower.settle(taken["invocation"])
    sower.offer("POST /v1/invocations/{invocation}/reversal", {"conversation": LINE}, invocation=taken["invocation"])


def _access(sower: Sower) -> None:
    """Ask as an AuthZEN policy enforcement point does."""
    whole: dict[str, Any] = {
        "subject": {"type": "operator", "id": "mira"},
        "action": {"name": "issue_credit"},
        "resource": {"type": "customer", "id": ANA},
        "context": {"arguments": {"cents": 60_000}},
    }
    sower.offer(ACCESS, {**whole, "context": {"arguments": {"cents": 60_000, "reason": FULL}}})
    sower.offer(ACCESS, {**whole, "context": {"arguments": {FULL: FULL}}})
    for field in ("purpose", "conversation"):
        sower.offer(ACCESS, {**whole, "context": {**whole["context"], field: LINE}})
    for part, name in (
        ("subject", "type"),
        ("subject", "id"),
        ("action", "name"),
        ("resource", "type"),
        ("resource", "id"),
    ):
        sower.offer(ACCESS, {**whole, part: {**whole[part], name: LINE}})
    for part in ("subject", "action", "resource"):
        sower.offer(ACCESS, {**whole, part: {**whole[part], "properties": {FULL: FULL}}})


def _questions(sower: Sower) -> None:
    sower.tell("page.viewed", BEN, path="/complain")
    task = sower.ask(PROPOSE, {"action": "read_meter", "customer": BEN, "arguments": {"berth": FULL}}, "bot")
    sower.settle(task["invocation"], "sending")
    sower.offer(DONE, {"done": True, "output": {FULL: FULL}}, invocation=task["invocation"])
    sower.offer(DONE, {"done": True, "output": FULL}, invocation=task["invocation"])
    other = sower.ask(PROPOSE, {"action": "read_meter", "customer": BEN, "arguments": {"berth": FULL}}, "bot")
    sower.settle(other["invocation"], "sending")
    sower.ask(DONE, {"done": False, "note": FULL}, invocation=other["invocation"])
    question = sower.question()
    sower.offer(ANSWER, {"choice": LINE}, customer=BEN, run=question["run"])
    sower.ask(ANSWER, {"choice": "no_write", "note": FULL}, customer=BEN, run=question["run"])
    sower.tell("page.viewed", DAN, path="/complain")


def _people(sower: Sower) -> None:
    """Have people answer requests."""
    for cents, given in ((8000, {"approved": True, "note": FULL}), (8100, {"approved": False, "note": FULL})):
        held = sower.ask(PROPOSE, {**CREDIT, "arguments": {"cents": cents}}, "bot")
        sower.ask(APPROVE, given, "olga", invocation=held["invocation"])
    held = sower.ask(PROPOSE, {**CREDIT, "arguments": {"cents": 8200}}, "bot")["invocation"]
    sower.offer(APPROVE, {"approved": True, "binding": LINE}, "olga", invocation=held)
    sower.offer(APPROVE, {"approved": True, "arguments": {"cents": 1, FULL: FULL}}, "olga", invocation=held)
    sower.offer(APPROVE, {"approved": True, "arguments": {"cents": 900, "reason": FULL}}, "olga", invocation=held)


def _handovers(sower: Sower) -> None:
    sower.tell("call.started", BEN, call="call-1")
    whole: dict[str, Any] = {
        "customer": BEN,
        "conversation": "call-1",
        "queue": "care",
        "intent": "refund",
        "summary": "It is so.",
    }
    first = sower.ask(
        HAND_OVER,
        {
            **whole,
            "summary": FULL,
            "transcript": [{"uri": LINK, "title": FULL}],
            "tried": [{"what": FULL, "outcome": "done", "detail": FULL}],
            "suggested": [
                {"title": FULL, "action": "issue_credit", "arguments": {"cents": 42, "reason": FULL}, "reason": FULL}
            ],
            "anyway": True,
        },
        "bot",
    )["handover"]
    sower.ask("POST /v1/handovers/{handover}/acceptance", {}, "olga", handover=first)
    sower.event(
        "conversation", type="chat.written", subject=BEN, data={"call": "call-1", "text": FULL, "from": "person"}
    )
    sower.event("conversation", type="chat.written", subject=BEN, data={"call": "call-1", "text": "a", "from": FULL})
    sower.tell("call.started", CID, call="call-2")
    whole |= {"customer": CID, "conversation": "call-2", "anyway": True}
    transcript = [{"uri": "https://calls.harbour.test/2"}]
    for changes in (
        {"conversation": LINE},
        {"queue": LINE},
        {"intent": LINE},
        {"skills": [LINE]},
        {"language": LINE},
        {"tried": [{"what": "asked", "outcome": "done", "invocation": LINE}]},
        {"suggested": [{"title": "a", "action": LINE, "arguments": {}}]},
        {"suggested": [{"title": "a", "action": "issue_credit", "arguments": {FULL: FULL}}]},
    ):
        sower.tell("call.started", DAN, call=(name := sower.fresh()))
        sower.offer(
            HAND_OVER, {**whole, "transcript": transcript, "customer": DAN, "conversation": name, **changes}, "bot"
        )
    second = sower.ask(HAND_OVER, {**whole, "transcript": transcript}, "bot")["handover"]
    sower.ask("POST /v1/handovers/{handover}/decline", {"reason": FULL}, "otto", handover=second)
    sower.tell("call.started", CID, call="call-3")
    third = sower.ask(HAND_OVER, {**whole, "transcript": transcript, "conversation": "call-3"}, "bot")["handover"]
    sower.ask("POST /v1/handovers/{handover}/acceptance", {}, "olga", handover=third)
    sower.offer(RETURN, {"outcome": LINE, "continues": "agent"}, "olga", handover=third)
    told = {"outcome": "resolved", "continues": "agent", "notes": FULL, "facts": {"plan": FULL, SHORT: FULL}}
    sower.ask(RETURN, told, "olga", handover=third)


def _consents(sower: Sower) -> None:
    given: dict[str, Any] = {"change": "grant", "purpose": "marketing", "channel": "email", "proof": "it was said"}
    notice = {"id": "terms", "version": "1", "language": "en"}
    sower.ask(CONSENT, {**given, "purpose": "profiling", "channel": None, "proof": FORMULA}, customer=ANA)
    sower.ask(CONSENT, {**given, "proof": FULL, "notice": {**notice, "id": LINE, "version": SHORT}}, customer=ANA)
    for changes in (
        {"purpose": SHORT},
        {"channel": SHORT},
        {"notice": {**notice, "language": LINE}},
        {"notice": {**notice, "sha256": LINE}},
        {"indicated_by": Seed(lambda number: f"operator:{SHORT.form(number)}")},
    ):
        sower.offer(CONSENT, {**given, **changes}, customer=ANA)
    for field in ("purpose", "channel"):
        sower.offer(PREFER, {"purpose": "marketing", "channel": "email", field: SHORT}, customer=ANA)


def _customers(sower: Sower) -> None:
    sower.ask(ENTER, {"key": LINE, "data": {"path": FULL, FULL: FULL}}, customer=ANA, journey="crossing")
    sower.offer(ENTER, {"key": "b", "conversation": LINE}, customer=ANA, journey="crossing")
    for field in ("text", "language", "system", "conversation", "channel"):
        sower.offer(TELL, {"text": "ai_in_chat", "language": "en", "system": "helper", field: SHORT}, customer=ANA)
    sower.ask(HOLD, {"name": "case-1", "ground": "legal_claims", "detail": FULL}, customer=ANA)
    sower.offer(HOLD, {"name": LINE, "ground": "legal_claims"}, customer=ANA)
    sower.offer(HOLD, {"name": "case-2", "ground": LINE}, customer=ANA)
    sower.ask(HOLD, {"name": "case-3", "ground": "legal_claims"}, customer=ANA)
    lift = "POST /v1/customers/{customer}/legal-holds/{hold}/lifting"
    sower.ask(lift, {"reason": FULL}, customer=ANA, hold="case-3")
    eva, fred = (f"email:{name}@harbour.test" for name in ("eva", "fred"))
    for who in (eva, fred):
        sower.tell("page.viewed", who, path="/berths")
    sower.ask("POST /v1/identity/merge", {"keep": eva, "other": fred, "reason": FULL})
    sower.offer("POST /v1/identity/unmerge", {"customer": eva, "other": LINE})
    sower.offer("POST /v1/identity/unmerge", {"customer": eva, "other": fred, "reason": FULL})
    sower.offer("POST /v1/customers/{customer}/probes", {"probe": SHORT}, customer=ANA)


def _upstream(sower: Sower) -> None:
    """Have the server of somebody else answer, and then offer something else than what was accepted."""
    reset: dict[str, Any] = {"action": "take_note", "customer": ANA, "arguments": {"note": FULL}}
    sower.upstream.scripts.append(
        said(sower.seed("upstream answer"), structuredContent=sower.fill({"note": FULL, FULL: FULL}, "upstream"))
    )
    sower.settle(sower.ask(PROPOSE, reset)["invocation"])
    sower.upstream.scripts.append(said(sower.seed("upstream error"), isError=True))
    sower.settle(sower.ask(PROPOSE, {**reset, "arguments": {"note": "a"}})["invocation"], "failed")
    schema = {"type": "object", "properties": {FULL: {"type": "string", "description": FULL}}, "required": [FULL]}
    changed = {**NOTE, "title": FULL, "description": FULL, "inputSchema": schema, "annotations": {"title": FULL}}
    offered = [changed, {**NOTE, "name": LINE}, {**NOTE, "name": "another", "description": FULL}]
    sower.upstream.tools[:] = sower.fill(offered, "upstream tool")


def _look_upstream(sower: Sower) -> None:
    """Have the server of somebody else asked what it offers now."""
    seen = sower.look("/v1/connections/notes/operations?fresh=true")
    assert len(seen["differences"]) == len(sower.upstream.tools), seen


def _agents(sower: Sower) -> None:
    sower.ask("POST /v1/halts", {"scope": "agent:shy_bot", "reason": FULL})
    sower.offer("POST /v1/halts", {"scope": LINE})
    sower.ask("POST /v1/halts", {"scope": "action:send_gift", "reason": FULL})
    sower.ask("POST /v1/halts/resumption", {"scope": "action:send_gift", "reason": FULL}, "olga")
    lost = sower.ask(PROPOSE, {"action": "send_letter", "customer": CID, "arguments": {"words": FULL}})["invocation"]
    sower.settle(lost, "uncertain")
    sower.offer("POST /v1/outbox/{invocation}/reconcile", {"choice": "drop", "note": FULL}, invocation=lost)


def _over_mcp(sower: Sower) -> None:
    """Have an agent's client call tools; what it says of itself goes with every call."""
    for arguments, meta in (
        ({"cents": 7300, "reason": FULL, "customer": ANA}, {"io.xop/conversation": LINE}),
        ({"cents": 7301, "customer": ANA}, {"io.modelcontextprotocol/clientInfo": {"name": FULL, "version": FULL}}),
        ({"cents": 7302, "customer": LINE}, {}),
        ({"cents": 7303, "customer": ANA, FULL: FULL}, {}),
    ):
        revision = {
            "io.modelcontextprotocol/protocolVersion": REVISION,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        params = {"name": "issue_credit", "arguments": arguments, "_meta": {**revision, **meta}}
        told = {"mcp-protocol-version": REVISION, "mcp-method": "tools/call", "mcp-name": "issue_credit"}
        told["accept"] = "application/json, text/event-stream"
        sower.call("MCP tools/call", "/mcp", {"method": "tools/call", "params": params}, told)


def _over_a2a(sower: Sower) -> None:
    """Have another company's agent send messages."""
    credit = {"action": "issue_credit", "customer": ANA}
    for parts, more in (
        ([{"data": {**credit, "arguments": {"cents": 7400, "reason": FULL}}}], {"contextId": LINE}),
        ([{"data": {**credit, "arguments": {"cents": 7401}}}, {"text": FULL}], {}),
        ([{"data": {**credit, "arguments": {"cents": 7402}}}], {"messageId": LINE}),
        ([{"data": {**credit, "arguments": {"cents": 7403}}}], {"metadata": {FULL: FULL}}),
    ):
        message = {"messageId": sower.fresh(), "role": "ROLE_USER", "parts": parts, **more}
        told = {"method": "SendMessage", "params": {"message": message}}
        sower.call("A2A SendMessage", "/a2a", told, {"a2a-version": "1.0"})


def _incidents(sower: Sower) -> None:
    first = sower.ask(INCIDENT, {"category": "serious", "summary": FULL, "agent": "agent:helper_bot"})["incident"]
    sower.offer(INCIDENT, {"category": "other", "summary": "a", "agent": LINE})
    sower.offer(INCIDENT, {"category": "other", "summary": "a", "decisions": [LINE]})
    sower.ask(f"{INCIDENT}/{{incident}}/category", {"category": "other", "note": FULL}, incident=first)
    sower.ask(f"{INCIDENT}/{{incident}}/reports", {"to": LINE, "reference": LINE, "complete": True}, incident=first)
    sower.ask(f"{INCIDENT}/{{incident}}/closing", {"outcome": FULL}, incident=first)


def _releases(sower: Sower) -> None:
    texts = {path: content.decode() for path, content in aviary_files(sower.upstream.url).items()}
    described = sower.seed("a comment of a policy", LINE)
    later = {**texts, "policies/gifts.cedar": f"// {described}\n{texts['policies/gifts.cedar']}"}
    for operation in (RELEASE, PREVIEW, SHADOW, EXAMINE):
        sower.offer(operation, {"files": {SHORT: FULL}}, subject="coverage")
        sower.offer(operation, {"files": {**texts, "signals/more.yaml": FULL}}, subject="coverage")
        sower.offer(operation, {"release": SHORT}, subject="coverage")
        if operation in {RELEASE, PREVIEW}:
            sower.offer(operation, {"files": later, "before": SHORT})
            sower.offer(operation, {"files": later, "choices": {SHORT: {"steps": {SHORT: "landing"}}}})
            sower.offer(operation, {"files": later, "choices": {"crossing": {"steps": {SHORT: "landing"}}}})
    sower.ask(RELEASE, {"files": later})
    watched = {**texts, "policies/gifts.cedar": f"// {sower.seed('a comment of a watched policy', LINE)}\n"}
    sower.offer(SHADOW, {"files": watched})
    log = {"origin": "harbour.test/second", "reason": "a new key"}
    sower.offer("POST /v1/log", {**log, "origin": LINE})
    sower.offer("POST /v1/log", {**log, "reason": FULL})
