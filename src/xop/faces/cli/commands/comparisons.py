"""`xop compare` and `xop retell`: a decision under another release, and as a scenario for the workspace's tests."""

import click

from xop.faces.cli.door import place
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output

_DIFFERS = {
    "": "nothing: both decide the same",
    "verdict": "the verdict",
    "reason": "the rule that decides",
    "terms": "what is waited for or owed",
    "choice": "what is chosen",
}


@click.command(short_help="See what another release would have decided.")
@click.argument("decision")
@click.argument("release")
@reaches()
@answers
def compare(*, decision: str, release: str, reach: Reach, output: Output) -> None:
    """Decide the request behind a DECISION again under another RELEASE, by its digest, as `xop releases` lists them.

    The same customer as they were, the same moment, the same reads. Nothing follows from it and nothing is kept.
    """
    with reach.door() as door:
        found = door.get(place("decisions", decision, "comparison"), release=release)

    def tell() -> None:
        output.fields({"decision": found["decision"], "differs in": _DIFFERS[found["differs_in"]]})
        rows = [
            (name, found[digest], found[side]["verdict"], found[side].get("code", ""))
            for name, digest, side in (("as it was", "recorded_release", "recorded"), ("there", "release", "other"))
        ]
        output.table(("", "release", "verdict", "rule"), rows, "")
        for reason in found["other"].get("reasons", ()):
            if not reason.get("lost"):
                output.line(f"There: {reason['message']} (rule {reason['rule']})")
        if found["unread"]:
            output.note(f"Not known there, since it was not read then: {', '.join(found['unread'])}")

    output.answer(found, tell)


@click.command(short_help="Retell a decision as a scenario.")
@click.argument("decision")
@reaches()
@answers
def retell(*, decision: str, reach: Reach, output: Output) -> None:
    """Print a DECISION as a scenario for the workspace's tests.

    It is run first, and printed only if it comes to the same verdict by the same rule. Nobody is named in it; the
    arguments are those that were asked for.
    """
    with reach.door() as door:
        retold = door.get(place("decisions", decision, "scenario"))
    output.answer(retold, lambda: output.line(retold["scenario"].rstrip("\n")))
