"""What became true of who saw personal data, and where it was found."""

from msgspec import Struct

from xop.kernel.privacy.scrubbing import PersonalDataFound

__all__ = ["ContextShown", "PersonalDataFound", "PrivacyFact"]


class ContextShown(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """Somebody was shown something of the customer: names of fields, never values."""

    by: str
    """The actor who saw it."""
    purpose: str
    """What for; empty where none was stated."""
    fields: dict[str, tuple[str, ...]] = {}
    """The names of what was shown by data class, such as `profile.name`; what everybody sees is not listed."""
    left_out: int = 0
    """How many names were kept back."""


PrivacyFact = ContextShown | PersonalDataFound
