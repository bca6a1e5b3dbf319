"""Rendering: templates filled, whole or in parts, with nothing in them that was not escaped."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import BytecodeCache, Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from xop.faces.characters import written_out
from xop.faces.console.words import Words

FOLDER = Path(__file__).parent

STATIC = FOLDER / "static"


class Rendering:
    """Fills the console's templates."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_legible,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            auto_reload=False,
            bytecode_cache=_compiled(),
        )
        self._environment.globals["static"] = static_address
        for name in ("moment", "clock", "date", "ago", "span", "number", "share", "money"):
            self._environment.filters[name] = _worded(name)
        self._environment.filters["pretty"] = pretty
        self._environment.filters["utc"] = utc

    def page(self, template: str, model: Mapping[str, Any], words: Words) -> bytes:
        """Return a template filled with a model."""
        found = self._environment.get_template(f"{template}.html")
        return found.render(_context(model, words)).encode()

    def parts(self, template: str, names: tuple[str, ...], model: Mapping[str, Any], words: Words) -> dict[str, bytes]:
        """Return some blocks of a template by name, each as what replaces the inside of the element of that name."""
        found = self._environment.get_template(f"{template}.html")
        context = found.new_context(_context(model, words))
        return {name: _part(name, "".join(found.blocks[name](context))) for name in names}


def _legible(value: Any) -> Any:
    """Return a text with nothing unseen in it; what a form sends back goes through `| e` first, and stays as it is."""
    return written_out(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _compiled() -> BytecodeCache | None:
    """Return where compiled templates are kept beside them, as Python keeps modules; None where it would not either."""
    folder = FOLDER / "templates" / "__pycache__"
    if sys.dont_write_bytecode:
        return None
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder)) if os.access(folder, os.W_OK) else None


def _part(name: str, inside: str) -> bytes:
    return f'<hx-partial hx-target="#{name}" hx-swap="innerMorph">{inside}</hx-partial>'.encode()


def _context(model: Mapping[str, Any], words: Words) -> dict[str, Any]:
    return {
        **model,
        "words": words,
        "_": words.text,
        "gettext": words.text,
        "ngettext": words.texts,
    }


def _worded(name: str) -> Any:
    """Return a filter that writes a value as the reader's words do."""

    @pass_context
    def write(context: Context, *values: Any) -> str:
        return str(getattr(context["words"], name)(*values))

    return write


def pretty(value: Any) -> str:
    """Return any value as JSON over several lines."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def utc(at: int | str) -> str:
    """Return a moment for a `datetime` attribute."""
    if isinstance(at, str):
        return at
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_ADDRESSES: dict[str, str] = {}


def static_address(name: str) -> str:
    """Return the address of a file of the console, which changes with its content."""
    known = _ADDRESSES.get(name)
    if known is None:
        digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
        known = _ADDRESSES[name] = f"/console/static/{name}?v={digest}"
    return known
