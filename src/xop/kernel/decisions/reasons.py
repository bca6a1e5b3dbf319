"""The reasons that the platform gives itself: in the ledger in English, and told in any language."""

from collections.abc import Iterator, Mapping

from xop.kernel.base.phrase import Phrase, marked, phrase, spoken, verbatim
from xop.kernel.decisions.model import Decision, Reason

UNKNOWN = marked("A fact that this action needs could not be had, and unknown never permits.")

UNPERMITTED = marked("No rule permits this actor to do this.")

NOT_GRANTED = marked("{actor} is not granted {action}: its `actions` in agents.yaml do not name it.")

CHOSEN: Mapping[str, str] = marked(
    {
        "best": "{winner} has the highest priority of all that is permitted.",
        "explored": "{winner} was drawn at random among all that is permitted, to learn how it does.",
        "random": "The customer is in the control group `random`: {winner} was drawn among all that is permitted.",
        "holdout": "The customer is in the control group `holdout`, for whom nothing is done.",
        "nothing": "Nothing that is permitted has a priority above that of doing nothing.",
    }
)
"""By the way in which a choice was made."""


def reason_told(reason: Reason, decision: Decision) -> Phrase:
    """Return why a decision was made so: the platform's own words as a phrase, a rule's message as it stands."""
    filled = (each for each in _filled(reason, decision) if spoken(each) == reason.message)
    return next(filled, verbatim(reason.message))


def reasons_told(decision: Decision) -> list[Phrase]:
    """Return what the rules that decided say."""
    return [reason_told(each, decision) for each in decision.reasons if not each.lost]


def _filled(reason: Reason, decision: Decision) -> Iterator[Phrase]:
    yield phrase(NOT_GRANTED, actor=str(decision.actor), action=decision.action)
    way = reason.rule.rpartition(".")[2]
    winner = next((f"{each.name} by {each.treatment}" for each in decision.candidates if not each.fell), "")
    if decision.stage == "choice" and way in CHOSEN:
        yield phrase(CHOSEN[way], winner=winner)
