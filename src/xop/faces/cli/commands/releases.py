"""`xop releases`: what was published, the files it is made of, and what one release changes of another."""

import sys
from collections.abc import Iterator
from difflib import unified_diff
from typing import Any

import click

from xop.faces.cli.door import Door, place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output, printable
from xop.faces.cli.publication import RELEASES


@click.group(invoke_without_command=True, short_help="List every release, look into one, compare two.")
@reaches()
@answers
def releases(*, reach: Reach, output: Output) -> None:
    """List every release, newest publication first; or read the files of one, or compare two."""
    if click.get_current_context().invoked_subcommand is not None:
        _require_no_options()
        return
    with reach.door() as door:
        answer = door.get(RELEASES)

    def tell() -> None:
        rows = [
            (each["digest"], each["name"], each["at"], each["by"], "active" if each["active"] else "")
            for each in answer["releases"]
        ]
        output.table(("release", "workspace", "published", "by", ""), rows, "Nothing was ever published.")

    output.answer(answer, tell)


def _require_no_options() -> None:
    """Refuse options that would be lost, because they stand before the command they are meant for."""
    context = click.get_current_context()
    for option in context.command.params:
        name = option.name or ""
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"write {option.opts[0]} after `{context.invoked_subcommand}`")


@releases.command(short_help="List the files of a release.")
@click.argument("release")
@reaches()
@answers
def files(*, release: str, reach: Reach, output: Output) -> None:
    """List the files of the workspace that was published as RELEASE."""
    with reach.door() as door:
        answer = door.get(_place(release, "files"))

    def tell() -> None:
        rows = [(each["path"], f"{each['size']:,}", each["sha256"]) for each in answer["files"]]
        output.table(("file", "bytes", "sha256"), rows, "The release has no files of its own.")
        if rows:
            output.note(f"Read one with `xop releases file {release} {rows[0][0]}`.")

    output.answer(answer, tell)


@releases.command(short_help="Print a file of a release.")
@click.argument("release")
@click.argument("path")
@reaches()
@answers
def file(*, release: str, path: str, reach: Reach, output: Output) -> None:
    """Print the file PATH of the workspace that was published as RELEASE, just as it was."""
    with reach.door() as door:
        answer = door.get(_place(release, "file"), path=path)
    text = str(answer["text"])
    # A terminal must not be driven by what stands in a file; a pipe gets every character.
    output.answer(answer, lambda: click.echo(printable(text) if sys.stdout.isatty() else text, nl=False))


@releases.command(short_help="Show what a release changes of another.")
@click.argument("release")
@click.option("--before", metavar="RELEASE", help="The release to compare with; the one that rules by default.")
@click.option("--lines", is_flag=True, help="Show the lines that differ, too.")
@reaches()
@answers
def changes(*, release: str, before: str | None, lines: bool, reach: Reach, output: Output) -> None:
    """Show what RELEASE changes of the one that rules, or of another: files, contracts of actions, rules and journeys."""
    with reach.door() as door:
        answer = door.get(_place(release, "changes"), before=before)
        if lines:
            answer["lines"] = {each["path"]: list(_lines(door, answer, each)) for each in answer["changes"]["files"]}
    output.answer(answer, lambda: _tell(answer, output))


def _place(release: str, name: str) -> str:
    return place("releases", release, name)


def _lines(door: Door, answer: dict[str, Any], changed: dict[str, str]) -> Iterator[str]:
    """Yield how a file differs between two releases, in the unified format of `diff`."""
    path, change = changed["path"], changed["change"]
    was = "" if change == "new" else door.get(_place(answer["before"], "file"), path=path)["text"]
    now = "" if change == "gone" else door.get(_place(answer["release"], "file"), path=path)["text"]
    yield from unified_diff(was.splitlines(), now.splitlines(), f"before/{path}", f"after/{path}", lineterm="")


def _tell(answer: dict[str, Any], output: Output) -> None:
    output.fields({"release": answer["release"], "before": answer["before"]})
    output.line()
    rows = list(_rows(answer["changes"]))
    output.table(("what", "name", "is", "how"), rows, "The two are the same in every file.")
    for each in answer.get("lines", {}).values():
        output.line()
        output.line("\n".join(each))
    if rows and "lines" not in answer:
        command = f"xop releases changes {answer['release']} --before {answer['before']} --lines"
        output.note(f"See the lines with `{command}`.")


def _rows(told: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for each in told["files"]:
        yield "file", each["path"], each["change"], ""
    for each in told["contracts"]:
        told_of = each.get("breaks") or each.get("differs", ())
        yield "action", each["action"], each["change"], "; ".join(told_of)
    for each in told["rules"]:
        yield "rule", each["rule"], each["change"], ", ".join(each["differs"]) or each["message"]
    for each in told["journeys"]:
        yield "journey", each["journey"], each["change"], "; ".join(_of_journey(each))


def _of_journey(told: dict[str, Any]) -> Iterator[str]:
    for name, word in (("added", "new"), ("removed", "gone"), ("changed", "changed")):
        if told[name]:
            yield f"{word} steps: {', '.join(told[name])}"
    if told["differs"]:
        yield f"otherwise: {', '.join(told['differs'])}"
