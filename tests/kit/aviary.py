"""The aviary: a server on which a canary of its own was put into every field that somebody outside can fill."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import httpx
from msgspec import inspect

from tests.adapters.mcp_server import McpServer, mcp_server
from tests.kit.canaries import address, canary, formula, mark, plain, short
from tests.kit.console import Console, consoling
from tests.kit.outpost import outpost_files
from tests.kit.supervision import files as supervised_files
from xop.faces.http.routes import OPERATIONS
from xop.kernel.base.principal import Scope

ANA, BEN, CID, DAN = (f"email:{name}@harbour.test" for name in ("ana", "ben", "cid", "dan"))

KEYS = {"HARBOUR_OTTO_KEY": "otto-key", "HARBOUR_FAY_KEY": "fay-key", "HARBOUR_MIRA_KEY": "mira-key"}


class Seed(NamedTuple):
    """A place where a canary is put, and the form that it has there."""

    form: Callable[[int], str]


FULL, LINE, SHORT, LINK, FORMULA = Seed(canary), Seed(plain), Seed(short), Seed(address), Seed(formula)

NOT_SOWN: Mapping[str, str] = {
    "POST /access/v1/evaluations": "many of the same questions as `POST /access/v1/evaluation`",
    "POST /v1/identity/merge/preview": "the same as `POST /v1/identity/merge`, and nothing is kept",
    "POST /v1/identity/unmerge/preview": "the same as `POST /v1/identity/unmerge`, and nothing is kept",
    "POST /v1/consents/retrieve": "a question of a network operator, in patterns; nothing is kept",
}
"""Operations whose fields are left out, and why."""


def _typed(found: inspect.Type, path: str) -> Iterator[str]:
    """Yield where a body has texts that anybody may choose: `[]` is an item, `{}` a value and `{key}` a name."""
    if isinstance(found, inspect.StructType):
        for field in found.fields:
            yield from _typed(field.type, f"{path}.{field.encode_name}".strip("."))
    elif isinstance(found, inspect.UnionType):
        for each in found.types:
            yield from _typed(each, path)
    elif isinstance(found, inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType):
        yield from _typed(found.item_type, f"{path}.[]")
    elif isinstance(found, inspect.DictType):
        yield from (f"{path}.{{key}}", *_typed(found.value_type, f"{path}.{{}}"))
    elif isinstance(found, inspect.StrType | inspect.AnyType | inspect.CustomType):
        yield path


@cache
def written_fields() -> frozenset[str]:
    """Return every field of every body of the API that takes a text, as `METHOD path field`."""
    return frozenset(
        f"{each.method} {each.path} {name}"
        for each in OPERATIONS
        for content in each.body
        if not isinstance(content.schema, dict) and f"{each.method} {each.path}" not in NOT_SOWN
        for name in _typed(inspect.type_info(content.schema), "")
    )


_PEOPLE = f"""
  mira:
    key: "${{env:HARBOUR_MIRA_KEY}}"
    actions: ["*"]
    journeys: ["*"]
    decisions: ["*"]
    roles: [care, supervisor, finance, privacy]
    scopes: [{", ".join(get_args(Scope))}]
