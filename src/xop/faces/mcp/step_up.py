"""The step-up page: where a customer confirms who they are, on a page of ours that no agent sees."""

import logging
from collections.abc import Mapping
from urllib.parse import parse_qs

from mcp_types.jsonrpc import INVALID_PARAMS
from starlette.types import Receive, Scope, Send

from xop.faces.http.body import Disconnected, read_body
from xop.faces.http.problems import UNAVAILABLE, ProblemError
from xop.faces.mcp.desk import Desk
from xop.faces.mcp.guard import stranger
from xop.faces.mcp.page import HEADERS, form, notice
from xop.faces.mcp.seal import State
from xop.faces.mcp.wire import RpcError
from xop.kernel.base.actor import SYSTEM
from xop.kernel.base.spans import milliseconds
from xop.kernel.commands import Proposal, Reconsideration, Signal
from xop.kernel.facts import InvocationDone
from xop.workspace.settings import StepUpSettings

LOG = logging.getLogger("xop.mcp")

PATH = "/step-up/{token}"

_MOST_WRONG = 5
_MOST_TRIES = 20
_WINDOW = 30 * 60_000
"""Milliseconds of a window; wrong codes count in the one in which they are typed and in the next."""

_LARGEST = 4096
_LONGEST_CODE = 100
_GRACE = 2.0


class StepUpPage:
    """Serves the page of one token: asks for the secret, has it checked, and tells what was verified."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            status, page = await self._answer(scope, receive)
        except Disconnected:
            return
        except RpcError as error:
            status, page = error.status, notice(error.message)
        except ProblemError as problem:
            status, page = problem.status, notice(problem.detail)
        except UNAVAILABLE:
            status, page = 503, notice("This cannot be checked now. Please try again in a moment.")
        except Exception:
            LOG.exception("the step-up page ended in a fault")
            status, page = 500, notice("Something went wrong here. Please try again.")
        length = [(b"content-length", str(len(page)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": [*HEADERS, *length]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else page})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        method: str = scope["method"]
        if method not in {"GET", "HEAD", "POST"}:
            return 405, notice("This page can be looked at and filled in, and nothing else.")
        await self._desk.follow()
        state = self._desk.seal.open(scope["path_params"]["token"], "step_up", self._desk.now)
        step_up = self._desk.step_up
        if state is None or step_up is None or not state.content.get("conversation"):
            return 404, notice("This link is not valid, or no longer. Please ask for a new one.")
        if method != "POST":
            return 200, form("")
        if stranger(scope, headers, self._desk.address) or headers.get(b"sec-fetch-site") == b"cross-site":
            return 403, notice("This form was sent from another site.")
        return await self._check(state, step_up, _code(await read_body(receive, headers, _LARGEST)))

    async def _check(self, state: State, step_up: StepUpSettings, code: str) -> tuple[int, bytes]:
        """Have the action check what was typed; a customer has a few tries, whatever the link, counted in the ledger."""
        if not code:
            return 200, form("Please type the code.")
        engine, compiled = self._desk.engine, self._desk.release.actions.get(step_up.action)
        part, conversation = str(state.content["part"]), str(state.content["conversation"])
        if compiled is None:
            return 403, notice("Codes cannot be checked here any more. Please ask for help in your conversation.")
        name = await self._next_try(part)
        if name is None:
            return 403, notice("There were too many wrong codes. Please try again in an hour.")
        command = Proposal(
            name,
            SYSTEM,
            step_up.action,
            {step_up.argument: code},
            conversation=conversation,
            cause=f"step-up:{state.content['invocation']}",
            at_once=True,
        )
        seconds = milliseconds(compiled.action.attempts.timeout) / 1000 + _GRACE
        performed = await engine.perform(command, part, seconds)
        if performed.answer.duplicate:
            return 200, form("Please type it once more.")
        ending = performed.ending
        if not isinstance(ending, InvocationDone):
            return 503, form("The code cannot be checked now. Please try again in a moment.")
        if not (isinstance(ending.output, Mapping) and ending.output.get(step_up.confirmed_by) is True):
            return 200, form("That is not right. Please try again.")
        await self._tell(state, step_up, name)
        return 200, notice("Thank you, that is confirmed. You can go back to your conversation.")

    async def _next_try(self, part: str) -> str | None:
        """Return the name of a customer's next try, None when too many were wrong of late; right ones count for little.

        Tries at the same moment get the same name, under which one code alone is checked.
        """
        customer = await self._desk.engine.customer(part)
        parts = {part, *(each.id for each in customer.parts)} if customer is not None else {part}
        window = self._desk.now // _WINDOW
        spans = [(each, when) for each in parts for when in (window - 1, window)]
        names = {span: [f"step-up:{span[0]}:{span[1]}:{number}" for number in range(_MOST_TRIES)] for span in spans}
        asked = [name for each in names.values() for name in each]
        answered = await self._desk.platform.runtime.ledger.answered([*asked, *map(_verified, asked)])
        wrong = [name for name in asked if name in answered and _verified(name) not in answered]
        if len(wrong) >= _MOST_WRONG:
            return None
        return next((name for name in names[part, window] if name not in answered), None)

    async def _tell(self, state: State, step_up: StepUpSettings, cause: str) -> None:
        """Tell that the customer is verified for the conversation, and have what waited for it judged again."""
        part, conversation = str(state.content["part"]), str(state.content["conversation"])
        data = {
            "level": step_up.level,
            "method": step_up.method,
            "by": "step-up page",
            "conversation": conversation,
        }
        signal = Signal(_verified(cause), "xop.verified", "xop/step-up", self._desk.now, SYSTEM, (), data)
        engine = self._desk.engine
        answer = await engine.submit(signal, part)
        if answer.refusal is not None:
            raise RpcError(INVALID_PARAMS, "What was confirmed could not be kept.", status=500)
        invocation = str(state.content["invocation"])
        await engine.submit(Reconsideration(f"again:{invocation}:{cause}", invocation, cause=signal.id), part)


def _verified(name: str) -> str:
    """Return the name of the signal that tells that a try was right."""
    return f"verified:{name}"


def _code(body: bytes) -> str:
    """Return what was typed, without blanks at its ends; empty for nothing, or for more than a code can be."""
    try:
        fields = parse_qs(body.decode(), max_num_fields=4, errors="strict")
    except ValueError:
        return ""
    code = fields.get("code", [""])[0].strip()
    return code if len(code) <= _LONGEST_CODE else ""
