"""The log: where it stands, who cosigns it, and checking in this browser that it only ever grew."""

from inspect import getsource

import msgspec

from xop.faces.console.page import PREFIX, Act, Answer, Page, Plain, Shown
from xop.faces.console.pages.compliance import LOG, tabs
from xop.faces.console.visit import Visit
from xop.faces.http.problems import ProblemError
from xop.standalone import verify_log

CONSISTENCY = "GET /v1/log/consistency"
CLOSED = "GET /v1/log/closed"

_JSON = "application/json"

VERIFIER = "verify_log.py"
POLICY = "log.policy"


async def _log(visit: Visit) -> Answer:
    head = await visit.ask(LOG)
    after = visit.query.get("closed", "")
    closed = await visit.ask(CLOSED, query={"after": after})
    cosigned = sum(each.state == "cosigned" for each in head.witnesses)
    model = {
        "head": head,
        "tabs": tabs(visit, "log"),
        "closed": closed.logs,
        "later": f"{PREFIX}/log?closed={closed.next}#closed-title" if closed.next else "",
        "first": f"{PREFIX}/log#closed-title" if after else "",
        "cosigned": cosigned,
        "witnesses": [(each, max(0, head.size - each.size)) for each in head.witnesses],
        "waiting": head.leaves - head.size,
    }
    return Shown("log", model)


async def _checkpoint(visit: Visit) -> Answer:
    """Answer the browser's own check with the present checkpoint."""
    return await _answered(visit, LOG)


async def _consistency(visit: Visit) -> Answer:
    return await _answered(visit, CONSISTENCY, older=visit.query.get("older", ""), size=visit.query.get("size", ""))


async def _verifier(visit: Visit) -> Answer:
    """Hand out the program that verifies a log, for whoever trusts neither this page nor this server."""
    del visit
    headers = ((b"content-disposition", f'attachment; filename="{VERIFIER}"'.encode()),)
    return Plain(getsource(verify_log).encode(), "text/x-python; charset=utf-8", headers)


async def _policy(visit: Visit) -> Answer:
    """Hand out whom a verifier is to trust, as this server has it."""
    head = await visit.ask(LOG)
    headers = ((b"content-disposition", f'attachment; filename="{POLICY}"'.encode()),)
    return Plain(head.policy.encode(), "text/plain; charset=utf-8", headers)


async def _answered(visit: Visit, operation: str, **query: str) -> Plain:
    """Return what an operation answers as JSON, problems too."""
    try:
        return Plain(msgspec.json.encode(await visit.ask(operation, query=query)), _JSON)
    except ProblemError as problem:
        return Plain(msgspec.json.encode(problem.document()), _JSON, status=problem.status)


PAGES = (
    Page(
        path="/log", title="Log", view=_log, within="/compliance", asks=(LOG, CLOSED), live=("standing",), common=True
    ),
    Page(path="/log/checkpoint", title="Log", view=_checkpoint, asks=(LOG,)),
    Page(path="/log/consistency", title="Log", view=_consistency, asks=(CONSISTENCY,)),
    Page(path=f"/log/{VERIFIER}", title="Log", view=_verifier, asks=(LOG,)),
    Page(path=f"/log/{POLICY}", title="Log", view=_policy, asks=(LOG,)),
)

ACTS: tuple[Act, ...] = ()
