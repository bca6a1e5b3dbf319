"""Undoing: taking back what was asked for, or having done what undoes it, as far as that is still possible."""

from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.console.work.outcome import outcome_of
from xop.faces.http.problems import ProblemError

_WITHDRAW = "POST /v1/invocations/{invocation}/withdrawal"
_REVERSE = "POST /v1/invocations/{invocation}/reversal"

_SAID = marked(
    {"permit": "It is being undone.", "hold": "Undoing it waits: {reasons}", "deny": "It is not undone: {reasons}"}
)


async def undo(visit: Visit, invocation: str, conversation: str = "") -> tuple[str, str]:
    """Undo what became of an invocation; return what came of that in words, and whether it is good news."""
    became, text = await outcome_of(visit, invocation), visit.words.text
    if became is None or not became.way:
        return text(became.why_not if became is not None else marked("Nothing is known of it.")), "problem"
    path = {"invocation": became.target}
    try:
        if became.way == "withdrawal":
            await visit.ask(_WITHDRAW, path=path)
            return text("Taken back: nothing is done."), "done"
        ruled = await visit.ask(_REVERSE, path=path, body={"conversation": conversation} if conversation else {})
    except ProblemError as problem:
        return f"{text(problem.detail)}. {text(problem.remedy)}.", "problem"
    return text(_SAID[ruled.verdict]).format(reasons=" ".join(map(text, ruled.reasons))), (
        "done" if ruled.verdict != "deny" else "problem"
    )
