"""What a decision was about and what came of it, as it is said to the customer."""

from collections.abc import Mapping

from xop.kernel.base.phrase import Phrase, marked, opening, phrase, verbatim
from xop.kernel.decisions.aftermath import Happening
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.account import Account
from xop.kernel.hindsight.contest import winner
from xop.kernel.hindsight.voice import addressed, moment, sentence, words

_VERDICTS: Mapping[str, str] = marked({"permit": "It was allowed.", "deny": "It was refused."})

_WAITS: Mapping[str, str] = marked(
    {
        "": "It has to wait.",
        "approval": "It has to wait until one of our staff approves it.",
        "verification": "It has to wait until your identity is checked more strongly.",
        "quiet_hours_end": "It has to wait until it is no longer a quiet hour where you are.",
        "resume": "It has to wait until we let such actions go on.",
        "time": "It has to wait until its time comes.",
    }
)

_WAITED: Mapping[str, str] = marked(
    {
        "": "It had to wait.",
        "approval": "It had to wait until one of our staff approves it.",
        "verification": "It had to wait until your identity is checked more strongly.",
        "quiet_hours_end": "It had to wait until it is no longer a quiet hour where you are.",
        "resume": "It had to wait until we let such actions go on.",
        "time": "It had to wait until its time comes.",
    }
)
"""The same, once something came of it."""

_STAGES: Mapping[str, str] = marked(
    {
        "evaluation": "This was only asked beforehand: nothing was done.",
        "reconsideration": "It had been decided on before. We looked at it again, because something had changed.",
        "execution": "It had been allowed before. We checked it once more just before it was done.",
        "approval": "One of our staff gave an answer to it, and we applied our rules once more.",
    }
)

_CAME: Mapping[str, str] = marked(
    {
        "approved": "One of our staff approved it on {at}.",
        "refused": "One of our staff refused it on {at}. Nothing was done.",
        "edited": "One of our staff changed it and approved that on {at}.",
        "withdrawn": "{asker} took it back on {at}. Nothing was done.",
        "expired": "Its time was over on {at}. Nothing was done.",
        "stopped": "Another rule stopped it on {at}. Nothing was done.",
        "denied": "It was refused in the end, on {at}. Nothing was done.",
        "done": "It was done on {at}.",
        "failed": "It was tried on {at} and did not work.",
        "uncertain": "It was tried on {at}, and we do not know whether it worked.",
        "dropped": "It was given up on {at}.",
        "escalated": "Another person was asked on {at}.",
    }
)


def subject_told(account: Account) -> Phrase:
    """Return what a decision was about."""
    decision = account.decision
    if decision.stage == "choice":
        return opening(chosen_told(decision))
    compiled = account.release.actions.get(decision.action) if account.release is not None else None
    said = addressed(compiled.action.description) if compiled is not None else words(decision.action)
    return verbatim(sentence(said))


def verdict_told(account: Account) -> Phrase | str:
    """Return how it was decided."""
    decision = account.decision
    if decision.stage == "choice":
        return ""
    if decision.verdict == "hold":
        waits = _WAITED if account.after else _WAITS
        return phrase(waits.get(decision.until, waits[""]))
    return phrase(_VERDICTS[decision.verdict])


def effect_told(account: Account) -> list[Phrase]:
    """Return what came of it, in the order it happened."""
    decision = account.decision
    told = [phrase(_STAGES[decision.stage])] if decision.stage in _STAGES else []
    if account.after:
        return [*told, *(_happened(each, account.zone) for each in account.after)]
    if decision.stage in {"evaluation", "choice"}:
        return told
    if decision.verdict == "deny":
        return [*told, phrase("Nothing was done.")]
    return [*told, phrase("Nothing has been done yet.")]


def chosen_told(decision: Decision) -> Phrase:
    """Return what a choice chose, as a sentence goes on with it."""
    many, chosen = len(decision.candidates), words(winner(decision))
    if many > 1 and chosen:
        return phrase("among {count} things we might do for you, we chose “{chosen}”.", count=many, chosen=chosen)
    if many > 1:
        return phrase("among {count} things we might do for you, we chose to do nothing.", count=many)
    if chosen:
        return phrase("we looked at what we might do for you, and chose “{chosen}”.", chosen=chosen)
    return phrase("we looked at what we might do for you, and chose to do nothing.")


def _happened(happening: Happening, zone: str) -> Phrase:
    return opening(phrase(_CAME[happening.what], at=moment(happening.at, zone)))
