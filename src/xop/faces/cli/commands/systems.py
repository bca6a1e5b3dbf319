"""`xop systems` and `xop inform`: the register of AI systems, and what customers were told of them."""

from typing import Any

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output

_COLUMNS = ("system", "risk class", "covers", "provider", "open duties")


@click.command(short_help="List AI systems and the state of every duty.")
@click.argument("system", required=False)
@reaches()
@answers
def systems(*, system: str | None, reach: Reach, output: Output) -> None:
    """List the AI systems of the register, or look at one SYSTEM: what it is for, and how it stands to every duty."""
    with reach.door() as door:
        answer = door.get("/v1/systems") if system is None else door.get(place("systems", system))
    output.answer(answer, lambda: _tell_all(answer, output) if system is None else _tell_one(answer, output))


@click.command(short_help="Record that a customer was told of an AI.")
@click.argument("customer")
@click.argument("text")
@click.option("--language", required=True, help="The language it was given in, such as `en`.")
@click.option("--system", default="", help="The system it is about; by default all that give this text.")
@click.option("--conversation", default="", help="The conversation in which it was given.")
@click.option("--channel", default="", help="The channel on which it was given; by default that of the conversation.")
@reaches()
@answers
def inform(*, customer: str, text: str, reach: Reach, output: Output, **given: str) -> None:
    """Record that CUSTOMER (an id, or `namespace:value`) was given TEXT, a text of systems.yaml."""
    body = {"text": text, **{name: value for name, value in given.items() if value}}
    with reach.door(changes=True) as door:
        answer = door.post(place("customers", customer, "notices"), body)
    output.answer(answer, lambda: output.fields({"customer": answer["customer"], "recorded": str(answer["facts"])}))


def _tell_all(answer: dict[str, Any], output: Output) -> None:
    if answer["deployer"] is None:
        output.line("This workspace has no register of AI systems: add systems.yaml and publish it.")
        return
    rows = [
        (each["system"], each["risk_class"], each["covers"], each["provider"], _open(each["duties"]))
        for each in answer["systems"]
    ]
    output.table(_COLUMNS, rows, "The register has no systems.")
    if rows:
        output.line("Next: `xop systems SYSTEM`.")


def _open(duties: list[dict[str, Any]]) -> str:
    lacking = [each for each in duties if each["applies"] and not each["met"]]
    return ", ".join(f"{each['duty']} ({_when(each)})" for each in lacking) or "none"


def _when(duty: dict[str, Any]) -> str:
    return f"since {duty['effective_from']}" if duty["in_force"] else f"from {duty['effective_from']}"


def _tell_one(answer: dict[str, Any], output: Output) -> None:
    instructions = answer["instructions"]
    assessment = answer["assessment"]
    output.fields(
        {
            **{name: answer[name] for name in ("system", "purpose", "provider", "role", "model", "version", "covers")},
            "risk class": answer["risk_class"],
            "because": answer["rationale"],
            "oversight": answer["oversight"],
            "trained": answer["trained"],
            "instructions": f"{instructions['id']} {instructions['version']}" if instructions else "",
            "assessment": f"{assessment['performed']} to {assessment['valid_until']}" if assessment else "",
            "in use since": answer["in_use_since"],
        }
    )
    output.line()
    rows = [
        (each["duty"], each["article"], _when(each), "" if not each["applies"] else each["lacks"] or "met")
        for each in answer["duties"]
    ]
    output.table(("duty", "article", "binds", "state"), [(*row[:3], row[3] or "does not apply") for row in rows], "")
    output.line()
    texts = [
        (each["text"], each["kind"], str(each["version"]), each["language"], each["sha256"]) for each in answer["texts"]
    ]
    output.table(("text", "kind", "version", "language", "sha256"), texts, "It gives no texts.")
