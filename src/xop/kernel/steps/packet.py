"""Packing: everything people must know of a handover, gathered from the customer and judged as things stand now."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from xop.kernel.arbiter.case import assurance_in_force
from xop.kernel.base.actor import SYSTEM, Actor
from xop.kernel.commands import Choice, Evaluation
from xop.kernel.consent.answer import answer, latest
from xop.kernel.context.customer import Customer, Part
from xop.kernel.conversations.model import Tried
from xop.kernel.handovers.model import NOBODY, PEOPLE, PROMISED, Handover, Suggestion
from xop.kernel.handovers.packet import (
    Barred,
    ConsentTold,
    ConversationTold,
    IdentityTold,
    IntentTold,
    NextStep,
    Packet,
    PromiseTold,
)
from xop.kernel.handovers.sufficiency import lacks
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.kernel.steps.choice import choose
from xop.kernel.steps.prospect import Prospect, foresee

_MOST_NEXT = 3
"""Candidates of a decision set that are told."""

_MOST_PROMISES = 20
_MOST_IDENTIFIERS = 20


def pack(
    release: Release,
    customer: Customer,
    handover: Handover,
    moment: Moment,
    reader: Actor | None = None,
    *,
    judged: bool = True,
) -> Packet:
    """Return the packet of a handover at a moment, whose origin is the part that has the handover.

    What may be done is judged for the person who has accepted it, or reads it; before that, by what holds for everybody.
    Without `judged` nothing is asked of the arbiter, and nothing of that is told.
    """
    part, view = customer.part(moment.origin), customer.view
    judging = _Judging(release, customer, handover, moment, _judged_for(handover, reader))
    told = Packet(
        handover=handover.id,
        customer=customer.id,
        queue=handover.queue,
        status=handover.status,
        at=moment.at,
        handed_over_at=handover.at,
        handed_over_by=str(handover.actor),
        conversation=_conversation(part, handover),
        intent=_intent(view, handover),
        identity=_identity(release, part, view, handover, moment.at),
        number=handover.number,
        urgent=handover.urgent,
        language=handover.language,
        summary=handover.summary,
        identifiers=_identifiers(release, view),
        circumstances=tuple(sorted(view.flags)),
        barred=tuple(judging.barred()) if judged else (),
        promises=_promises(view),
        next=tuple(judging.next_steps()) if judged else (),
        tried=_tried(part, handover),
        consents=tuple(judging.consents()) if judged else (),
        transcript=handover.transcript,
    )
    return replace(told, missing=tuple(each.part for each in lacks(told)))


def _judged_for(handover: Handover, reader: Actor | None) -> Actor:
    if reader is not None and reader.kind in PEOPLE:
        return reader
    kind, _, name = handover.accepted_by.partition(":")
    if kind == "operator":
        return Actor("operator", name)
    return Actor("partner", name) if kind == "partner" else SYSTEM


def _conversation(part: Part, handover: Handover) -> ConversationTold:
    known = part.conversations.get(handover.conversation)
    if known is None:
        return ConversationTold(handover.conversation, open=False)
    return ConversationTold(
        known.id, open=True, channel=known.channel, topic=known.topic, opened_at=known.opened_at, turns=known.turns
    )


def _intent(view: Part, handover: Handover) -> IntentTold:
    known = view.intents.get(handover.intent)
    if known is None:
        return IntentTold(handover.intent)
    return IntentTold(known.name, known.status, known.attempts, known.returns)


def _identity(release: Release, part: Part, view: Part, handover: Handover, at: int) -> IdentityTold:
    assurance = assurance_in_force(part, handover.conversation, at)
    strong = {name for name, namespace in release.namespaces.items() if namespace.strong}
    own = any(link.identifier.namespace in strong for link in view.identifiers.values())
    if assurance is None or assurance.level == 0:
        return IdentityTold(known=own)
    return IdentityTold(
        known=True,
        level=assurance.level,
        method=assurance.method,
        by=assurance.by,
        at=assurance.at,
        until=assurance.until,
    )


def _identifiers(release: Release, view: Part) -> tuple[str, ...]:
    """The namespaces of the highest priority come first: a name that people know before a cookie."""
    links = sorted(
        (str(link.identifier) for link in view.identifiers.values()),
        key=lambda each: (-_priority(release, each.partition(":")[0]), each),
    )
    return tuple(links[:_MOST_IDENTIFIERS])


def _priority(release: Release, namespace: str) -> int:
    known = release.namespaces.get(namespace)
    return known.priority if known is not None else 0


def _promises(view: Part) -> tuple[PromiseTold, ...]:
    ordered = sorted(view.promises.values(), key=lambda each: (each.status != "open", -each.made_at, each.id))
    told = (PromiseTold(each.id, each.what, each.status, each.made_at, each.due) for each in ordered)
    return tuple(told)[:_MOST_PROMISES]


def _tried(part: Part, handover: Handover) -> tuple[Tried, ...]:
    known = part.conversations.get(handover.conversation)
    remembered = known.tried if known is not None else ()
    return tuple(sorted((*remembered, *handover.tried), key=lambda each: -each.at))


class _Judging:
    """What the arbiter says of the steps at hand."""

    def __init__(self, release: Release, customer: Customer, handover: Handover, moment: Moment, actor: Actor) -> None:
        self._release = release
        self._customer = customer
        self._handover = handover
        self._moment = moment
        self._actor = actor

    def _foresee(self, action: str, arguments: dict[str, Any] | None = None) -> Prospect:
        """Return what the arbiter would say; without arguments what holds whatever they are."""
        conversation = self._handover.conversation or None
        name = f"packet:{self._handover.id}:{action}"
        wish = Evaluation(name, self._actor, action, arguments or {}, conversation=conversation)
        return foresee(self._release, self._customer, wish, self._moment, given=arguments is not None)

    def _actions(self) -> list[str]:
        """The actions at hand: those that whoever handed over is granted, and those that are suggested."""
        suggested = [each.action for each in self._handover.suggested if each.action in self._release.actions]
        granted = [name for name in self._release.actions if self._granted(name)]
        return list(dict.fromkeys((*suggested, *sorted(granted))))

    def _granted(self, name: str) -> bool:
        principal = self._release.principals.get(self._handover.back or self._handover.actor)
        if principal is None:
            return False
        action = self._release.actions[name].action
        return action.kind != "read" and principal.may_propose(name, action.groups)

    def barred(self) -> Iterator[Barred]:
        """Yield the actions at hand that may not be done as things stand, whatever the arguments."""
        for name in self._actions():
            seen = self._foresee(name)
            if seen.verdict in {"deny", "hold"}:
                yield Barred(name, seen.verdict, seen.code, seen.reasons, seen.until)

    def next_steps(self) -> Iterator[NextStep]:
        """Yield what is suggested: by whoever handed over, by the queue's decision set, by the journey that waits."""
        for each in self._handover.suggested:
            yield self._suggested(each)
        yield from self._ranked()
        yield from self._awaited()

    def _suggested(self, suggestion: Suggestion) -> NextStep:
        step = NextStep(
            by=str(self._handover.actor),
            title=suggestion.title,
            action=suggestion.action,
            arguments=suggestion.arguments,
            reason=suggestion.reason,
        )
        return _ruled(step, self._foresee(step.action, step.arguments)) if step.action else step

    def _ranked(self) -> Iterator[NextStep]:
        queue = self._release.queues.get(self._handover.queue)
        name = queue.suggests if queue is not None else None
        if name is None:
            return
        request = {"handover": self._handover.id, "intent": self._handover.intent}
        conversation = self._handover.conversation or None
        command = f"packet:{self._handover.id}"
        asked = Choice(command, SYSTEM, name, propose=False, request=request, conversation=conversation)
        decision = choose(self._release, self._customer, asked, self._moment).decision
        ranked = [each for each in decision.candidates if each.rank] if decision is not None else []
        for each in ranked[:_MOST_NEXT]:
            reason = f"number {each.rank} by priority"
            yield NextStep(f"decision_set:{name}", each.name, each.action, {}, reason, "permit")

    def _awaited(self) -> Iterator[NextStep]:
        run = self._customer.part(self._moment.origin).runs.get(self._handover.run)
        compiled = self._release.routes.versions.get(run.version) if run is not None else None
        token = next((each for each in run.tokens if each.id == self._handover.token), None) if run else None
        step = compiled.steps.get(token.step) if compiled is not None and token is not None else None
        if run is None or step is None or step.step.handover is None:
            return
        for outcome, target in step.step.handover.outcomes.items():
            if outcome in {NOBODY, PROMISED}:
                continue
            reason = f"the journey goes on with `{target}`"
            yield NextStep(f"journey:{run.journey}", f"hand back with the outcome `{outcome}`", reason=reason)

    def consents(self) -> Iterator[ConsentTold]:
        """Yield the consents that the customer has said something about, or that the actions at hand need."""
        for purpose, channel in sorted(self._purposes()):
            sides = [(part.id, part.consents) for part in self._customer.parts]
            known = answer(sides, self._release.purposes, purpose, channel or None, self._moment.at)
            records = (latest(consents, purpose, channel or "*", self._moment.at) for _, consents in sides)
            at = max((record.at for record in records if record is not None), default=0)
            yield ConsentTold(purpose, channel, known.permitted, known.code, at)

    def _purposes(self) -> set[tuple[str, str]]:
        said = {_pair(name) for part in self._customer.parts for name in part.consents}
        needed = {
            (action.purpose, action.channel or "")
            for action in (self._release.actions[name].action for name in self._actions())
            if action.kind == "contact"
        }
        return {(purpose, "" if channel == "*" else channel) for purpose, channel in said | needed}


def _pair(name: str) -> tuple[str, str]:
    purpose, _, channel = name.partition("/")
    return purpose, channel


def _ruled(step: NextStep, seen: Prospect) -> NextStep:
    return replace(step, verdict=seen.verdict, code=seen.code, why=seen.reasons, until=seen.until)
