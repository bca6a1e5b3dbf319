"""The story of a decision, sentence by sentence, from its explanation for auditors."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from xop.faces.console.decision.graph import Graph, graph_of, value_told
from xop.faces.console.decision.readings import about_told, source_told
from xop.faces.console.words import Words, marked

_VERDICTS: Mapping[str, str] = marked({"permit": "It was permitted.", "deny": "It was denied.", "hold": "It is held."})

_HELD: Mapping[str, str] = marked(
    {
        "approval": "It is held until somebody approves it.",
        "verification": "It is held until the customer's identity is verified.",
        "quiet_hours_end": "It is held until quiet hours end where the customer is.",
        "time": "It is held until its time comes.",
        "resume": "It is held until what was halted goes on.",
    }
)

_WAS_HELD: Mapping[str, str] = marked(
    {
        "approval": "It was held for somebody to approve it.",
        "verification": "It was held for the customer's identity to be verified.",
        "quiet_hours_end": "It was held for quiet hours to end where the customer is.",
        "time": "It was held for its time to come.",
        "resume": "It was held for what was halted to go on.",
    }
)
"""The same, once something came of it."""

_STAGES: Mapping[str, str] = marked(
    {
        "evaluation": "It was only asked what the verdict would be: nothing follows from it.",
        "reconsideration": "It had been proposed before, and was judged again.",
        "approval": "It was judged again because somebody approved it.",
        "execution": "It had been permitted before, and was judged once more at the moment it was to leave.",
    }
)

FELL: Mapping[str, str] = marked(
    {
        "": "chosen",
        "eligible": "The customer is not eligible.",
        "applicable": "It does not apply now.",
        "suitable": "It is not suitable for the customer.",
        "treatment": "No treatment's condition holds.",
        "arguments": "Its arguments do not fit the action.",
        "arbiter": "A rule denied it.",
        "held": "It would have had to wait.",
        "value": "Its priority cannot be reckoned.",
        "holdout": "Nothing is done in the holdout.",
        "floor": "Its priority is not above that of doing nothing.",
        "outranked": "Another one ranks higher.",
    }
)
"""Where candidates fall, in words."""

_NUMBERS = ("rank", "context", "lever", "propensity", "value", "cost", "priority")

_RECKONED = marked(
    "rank %(rank)s: context %(context)s * levers %(lever)s * "
    "(propensity %(propensity)s * value %(value)s - cost %(cost)s) = %(priority)s"
)

_WHAT: Mapping[str, tuple[str, str]] = {
    "approved": (marked("Approved"), "good"),
    "edited": (marked("Approved with other arguments"), "good"),
    "done": (marked("Carried out"), "good"),
    "refused": (marked("Refused"), "bad"),
    "denied": (marked("Denied when it was judged again"), "bad"),
    "stopped": (marked("Stopped"), "bad"),
    "failed": (marked("Failed"), "bad"),
    "withdrawn": (marked("Withdrawn"), "bad"),
    "expired": (marked("Its time was over"), "bad"),
    "dropped": (marked("Given up"), "bad"),
    "uncertain": (marked("Sent, and nobody knows whether it was carried out"), "wait"),
    "escalated": (marked("Passed on"), "wait"),
}


class Fact(Struct, frozen=True):
    """One fact that was read."""

    name: str
    about: str
    value: str
    kept: bool
    """Whether there is a value to show."""
    source: str
    at: str
    age: str
    decisive: bool


class Rule(Struct, frozen=True):
    """One rule that spoke."""

    order: int
    rule: str
    text: str
    effect: str
    place: str
    basis: str
    lost: str
    decided: bool
    reads: tuple[str, ...]


class Candidate(Struct, frozen=True):
    """One candidate of a choice."""

    name: str
    by: str
    why: str
    reason: str
    chosen: bool
    reckoned: str
    """How its priority came about; empty for one that has none."""


class Happening(Struct, frozen=True):
    """One thing that came of it."""

    at: str
    text: str
    tone: str
    by: str
    note: str
    detail: str
    successor: str
    arguments: Mapping[str, Any]


class Story(Struct, frozen=True):
    """One decision as it is read."""

    told: Mapping[str, Any]
    """The explanation for auditors as it is."""
    heading: str
    whom: str
    """What the customer is called; empty where that may not be seen."""
    asked: tuple[str, ...]
    verdict: tuple[str, ...]
    rules: tuple[Rule, ...]
    facts: tuple[Fact, ...]
    candidates: tuple[Candidate, ...]
    after: tuple[Happening, ...]
    graph: Graph

    @property
    def erased(self) -> bool:
        """Whether the values are gone."""
        return bool(self.told["evidence"] == "erased")

    @property
    def path(self) -> Mapping[str, Any]:
        """The reasoning path."""
        reasoning: Mapping[str, Any] = self.told["reasoning"]
        return reasoning

    @property
    def ending(self) -> str:
        """What came of it in the end; empty while nothing did."""
        return f"{self.after[-1].text}." if self.after else ""

    @property
    def waits(self) -> bool:
        """Whether a person's word is waited for still."""
        return self.path["until"] == "approval" and not self.after


