"""Consent records folded from facts."""

from xop.kernel.consent.answer import key
from xop.kernel.consent.facts import RecordedFact
from xop.kernel.consent.model import ConsentRecord


def fold_consent(
    consents: dict[str, tuple[ConsentRecord, ...]], fact: RecordedFact
) -> dict[str, tuple[ConsentRecord, ...]]:
    """Return the records with the fact's own added, kept in the order of their time."""
    name = key(fact.purpose, fact.channel)
    records = sorted((*consents.get(name, ()), fact.record), key=lambda record: (record.at, record.status != "granted"))
    return {**consents, name: tuple(records)}
