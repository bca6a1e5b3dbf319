"""Pages: every address of the console, with what it asks of the API and so who may see it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xop.faces.console.visit import Visit

PREFIX = "/console"


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, or parts of one: a template and what it is filled with."""

    template: str
    """Its name without `.html`."""
    model: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    """What the browser calls it; the page's own title when empty."""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """Another page to go on with, and what to say there."""

    to: str
    notice: str = ""
    """In the reader's language, or a text of the catalogue."""
    kind: str = "done"
    """What is said: `done`, `note` or `problem`."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Anything that is no page: a file, or a stream's worth of bytes."""

    body: bytes
    media_type: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    status: int = 200


Answer = Shown | Moved | Plain

View = Callable[[Visit], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One address that is looked at."""

    path: str
    """Below the console's own, with parameters in braces."""
    title: str
    view: View
    asks: tuple[str, ...] = ()
    """Operations of the API, as `GET /v1/decisions`, without which there is nothing to show: who may not ask them is refused."""
    live: tuple[str, ...] = ()
    """Blocks of the template that are sent again whenever something has happened."""
    common: bool = False
    """Whether those blocks say the same to all with the same rights, so that one rendering serves them: no form is in them,
    nothing about who looks, and no personal data, whose every view is a recorded access."""
    menu: str = ""
    """The entry of the menu that it is, as `section/icon`; none when empty."""
    within: str = ""
    """The path of the entry of the menu that it belongs to, where it does not lie below it."""
    keys: str = ""
    """What is typed to get there, such as `g a`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One form that is sent: something is done, and another page follows."""

    path: str
    view: View
    asks: tuple[str, ...] = ()
    """Operations that it may ask; who may not is refused."""
    upload: int = 0
    """Bytes that it may have where a file comes with it; 0 for a form without one."""
