"""The page of all commands, from their own help."""

from collections.abc import Mapping, Sequence

import click

from xop.faces.cli.reference.markdown import page, table

_WIDTH = 100

_EXITS = (
    ("0", "done"),
    ("1", "problems were found, or the platform refused"),
    ("2", "wrong usage"),
    ("3", "the server cannot be reached, or the data folder is in use"),
)

_VARIABLES = (
    ("`XOP_URL`", "the running server, instead of `--url`"),
    ("`XOP_KEY`", "the API key of the principal you are, instead of `--key`"),
    ("`NO_COLOR`", "when set, text is plain; it always is in a pipe"),
)


def commands_page(program: click.Command, sections: Mapping[str, Sequence[click.Command]]) -> str:
    """Return the page: the program's own help, then that of every command under its heading."""
    context = _context(program, None)
    blocks: list[list[str] | str] = [_help(program, context)]
    blocks += ["## Exit codes", table(("code", "meaning"), _EXITS)]
    blocks += ["## Environment", table(("variable", "meaning"), _VARIABLES)]
    for heading, commands in sections.items():
        blocks.append(f"## {heading}")
        for command in commands:
            inner = _context(command, context)
            blocks += [f"### xop {command.name}", _help(command, inner)]
            for each in command.commands.values() if isinstance(command, click.Group) else ():
                blocks += [f"#### xop {command.name} {each.name}", _help(each, _context(each, inner))]
    return page("Command line", *blocks)


def _help(command: click.Command, context: click.Context) -> list[str]:
    return ["```text", *command.get_help(context).splitlines(), "```"]


def _context(command: click.Command, parent: click.Context | None) -> click.Context:
    """Return the context in which a command's help reads the same on every terminal."""
    names = ["-h", "--help"]
    return click.Context(
        command,
        parent,
        command.name if parent else "xop",
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=names,
    )
