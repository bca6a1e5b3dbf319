"""`xop explain`: why a decision was made, for whoever looks into it, for the customer, or as a file that verifies offline."""

import json
from pathlib import Path
from typing import Any

import click
import msgspec

from xop.faces.cli.door import Door, place
from xop.faces.cli.failure import CommandFailed
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output
from xop.kernel.choices.facts import decision_of
from xop.ports.errors import StorageError
from xop.runtimes.files import replace

_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="Explain a decision, and tell what became of it.")
@click.argument("decision")
@click.option("--audience", type=click.Choice(["customer", "auditor"]), help="Whom it is for; see below.")
@click.option("--language", metavar="LANGUAGE", help="With --audience: the language of the person, such as `es`.")
@click.option(
    "--bundle", type=_NEW_FILE, metavar="FILE", help="Write all that verifies it offline; personal data is in it."
)
@click.option("--index", type=click.IntRange(0), help="With --bundle: the leaf's index, for what was erased since.")
@click.option(
    "--wait", type=click.FloatRange(0, 30), default=0, help="With --bundle: wait so many seconds for the proof."
)
@reaches()
@answers
def explain(
    *,
    decision: str,
    audience: str | None,
    language: str | None,
    bundle: Path | None,
    index: int | None,
    wait: float,
    reach: Reach,
    output: Output,
) -> None:
    """Explain a DECISION: which rules spoke, what they read and how old it was, what lost and why, what became of it.

    The id of an invocation stands for its latest decision, that of a choice for the decision that made it.

    For an auditor, the part of AI and people, what would have been decided otherwise, rights and proof are told besides.
    For a customer, all of it is told in plain language, without values and names, and the ledger tells that it was.
    """
    if bundle is None and (index is not None or wait):
        raise click.UsageError("--index and --wait go with --bundle")
    if bundle is not None and audience is not None:
        raise click.UsageError("a bundle is for whoever verifies it: leave out --audience")
    if language is not None and audience is None:
        raise click.UsageError("--language goes with --audience")
    named = decision_of(decision) if decision.startswith("choice:") else decision
    with reach.door() as door:
        if bundle is not None:
            _export(door, named, bundle, index, wait, output)
        elif audience is not None:
            told = door.get(place("decisions", named, "explanation"), audience=audience, language=language)
            output.answer(told, lambda: _tell(told, output))
        else:
            path = door.get(place("decisions", named))
            output.answer(path, lambda: _tell_path(path, output))


def _export(door: Door, decision: str, file: Path, index: int | None, wait: float, output: Output) -> None:
    export = door.get(place("decisions", decision, "bundle"), index=index, wait=wait or None)
    try:
        replace(file, json.dumps(export, ensure_ascii=False, indent=1).encode())
    except StorageError as error:
        raise CommandFailed(str(error), "name another file") from error
    answer = {"decision": decision, "index": export["index"], "written": str(file), "erased": export["erased"]}

    def tell() -> None:
        output.fields({**answer, "index": str(export["index"])})
        output.note(
            "Verify it with the program that the command `log verifier` prints, and a trust policy of your own."
        )

    output.answer(answer, tell)


def _tell(told: dict[str, Any], output: Output) -> None:
    output.line(told["text"])
    if told.get("delivered") is False:
        output.note("No server runs, or it is busy: it was not recorded that the customer is given this.")


def _tell_path(told: dict[str, Any], output: Output) -> None:
    asked = told["asked"]
    names = ("verdict", "code", "until", "due", "approvers", "obligations", "person", "error")
    output.fields(
        {
            "decision": told["decision"],
            "at": told["at"],
            **{"rule" if name == "code" else name: told[name] for name in names},
            "action": f"{asked['action']} version {asked['action_version']}",
            **{
                name: asked[name]
                for name in ("actor", "customer", "purpose", "channel", "stage", "invocation", "cause")
            },
            "release": told["release"],
        }
    )
    output.line()
    output.line(told["story"])
    output.line()
    output.line("facts read", "bold")
    rows = [(each["name"], _value(each), each["source"], each["age"]) for each in told["facts_read"]]
    output.table(("fact", "value", "source", "age"), rows, "none")
    if told["overruled"]:
        output.line()
        output.line("what lost", "bold")
        lost = [(each["rule"], each["message"], each["lost"]) for each in told["overruled"]]
        output.table(("rule", "what it says", "why it lost"), lost, "")


def _value(read: dict[str, Any]) -> str:
    return msgspec.json.encode(read["value"]).decode() if "value" in read else "erased"
