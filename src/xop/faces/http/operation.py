"""Operations: everything the API can be asked, each with all that its callers must know."""

from asyncio import Event
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from xop.assembly import Platform
from xop.faces.http.body import LARGEST_BODY
from xop.faces.http.keys import Caller, SignIn
from xop.faces.http.meters import Meters
from xop.faces.speeches import Speeches, english
from xop.kernel.base.actor import Actor
from xop.kernel.base.ids import time_ordered
from xop.kernel.base.phrase import ENGLISH, Speech
from xop.kernel.base.principal import Scope
from xop.lab.oversight import Overseen

JSON = "application/json"


class Reply(Struct, frozen=True):
    """An answer: a value to be written as JSON, or bytes of another media type."""

    value: Any
    status: int = 200
    media_type: str = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


UNBUFFERED = (b"x-accel-buffering", b"no")
"""The header by which a proxy such as nginx passes a stream on as it comes."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that goes on until the client leaves or the server stops."""

    chunks: AsyncGenerator[bytes]
    media_type: str


@dataclass(frozen=True, slots=True)
class Face:
    """What all operations share."""

    platform: Platform
    meters: Meters
    document: Callable[[], bytes]
    """The OpenAPI document."""
    closing: Event
    """Set when the server stops: streams end."""
    sign_in: SignIn
    overseen: Overseen = field(default_factory=Overseen)
    """How people oversaw AI systems, as far as it was asked for."""
    speeches: Speeches = english
    """The languages that sentences may be in."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with its key checked and its parts decoded."""

    face: Face
    caller: Caller
    path: Mapping[str, str]
    query: Any
    """The operation's query parameters as its struct."""
    search: str
    """The query as it was written."""
    headers: Mapping[bytes, bytes]
    body: Any
    """The body as the operation's struct, or as bytes when it decodes them itself."""

    @property
    def platform(self) -> Platform:
        """The platform that is asked."""
        return self.face.platform

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.caller.actor

    @property
    def speech(self) -> Speech:
        """How the caller is spoken to, as `Accept-Language` says."""
        accepted = self.headers.get(b"accept-language", b"").decode("latin-1")
        return (self.face.speeches("", accepted) if accepted else None) or ENGLISH

    def fresh(self, prefix: str) -> str:
        """Return a new id."""
        runtime = self.platform.runtime
        return time_ordered(prefix, runtime.clock.now(), runtime.entropy.draw(9))


Handler = Callable[[Call], Awaitable[Reply | Stream]]


@dataclass(frozen=True, slots=True)
class Header:
    """A header that an operation reads or sends."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


IN_LANGUAGE = Header(
    "Accept-Language", "The languages of whoever reads the sentences; one without a catalogue is passed over."
)


@dataclass(frozen=True, slots=True)
class Content:
    """One form that a body may have."""

    media_type: str
    schema: Any
    """A type, or a JSON Schema where types cannot say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    summary: str
    handler: Handler
    answers: tuple[Content, ...]
    """What a success looks like."""
    answered: str = "Done"
    open: bool = False
    """Whether it needs no API key."""
    scope: Scope | None = None
    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What each name in the path stands for."""
    query: type[Struct] | None = None
    reads: tuple[Header, ...] = ()
    sends: tuple[Header, ...] = ()
    body: tuple[Content, ...] = ()
    """The forms a body may have; none for operations without one."""
    decodes: bool = False
    """Whether the handler decodes the body itself."""
    largest: int = LARGEST_BODY
    """Bytes of a body."""
    problems: tuple[str, ...] = ()
    """Codes beyond those that any request can meet."""
    redirects: bool = False
    """Whether an id that was merged is answered with the place of the customer it now belongs to."""
    segment: bool = False
    """Whether its problems repeat their detail as `message`."""

    @property
    def tag(self) -> str:
        """The noun it is about."""
        parts = self.path.strip("/").split("/")
        return parts[1] if parts[0] == "v1" and len(parts) > 1 else "platform"