"""

_LETTER: dict[str, Any] = {
    "name": "send_letter",
    "version": 1,
    "description": "Send a letter that nobody hears of again.",
    "kind": "write",
    "purpose": "service",
    "input": {"type": "object", "properties": {"words": {"type": "string"}}},
    "binding": {"connection": "void", "request": {"words": "{{arguments.words}}"}},
}

_TELLING: dict[str, Any] = {
    "name": "tell_supervisor",
    "version": 1,
    "description": "Send a supervisor the link to a request.",
    "kind": "write",
    "purpose": "service",
    "input": {
        "type": "object",
        "required": ["invocation", "operator"],
        "properties": {"invocation": {"type": "string"}, "operator": {"type": "string"}},
    },
    "binding": {"connection": "desk", "request": {"link": "{{link}}"}},
}
"""What the release itself sends, whose request has the link in it."""

_SIGNALS: dict[str, Any] = {
    "xop.approval.requested": {
        "changes": [
            {
                "propose": {
                    "action": "tell_supervisor",
                    "arguments": {"invocation": "{{signal.data.invocation}}", "operator": "olga"},
                }
            }
        ]
    },
    "said": {
        "schema": {"type": "object"},
        "changes": [
            {"promise": {"change": "make", "id": "{{signal.data.id}}", "what": "{{signal.data.what}}", "due_in": "2d"}},
            {"raise": {"flag": "vulnerable", "reference": "{{signal.data.reference}}"}},
            {"set": {"spoken": "{{signal.data.what}}"}},
        ],
    },
    **{f"segment.{each}": {"schema": {"type": "object"}} for each in ("track", "identify", "group", "page", "alias")},
}


def aviary_files(url: str) -> dict[str, bytes]:
    """Return the workspace: an outside system at a URL, journeys, queues and everything else that can be talked about."""
    found = outpost_files(supervised_files(), url)
    found["signals/aviary.yaml"] = json.dumps({"signals": _SIGNALS}).encode()
    lost = {"adapter": "simulated", "settings": {"outcomes": ["uncertain"], "idempotent": False}}
    found["connections.yaml"] += f"  void: {json.dumps(lost)}\n".encode()
    found["actions/send_letter.yaml"] = json.dumps(_LETTER).encode()
    found["actions/tell_supervisor.yaml"] = json.dumps(_TELLING).encode()
    found["retention.yaml"] = b"evidence: 90d\n"
    crossing = {
        "name": "crossing",
        "description": "Brings somebody across.",
        "entries": [{"api": True}],
        "steps": {"landing": {"wait": {"for": "2d"}}},
    }
    found["journeys/crossing.yaml"] = json.dumps(crossing).encode()
    agents = found["agents.yaml"].replace(b"[issue_credit, send_gift, read_meter]", b'["*"]', 1)
    found["agents.yaml"] = agents.rstrip(b"\n") + _PEOPLE.encode()
    return found


class Sower:
    """Puts a canary into every field, and keeps what it put where."""

    def __init__(self, console: Console, upstream: McpServer) -> None:
        self.upstream = upstream
        self.client = httpx.Client(base_url=console.url, timeout=30)
        self.sown: dict[str, str] = {}
        """The field of each canary, by its mark."""
        self.refused: dict[str, int] = {}
        """Canaries that were not taken, with the status that said so."""
        self.answers: list[httpx.Response] = []
        self._number = 0

    def fresh(self) -> str:
        """Return a name that nobody has used."""
        self._number += 1
        return f"n{self._number}"

    def seed(self, field: str, form: Seed = FULL) -> str:
        """Return the canary of a field."""
        self._number += 1
        self.sown[mark(self._number)] = field
        return form.form(self._number)

    def fill(self, body: Any, where: str) -> Any:
        """Return a value with canaries in its places."""
        if isinstance(body, Seed):
            return self.seed(where, body)
        if isinstance(body, list):
            return [self.fill(each, _within(where, "[]")) for each in body]
        if not isinstance(body, dict):
            return body
        told = {}
        for name, value in body.items():
            key = self.seed(_within(where, "{key}"), name) if isinstance(name, Seed) else name
            told[key] = self.fill(value, _within(where, "{}" if isinstance(name, Seed) else name))
        return told

    def ask(self, operation: str, body: Any, who: str = "mira", **path: str) -> Any:
        """Have somebody ask an operation whose body holds canaries; it must agree."""
        answer = self.offer(operation, body, who, **path)
        assert answer.is_success, f"{operation}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def offer(self, operation: str, body: Any, who: str = "mira", *headers: str, **path: str) -> httpx.Response:
        """Have somebody ask an operation whose body, or whose `headers`, hold canaries, whether or not it agrees."""
        before, (method, _, place) = set(self.sown), operation.partition(" ")
        told = {name: self.seed(f"{operation} {name}", LINE) for name in headers}
        answer = self.client.request(
            method,
            place.format(**path),
            json=self.fill(body, operation),
            headers={**told, "authorization": f"Bearer {who}-key"},
        )
        self._note(answer, set(self.sown) - before)
        return answer

    def call(self, where: str, path: str, body: Any, headers: Mapping[str, str]) -> None:
        """Have the agent ask by JSON-RPC, with canaries in its message."""
        before = set(self.sown)
        told = {"jsonrpc": "2.0", "id": 1, **self.fill(body, where)}
        answer = self.client.post(path, json=told, headers={"authorization": "Bearer bot-key", **headers})
        self._note(answer, set(self.sown) - before)
        if '"error"' in answer.text:
            self.refused |= dict.fromkeys(set(self.sown) - before, answer.status_code)

    def event(self, field: str = "signal", /, **changes: Any) -> None:
        """Send an event some of whose attributes are canaries."""
        usual = {"specversion": "1.0", "source": "/web", "id": self.fresh(), "type": "page.viewed", "subject": ANA}
        before = set(self.sown)
        told = self.fill({**usual, "data": {"path": "/berths"}, **changes}, field)
        self._note(self._sent(told), set(self.sown) - before)

    def tell(self, kind: str, who: str, **data: Any) -> None:
        """Send an event like any other."""
        told = {"specversion": "1.0", "source": "/web", "id": self.fresh(), "type": kind, "subject": who, "data": data}
        answer = self._sent(told)
        assert answer.is_success, answer.text

    def _sent(self, event: Any) -> httpx.Response:
        headers = {"authorization": "Bearer web-key", "content-type": "application/cloudevents+json"}
        return self.client.post("/v1/signals", content=json.dumps(event), headers=headers)

    def _note(self, answer: httpx.Response, marks: set[str]) -> None:
        assert answer.status_code < 500, answer.text
        if not answer.is_success:
            self.refused |= dict.fromkeys(marks, answer.status_code)

    def look(self, path: str) -> Any:
        """Return what the API answers somebody who may see everything."""
        answer = self.client.get(path, headers={"authorization": "Bearer mira-key"})
        assert answer.is_success, answer.text
        return answer.json()

    def settle(self, invocation: str, status: str = "done") -> None:
        """Wait until something has come to its end."""
        for _ in range(200):
            found = self.look(f"/v1/outbox/{invocation}")
            if found["state"] == status:
                return
            threading.Event().wait(0.05)
        raise AssertionError(f"{invocation} is not {status}: {found}")

    def question(self) -> Any:
        """Return a question that waits for a person."""
        return self.look("/v1/questions?role=supervisor")["questions"][0]


def _within(where: str, name: str) -> str:
    return f"{where}.{name}" if where.count(" ") > 1 else f"{where} {name}"


@contextmanager
def upstream_server() -> Iterator[McpServer]:
    """Run the MCP server of somebody else beside the test until the block ends."""
    loop, begun, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[McpServer] = []

    async def run() -> None:
        async with mcp_server() as server:
            found.append(server)
            begun.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert begun.wait(10)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@contextmanager
def aviary(folder: Path) -> Iterator[tuple[Console, Sower]]:
    """Run a server over the workspace, in which nothing is sown yet, until the block ends."""
    workspace = folder / "workspace"
    with upstream_server() as upstream:
        for path, content in aviary_files(upstream.url).items():
            (workspace / path).parent.mkdir(parents=True, exist_ok=True)
            (workspace / path).write_bytes(content)
        with consoling(folder, workspace, **KEYS) as console:
            sower = Sower(console, upstream)
            try:
                yield console, sower
            finally:
                sower.client.close()
