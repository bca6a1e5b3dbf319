"""What becomes of runs when a workspace is published: as it is written on a command line, and as it is told."""

from typing import Any

import click
import msgspec

from xop.engine.publication import JourneyChoice
from xop.faces.cli.output import Output
from xop.kernel.actions.model import Name

_COLUMNS = ("journey", "version", "step", "runs", "step is", "they")


def fates(written: tuple[str, ...]) -> dict[str, JourneyChoice]:
    """Return the choices written as `journey=fate` and `journey.step=fate`; raises `click.UsageError` for any other text."""
    found: dict[str, dict[str, Any]] = {}
    for text in written:
        place, equals, fate = text.partition("=")
        journey, dot, step = place.partition(".")
        if not equals or not journey or (dot and not step):
            raise click.UsageError(f"--choose {text!r} is not of the form journey=fate or journey.step=fate")
        choice = found.setdefault(journey, {"steps": {}})
        name, there = (step, choice["steps"]) if dot else ("runs", choice)
        if name in there:
            raise click.UsageError(f"--choose names {place!r} twice")
        there[name] = fate
    try:
        return msgspec.convert(found, dict[Name, JourneyChoice])
    except msgspec.ValidationError as error:
        fits = "a fate is `stay`, `leave`, `migrate` or `migrate:STEP`, and names are in lower case"
        raise click.UsageError(f"--choose does not fit: {fits}") from error


def tell_publication(
    answer: dict[str, Any], output: Output, *, preview: bool, own: str | None, again: bool = False
) -> None:
    """Tell a person which workspace rules now, and what becomes of the runs in journeys it changes.

    `own` is the digest of the workspace by itself, or None for what undoes a publication; `again` says that it ruled
    before.
    """
    undo = own is None
    output.line(_headline(answer, preview=preview, again=again), "" if preview else "green")
    changes = answer.get("changes", {}) if answer["before"] else {}
    output.fields({"release": answer["digest"], "before": answer["before"], **changes})
    if own not in {None, answer["digest"]}:
        named = "the one that was named" if again else "the workspace's own digest"
        cause = "because former versions of journeys are kept with " + ("each" if again else "it")
        output.line(f"The release differs from {named}, {own}, {cause}.")
    tell_unannounced(answer.get("contracts", []), output)
    if not answer["impact"]:
        return
    output.line()
    rows = [
        (
            each["journey"],
            each["version"],
            each["step"],
            f"{each['runs']:,}",
            each["change"],
            _told(each, preview=preview),
        )
        for each in answer["impact"]
    ]
    output.table(_COLUMNS, rows, "")
    if answer.get("settled") is False:
        output.line("Runs are still following.")
    if preview and not undo and all(each["fate"] == "stay" for each in answer["impact"]):
        output.note(
            "Choose otherwise with `--choose JOURNEY=leave`, `--choose JOURNEY.STEP=migrate:STEP` and the like."
        )
    elif not preview and not undo:
        output.note("Undo it with `xop publish --undo`.")


def tell_unannounced(changes: list[dict[str, Any]], output: Output) -> None:
    """Warn of contracts that break callers under the version that they know."""
    for each in changes:
        if each["change"] == "breaking" and each.get("after", 0) <= each.get("before", 0):
            why = "; ".join(each["breaks"])
            output.line(
                f"{each['action']} breaks callers without a new version: {why}. Raise its `version` above "
                f"{each['before']}.",
                "yellow",
            )


def _headline(answer: dict[str, Any], *, preview: bool, again: bool) -> str:
    name = answer["name"]
    if preview:
        if answer["digest"] == answer["before"]:
            return f"{name} rules already: publishing would change nothing."
        return f"{name} would rule{' again' if again else ''}. Nothing has changed yet."
    if answer["digest"] == answer["before"]:
        return f"{name} rules already: nothing changed."
    return f"{name} rules {'again ' if again else ''}from the next command on."


def _told(each: dict[str, Any], *, preview: bool) -> str:
    """Return what becomes of the runs of one line; a run that cannot go as a whole stays."""
    goes = f"{each['fate']} to {each['to']}" if each.get("to") else str(each["fate"])
    return f"would {goes}" if preview else goes
