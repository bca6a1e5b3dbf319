"""The page of all facts."""

import typing
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from xop.faces.cli.failure import CommandFailed
from xop.faces.cli.reference.markdown import page
from xop.faces.cli.reference.structs import field_table, sentence
from xop.kernel.actions.invocation import InvocationFact
from xop.kernel.choices.facts import ChoiceFact
from xop.kernel.consent.facts import ConsentFact
from xop.kernel.conversations.model import ConversationFact
from xop.kernel.decisions.delivery import ExplanationDelivered
from xop.kernel.entry import Entry
from xop.kernel.erasure.export import CustomerExported
from xop.kernel.erasure.model import ErasureFact
from xop.kernel.facts import ContextFact, Fact, IdentityFact
from xop.kernel.halts.model import HaltFact, ReleaseActivated
from xop.kernel.handovers.facts import HandoverFact
from xop.kernel.intents.model import IntentFact
from xop.kernel.journeys.facts import JourneyFact
from xop.kernel.log.succession import LogBegun
from xop.kernel.moment import Moment
from xop.kernel.oversight.incident import EffectDiffered, IncidentFact
from xop.kernel.oversight.probe import ProbeAnswered
from xop.kernel.oversight.told import ToldFact
from xop.kernel.pressure.model import ContactRecorded
from xop.kernel.privacy.facts import PrivacyFact
from xop.kernel.promises.model import PromiseFact
from xop.kernel.retention.model import RetentionFact
from xop.kernel.segments.facts import SegmentFact

_DOMAINS = (
    ("Identity", IdentityFact),
    ("Context", ContextFact),
    ("Consent", ConsentFact),
    ("Contact pressure", ContactRecorded),
    ("Conversations", ConversationFact),
    ("Intents", IntentFact),
    ("Promises", PromiseFact),
    ("Invocations", InvocationFact),
    ("Journeys", JourneyFact),
    ("Segments", SegmentFact),
    ("Choices", ChoiceFact),
    ("Handovers", HandoverFact),
    ("Halts", HaltFact),
    ("Releases", ReleaseActivated),
    ("The log", LogBegun),
    ("AI systems", ToldFact | ProbeAnswered | EffectDiffered),
    ("Incidents", IncidentFact),
    ("Privacy", PrivacyFact),
    ("Erasure and access", ErasureFact | CustomerExported),
    ("Retention", RetentionFact),
    ("Explanations", ExplanationDelivered),
)

_INTRODUCTION = """A fact says what became true about a customer. Facts are appended to the ledger in entries, one entry
for each step that made something true, and are never changed. In JSON every fact names its type in `fact`. All
times are milliseconds since the Unix epoch, in UTC."""


def fact_types() -> list[type[Struct]]:
    """Return every type of fact."""
    return list(_members(Fact))


def facts_page() -> str:
    """Return the page: every fact by domain, the entry that holds them, and the values they are made of."""
    homeless = {*fact_types()} - {fact for _, union in _DOMAINS for fact in _members(union)}
    if homeless:
        names = ", ".join(sorted(fact.__name__ for fact in homeless))
        raise CommandFailed(f"no domain of the page of facts holds {names}", f"add it to `_DOMAINS` in {__name__}")
    blocks: list[list[str] | str] = [_INTRODUCTION, "## The entry", sentence(Entry), field_table(Entry)]
    blocks += ["### Moment", sentence(Moment), field_table(Moment)]
    for domain, union in _DOMAINS:
        blocks.append(f"## {domain}")
        for fact in _members(union):
            blocks += [f"### {fact.__name__}", sentence(fact), field_table(fact)]
    blocks.append("## Values within facts")
    for value in _values(fact_types()):
        blocks += [f"### {value.__name__}", sentence(value), field_table(value)]
    return page("Facts", *blocks)


def _members(union: typing.Any) -> Iterator[type[Struct]]:
    yield from typing.get_args(union) or (union,)


def _values(structs: Iterable[type[Struct]]) -> list[type[Struct]]:
    """Return the structs that fields of others are made of, each once, by name."""
    found: dict[str, type[Struct]] = {}
    waiting = list(structs)
    while waiting:
        for field in msgspec.structs.fields(waiting.pop()):
            for each in _within(field.type):
                if each.__name__ not in found:
                    found[each.__name__] = each
                    waiting.append(each)
    return [found[name] for name in sorted(found)]


def _within(annotation: typing.Any) -> Iterator[type[Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _within(argument)
