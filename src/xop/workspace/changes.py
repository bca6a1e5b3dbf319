"""Checks what the changes of signal types refer to."""

from collections.abc import Iterator

from xop.kernel.consent.answer import ANY
from xop.kernel.consent.model import Purpose
from xop.kernel.signals.model import Change, ConsentStep, SignalType
from xop.kernel.steps.announcement import OWN
from xop.workspace.problem import Place, Problem
from xop.workspace.proposals import check_proposed
from xop.workspace.purposes import RESERVED
from xop.workspace.signals import WRITTEN
from xop.workspace.sources import Item, Sources
from xop.workspace.texts import is_constant

_PREFIX = "xop."
_KINDS = tuple(name for name in Change.__struct_fields__ if name != "when")


def _extension(item: Item[SignalType]) -> Iterator[Problem]:
    """Of a type that the platform sends a workspace says only what follows from it."""
    if item.value.schema or item.value.identifiers or item.value.conversation:
        yield item.place.problem("the platform says what this type holds", "give it `changes` alone")


def check_signals(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong between the signal types and the rest of the workspace."""
    for name, item in sources.signals.items():
        if name.startswith(OWN):
            yield from _extension(item)
        elif name.startswith(_PREFIX):
            yield item.place.problem(f"types that begin with {_PREFIX!r} are the platform's", "name it otherwise")
        for namespace in item.value.identifiers:
            yield from sources.missing("namespaces", namespace, item.place.at("identifiers", namespace))
        yield from _changes(sources, item)


def _changes(sources: Sources, item: Item[SignalType]) -> Iterator[Problem]:
    for index, change in enumerate(item.value.changes):
        place = item.place.at("changes", index)
        if all(getattr(change, kind) is None for kind in _KINDS):
            written = ", ".join(WRITTEN.get(kind, kind) for kind in _KINDS)
            yield place.problem("the change changes nothing", f"add one of: {written}")
        if isinstance(change.sets, str) and not (change.sets.startswith("{{") and change.sets.endswith("}}")):
            yield place.at("set").problem("a text is no map of fields", "write `field: value` below, or one `{{…}}`")
        if change.consent is not None:
            yield from _consent(sources, change.consent, place.at("consent"))
        if change.verify is not None and change.verify.result == "verified" and change.verify.level == 0:
            yield place.at("verify").problem("the verification has no level", "add `level: 1`, 2 or 3")
        if change.contact is not None:
            yield from _constant(sources, "purposes", change.contact.purpose, place.at("contact", "purpose"))
            yield from _constant(sources, "channels", change.contact.channel, place.at("contact", "channel"))
        if change.conversation is not None:
            yield from _constant(sources, "channels", change.conversation.channel, place.at("conversation", "channel"))
        yield from _hand_over(sources, item.value, change, place.at("hand_over"))
        if change.propose is not None:
            yield from check_proposed(sources, change.propose, place.at("propose"))


def _hand_over(sources: Sources, kind: SignalType, change: Change, place: Place) -> Iterator[Problem]:
    if change.hand_over is None:
        return
    yield from sources.missing("queues", change.hand_over.queue, place.at("queue"), "queue")
    if not kind.conversation:
        yield place.problem("the signal says nothing of its conversation", "give the type a `conversation`")


def _constant(sources: Sources, section: str, text: str, place: Place) -> Iterator[Problem]:
    if text and is_constant(text):
        yield from sources.missing(section, text, place)


def _consent(sources: Sources, step: ConsentStep, place: Place) -> Iterator[Problem]:
    if step.purpose not in RESERVED:
        yield from _constant(sources, "purposes", step.purpose, place.at("purpose"))
    if step.channel != ANY:
        yield from _constant(sources, "channels", step.channel, place.at("channel"))
    elif step.change == "grant" and any(purpose.channels for purpose in _meant(sources, step.purpose)):
        yield place.problem("a grant for every channel is no consent", "name the channel the customer agreed to")


def _meant(sources: Sources, text: str) -> Iterator[Purpose]:
    """Yield the purposes that a change of consent may concern: every one where the signal itself says which."""
    for name, item in sources.purposes.items():
        chosen = {"gpc": item.value.gpc, "promotional": item.value.promotional}.get(text, name == text)
        if chosen or not is_constant(text):
            yield item.value
