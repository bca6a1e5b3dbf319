"""What a decision was about and what came of it, as it is said to the customer."""

from collections.abc import Mapping

from xop.kernel.decisions.aftermath import Happening
from xop.kernel.decisions.model import Decision
from xop.kernel.hindsight.account import Account
from xop.kernel.hindsight.contest import winner
from xop.kernel.hindsight.voice import addressed, moment, sentence, words

_VERDICTS = {"permit": "It was allowed.", "deny": "It was refused.", "hold": "It has to wait"}

_WAITED = "It had to wait"

_UNTIL: Mapping[str, str] = {
    "approval": " until one of our staff approves it.",
    "verification": " until your identity is checked more strongly.",
    "quiet_hours_end": " until it is no longer a quiet hour where you are.",
    "resume": " until we let such actions go on.",
    "time": " until its time comes.",
}

_STAGES: Mapping[str, str] = {
    "evaluation": "This was only asked beforehand: nothing was done.",
    "reconsideration": "It had been decided on before. We looked at it again, because something had changed.",
    "execution": "It had been allowed before. We checked it once more just before it was done.",
    "approval": "One of our staff gave an answer to it, and we applied our rules once more.",
}

_CAME: Mapping[str, str] = {
    "approved": "One of our staff approved it on {at}.",
    "refused": "One of our staff refused it on {at}. Nothing was done.",
    "edited": "One of our staff changed it and approved that on {at}.",
    "withdrawn": "Whoever asked took it back on {at}. Nothing was done.",
    "expired": "Its time was over on {at}. Nothing was done.",
    "stopped": "Another rule stopped it on {at}. Nothing was done.",
    "denied": "It was refused in the end, on {at}. Nothing was done.",
    "done": "It was done on {at}.",
    "failed": "It was tried on {at} and did not work.",
    "uncertain": "It was tried on {at}, and we do not know whether it worked.",
    "dropped": "It was given up on {at}.",
    "escalated": "Another person was asked on {at}.",
}


def subject_told(account: Account) -> str:
    """Return what a decision was about."""
    decision = account.decision
    if decision.stage == "choice":
        return _choice(decision)
    compiled = account.release.actions.get(decision.action) if account.release is not None else None
    said = addressed(compiled.action.description) if compiled is not None else words(decision.action)
    return sentence(said)


def verdict_told(account: Account) -> str:
    """Return how it was decided."""
    decision = account.decision
    if decision.stage == "choice":
        return ""
    if decision.verdict == "hold":
        return (_WAITED if account.after else _VERDICTS["hold"]) + _UNTIL.get(decision.until, ".")
    return _VERDICTS[decision.verdict]


def effect_told(account: Account) -> list[str]:
    """Return what came of it, in the order it happened."""
    decision = account.decision
    told = [_STAGES[decision.stage]] if decision.stage in _STAGES else []
    if account.after:
        return [*told, *(_happened(each, account.zone) for each in account.after)]
    if decision.stage in {"evaluation", "choice"}:
        return told
    if decision.verdict == "deny":
        return [*told, "Nothing was done."]
    return [*told, "Nothing has been done yet."]


def _happened(happening: Happening, zone: str) -> str:
    return _CAME[happening.what].format(at=moment(happening.at, zone))


def _choice(decision: Decision) -> str:
    many, chosen = len(decision.candidates), winner(decision)
    among = f"Among {many} things we might do for you, we" if many > 1 else "We looked at what we might do for you, and"
    return f"{among} chose {f'“{words(chosen)}”' if chosen else 'to do nothing'}."
