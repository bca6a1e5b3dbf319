"""Where a command's answer goes: a table for a person, plain text for a pipe, or one JSON document for a program."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from shlex import quote
from typing import Any, TextIO
from unicodedata import category

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from xop.faces.cli.failure import CommandFailed

_WIDE = 100_000
"""Columns of a pipe: nothing is cut or wrapped that a program may read."""

_STYLES = {
    "permit": "green",
    "done": "green",
    "ok": "green",
    "hold": "yellow",
    "warning": "yellow",
    "pending": "cyan",
    "sending": "cyan",
    "deny": "red",
    "failed": "red",
    "problem": "red",
    "uncertain": "magenta",
}


_TIMES = ("at", "since", "until", "due", "published")
"""Columns of moments; like the first one, which names the row, they are never broken."""

_STEP = re.compile(r"`xop ([^`]+)`")
"""A command that a person is told to go on with."""

_DATA_IS_JSON = ("send", "enter")
"""Commands that call their data folder by its longer name."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Output:
    """The two streams of one command; stdout holds nothing but the answer."""

    def __init__(self, *, as_json: bool, reach: tuple[str, str] | None = None) -> None:
        self.as_json = as_json
        self._reach = reach
        self._plain = not _wants_colour(sys.stdout)
        self._out = console(sys.stdout)
        self._err = console(sys.stderr)

    def answer(self, document: Any, tell: Callable[[], None]) -> None:
        """Print a document as JSON when that was asked for; tell it to a person otherwise."""
        if self.as_json:
            json_told(document)
        else:
            tell()

    def event(self, document: Any, line: str) -> None:
        """Print one item of an endless answer: a line of JSON, or of text."""
        click.echo(msgspec.json.encode(document) if self.as_json else printable(line))
        self.flush()

    def line(self, text: str = "", style: str = "") -> None:
        """Print text; control characters in it are shown, not obeyed, and commands in it reach the same platform."""
        self._out.print(Text(printable(self._reaching(text)), style=style), soft_wrap=True)

    def fields(self, pairs: Mapping[str, Any]) -> None:
        """Print names and values below one another; values that are missing or empty are left out."""
        told = {name: _worded(value) for name, value in pairs.items()}
        width = max((len(name) for name, value in told.items() if value), default=0)
        for name, value in told.items():
            if value:
                told_value = (printable(value), _STYLES.get(value, ""))
                self._out.print(Text.assemble((f"{name:<{width}}  ", "dim"), told_value), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> None:
        """Print rows under the names of their columns, or say what it means that there are none."""
        table = Table(box=None, pad_edge=False, header_style="" if self._plain else "bold", padding=(0, 2, 0, 0))
        for column in columns:
            table.add_column(column, overflow="fold", no_wrap=column == columns[0] or column in _TIMES)
        for row in rows:
            worded = [_worded(value) for value in row]
            table.add_row(*(Text(_one_line(value), style=_STYLES.get(value, "")) for value in worded))
        if not table.row_count:
            self.line(empty)
        elif self._plain:
            with self._out.capture() as capture:
                self._out.print(table)
            click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))
        else:
            self._out.print(table)

    def note(self, text: str) -> None:
        """Say something beside the answer, on stderr; programs that asked for JSON are spared it."""
        if not self.as_json:
            self._err.print(Text(printable(self._reaching(text)), style="dim"), soft_wrap=True)

    def _reaching(self, text: str) -> str:
        """Return text whose commands name the data folder or the URL that this one was given."""
        if self._reach is None:
            return text
        option, value = self._reach

        def named(found: re.Match[str]) -> str:
            name = found[1].split()[0]
            written = "--data-folder" if option == "--data" and name in _DATA_IS_JSON else option
            return f"`xop {found[1]} {written} {quote(value)}`"

        return _STEP.sub(named, text)

    def flush(self) -> None:
        """Hand on what was printed, for a command that goes on running."""
        sys.stdout.flush()

    def progress(self) -> Progress:
        """Return a progress bar on stderr; it draws nothing where nobody watches."""
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._err,
            transient=True,
            disable=self.as_json or not self._err.is_terminal,
        )


def console(stream: TextIO) -> Console:
    """Return a console that draws for a terminal and stays plain for a pipe, a dumb terminal or `NO_COLOR`."""
    coloured = _wants_colour(stream)
    return Console(
        file=stream,
        force_terminal=None if coloured else False,
        no_color=not coloured,
        highlight=False,
        markup=False,
        emoji=False,
        width=None if stream.isatty() else _WIDE,
    )


def printable(text: str) -> str:
    """Return text with every control character written out: what came from outside must not drive the terminal."""
    if text.isprintable():
        return text
    return "".join(
        each if each in "\n\t" or category(each) not in {"Cc", "Cf", "Cs", "Co"} else f"\\u{ord(each):04x}"
        for each in text
    )


def _one_line(text: str) -> str:
    """Return text as it stands in a cell: without line breaks, and moments to the second."""
    if _MOMENT.fullmatch(text):
        return f"{text[:19]}Z"
    return printable(" ".join(text.splitlines()).replace("\t", " "))


def _wants_colour(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _worded(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return msgspec.json.encode(value).decode()


def failure_told(failed: CommandFailed, *, as_json: bool) -> None:
    """Print why a command failed: as the answer for a program, on stderr for a person."""
    if as_json:
        json_told(failed.document())
        return
    errors = console(sys.stderr)
    errors.print(Text.assemble(("Error: ", "red"), printable(failed.cause)), soft_wrap=True)
    if failed.remedy:
        errors.print(Text(f"→ {printable(failed.remedy)}"), soft_wrap=True)


def json_told(document: Any) -> None:
    """Print the one JSON document of an answer."""
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