def story_of(told: Mapping[str, Any], words: Words, whom: str = "") -> Story:
    """Return the story of an explanation for auditors; `whom` is what its customer is called."""
    path = told["reasoning"]
    asked = path["asked"]
    named = _heading(path, words)
    return Story(
        told=told,
        heading=words.text("{what} for {whom}").format(what=named, whom=whom) if whom else named,
        whom=whom,
        asked=tuple(_asked(asked, path, words)),
        verdict=tuple(_verdict(path, words)),
        rules=tuple(_rules(told)),
        facts=tuple(_facts(told, words)),
        candidates=tuple(_candidates(path, words)),
        after=tuple(happenings_of(path, words)),
        graph=graph_of(told, words),
    )


def _heading(path: Mapping[str, Any], words: Words) -> str:
    asked = path["asked"]
    if asked["stage"] == "choice":
        return words.text("What to do next: %s") % str(path["decision_set"]).replace("_", " ")
    named: str = asked["action"].replace("_", " ")
    return named[:1].upper() + named[1:]


def _asked(asked: Mapping[str, Any], path: Mapping[str, Any], words: Words) -> Iterator[str]:
    kind, _, who = asked["actor"].partition(":")
    parts = {"kind": words.text(kind), "who": who or kind, "action": asked["action"].replace("_", " ")}
    if asked["stage"] == "choice":
        yield words.text("The %(kind)s %(who)s asked the decision set %(set)s what to do next.") % {
            **parts,
            "set": path["decision_set"],
        }
        if path["arm"] != "business":
            yield words.text("The customer is in the control group %s.") % path["arm"]
        yield words.text("Given all but chance, this choice had a probability of %s.") % words.share(
            path["probability"]
        )
        return
    more = {**parts, "purpose": asked["purpose"].replace("_", " "), "channel": asked["channel"] or ""}
    plain = marked("The %(kind)s %(who)s asked to %(action)s for the purpose of %(purpose)s.")
    told = marked("The %(kind)s %(who)s asked to %(action)s for the purpose of %(purpose)s, by %(channel)s.")
    yield words.text(told if asked["channel"] else plain) % more
    if asked["stage"] in _STAGES:
        yield words.text(_STAGES[asked["stage"]])


def _verdict(path: Mapping[str, Any], words: Words) -> Iterator[str]:
    held = (_WAS_HELD if path["after"] else _HELD).get(path["until"] or "") if path["verdict"] == "hold" else None
    chosen = next((each["name"] for each in path.get("candidates", ()) if not each["fell"]), "")
    if chosen:
        yield words.text("It chose %s.") % chosen.replace("_", " ")
    elif path["asked"]["stage"] == "choice":
        yield words.text("It chose to do nothing.")
    else:
        yield words.text(held or _VERDICTS[path["verdict"]])
    if path["error"]:
        yield words.text("The rules could not be applied, and what cannot be judged is denied: %s") % path["error"]
    if path["approvers"]:
        yield words.text("Who may approve has the role %s.") % words.text(" and ").join(path["approvers"])
    if path["due"] and not path["after"]:
        yield words.text("It is judged again at the latest on %s.") % words.moment(path["due"])
    if path["obligations"]:
        yield words.text("Whoever carries it out must see to: %s.") % ", ".join(path["obligations"])
    yield from path["notices"]


def _rules(told: Mapping[str, Any]) -> Iterator[Rule]:
    path = told["reasoning"]
    spoken = (*path["determined_by"], *path["overruled"])
    reads = {each["rule"]: tuple(read["name"] for read in each["read"]) for each in spoken}
    code = told["decided"]["code"]
    rules = [
        Rule(
            each["order"],
            each["rule"],
            each["text"],
            each["effect"],
            each.get("place", ""),
            each.get("legal_basis", ""),
            each.get("lost", ""),
            each["rule"] == code,
            reads.get(each["rule"], ()),
        )
        for each in told["rules"]
    ]
    yield from sorted(rules, key=lambda each: (not each.decided, bool(each.lost), each.order))


def _facts(told: Mapping[str, Any], words: Words) -> Iterator[Fact]:
    ages = {each["name"]: each["age"] or "" for each in told["reasoning"]["facts_read"]}
    decisive = set(told["decisive"])
    for each in sorted(told["inputs"], key=lambda each: each["name"] not in decisive):
        name, kept = each["name"], each.get("value") is not None
        missing = "erased" if "value" not in each else marked("not shown for this purpose")
        value = value_told(each["value"], words) if kept else words.text(missing)
        about = each["description"] or about_told(name, words) or words.text(each["category"])
        source = source_told(name, each["source"], words)
        yield Fact(name, about, value, kept, source, each.get("at", ""), ages.get(name, ""), name in decisive)


def _candidates(path: Mapping[str, Any], words: Words) -> Iterator[Candidate]:
    for each in path.get("candidates", ()):
        reckoned = ""
        if "priority" in each:
            reckoned = words.text(_RECKONED) % {name: words.number(each[name]) for name in _NUMBERS}
        by = each.get("treatment", "").replace("_", " ")
        why = words.text(FELL[each["fell"]])
        name = each["name"].replace("_", " ")
        yield Candidate(name, by, why, each.get("reason", ""), not each["fell"], reckoned)


def happenings_of(path: Mapping[str, Any], words: Words) -> Iterator[Happening]:
    """Yield what became of a decision, by its reasoning path."""
    for each in path["after"]:
        text, tone = _WHAT.get(each["what"], (each["what"], ""))
        more = [str(each.get(name, "")) for name in ("by", "note", "detail", "successor")]
        yield Happening(
            each["at"], words.text(text), tone, more[0], more[1], more[2], more[3], each.get("arguments", {})
        )
