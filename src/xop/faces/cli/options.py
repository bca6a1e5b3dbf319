"""Options that many commands share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click
import httpx
from msgspec import Struct

from xop.faces.cli.door import Door, folder_door, server_door
from xop.faces.cli.output import Output

Function = TypeVar("Function", bound=Callable[..., Any])

DEFAULT_URL = "http://127.0.0.1:7007"

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
"""A folder that must be there already."""

NEW_FOLDER = click.Path(file_okay=False, path_type=Path)
"""A folder that may be made."""

_WRITTEN = click.core.ParameterSource.COMMANDLINE


class Reach(Struct, frozen=True):
    """How a command reaches its platform."""

    url: str
    key: str | None
    data: Path | None
    name: str | None
    """Whom to act as on a data folder."""

    @contextmanager
    def door(self, *, changes: bool = False) -> Iterator[Door]:
        """Open the door to the platform; `changes` says that the command is more than a question."""
        if self.data is not None:
            with folder_door(self.data, self.name, changes=changes) as door:
                yield door
        else:
            with server_door(self.url, self.key) as door:
                yield door


def answers(command: Function) -> Callable[..., None]:
    """Give a command `--json` and the output it answers to."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
    @wraps(command)
    def run(*, as_json: bool, **rest: Any) -> None:
        command(output=Output(as_json=as_json, reach=_written_reach(rest.get("reach"))), **rest)

    return run


def _written_reach(reach: Reach | None) -> tuple[str, str] | None:
    """Return the option and the value that lead to the same platform again; a variable of the environment stays set."""
    if reach is None:
        return None
    if reach.data is not None:
        return "--data", str(reach.data)
    written = click.get_current_context().get_parameter_source("url") is _WRITTEN
    return ("--url", reach.url) if written else None


def reaches(*names: str, new: bool = False) -> Callable[[Function], Callable[..., None]]:
    """Give a command the options that say which platform it speaks to.

    `names` are those of the data folder's option; `new` says that the folder may be made.
    """
    options = (
        click.option("--url", envvar="XOP_URL", default=DEFAULT_URL, show_default=True, show_envvar=True,
                     metavar="URL", callback=_require_url, help="The running server."),
        click.option("--key", envvar="XOP_KEY", show_envvar=True, metavar="KEY",
                     help="The API key of the principal you are. The variable keeps it out of the process list."),
        click.option(*(names or ("--data", "--data-folder")), "data_folder", type=NEW_FOLDER if new else FOLDER,
                     metavar="DIR", help="Open this data folder directly, while no server runs on it."),
        click.option("--as", "name", metavar="NAME",
                     help="On a data folder: whom to act as; by default the operator who may do most."),
    )  # fmt: skip

    def decorate(command: Function) -> Callable[..., None]:
        @wraps(command)
        def run(*, url: str, key: str | None, data_folder: Path | None, name: str | None, **rest: Any) -> None:
            _require_one(data_folder, name)
            if names == ("--data-folder",):
                _require_no_folder()
            command(reach=Reach(url, key, data_folder, name), **rest)

        decorated: Callable[..., None] = run
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


def _require_no_folder() -> None:
    """Refuse a folder where `--data` takes JSON."""
    context = click.get_current_context()
    for option in context.command.params:
        if "--data" in option.opts and _is_folder(str(context.params[option.name or ""])):
            raise click.UsageError("--data takes a JSON object here: for a data folder give --data-folder")


def _is_folder(text: str) -> bool:
    try:
        return Path(text).is_dir()
    except (OSError, ValueError):
        return False  # JSON that is too long, or otherwise no path at all.


def _require_url(_context: click.Context, _option: click.Parameter, url: str) -> str:
    try:
        parsed, host = httpx.URL(url), urlsplit(url).hostname
    except (httpx.InvalidURL, ValueError) as error:
        raise click.BadParameter(f"{url!r} is no URL: {error}") from error
    if parsed.scheme not in {"http", "https"} or not host:
        raise click.BadParameter(f"{url!r} is no URL of a server: write it as http://host:port")
    return url


def _require_one(data: Path | None, name: str | None) -> None:
    """Refuse options that contradict one another; variables of the environment give way."""
    context = click.get_current_context()
    written = {each for each in ("url", "key") if context.get_parameter_source(each) is _WRITTEN}
    if data is None and name is not None:
        raise click.UsageError("--as goes with a data folder; a server knows you by --key or XOP_KEY")
    if data is not None and "url" in written:
        raise click.UsageError("a URL and a data folder name two platforms: give one of them")
    if data is not None and "key" in written:
        raise click.UsageError("a data folder asks for no key: say with --as whom to act as")


def paged(most: int) -> Callable[[Function], Function]:
    """Give a command the limit of a list."""
    return click.option(
        "--limit", type=click.IntRange(1, most), default=50, show_default=True, help="At most so many rows."
    )
