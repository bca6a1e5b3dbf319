"""What became true of explanations: that a customer was given one."""

from msgspec import Struct


class ExplanationDelivered(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """A customer was given the explanation of a decision on them (AI Act Article 86, GDPR Article 15(1)(h))."""

    decision: str
    by: str
    """Who gave it, as `kind:name`."""
    language: str
    invocation: str = ""
    """What the decision was on; empty for a choice."""
