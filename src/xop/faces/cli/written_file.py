"""A file that a command writes: what is there already stays, unless the caller says otherwise."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from xop.faces.cli.failure import CommandFailed


def out_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds `--out` and `--force`."""
    path = click.Path(dir_okay=False, path_type=Path)

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        force = click.option("--force", is_flag=True, help="Write over a file of --out that is there already.")
        return click.option("--out", type=path, metavar="FILE", help=what)(force(command))

    return decorate


def write_file(path: Path, text: str, *, force: bool) -> None:
    """Write a file in UTF-8; raises CommandFailed for one that is there, unless `force`, or cannot be written."""
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise CommandFailed(f"{path} is there already", "name another file, or write over it with --force") from error
    except OSError as error:
        cause = f"{path} cannot be written: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, "name a file this user may write") from error
