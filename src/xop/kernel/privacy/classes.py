"""Data classes: what kind of personal data a field is, and which kinds a purpose may see."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

DataClass = Literal[
    "identity",
    "contact",
    "contract",
    "financial",
    "health",
    "location",
    "communication",
    "behaviour",
    "technical",
    "special",
]

CLASS = "class"
"""The word by which a field of a schema says its class."""

UNCLASSIFIED = "unclassified"
"""The class of a field that nobody declared: no purpose may see it."""

TERMS: Mapping[str, str] = {
    "identity": "pd:Identifying",
    "contact": "pd:Contact",
    "contract": "pd:Transactional",
    "financial": "pd:Financial",
    "health": "pd:MedicalHealth",
    "location": "pd:Location",
    "communication": "pd:Communication",
    "behaviour": "pd:Behavioral",
    "technical": "pd:DeviceBased",
    "special": "dpv:SpecialCategoryPersonalData",
}
"""The class as the Data Privacy Vocabulary and its personal data categories (`pd`) name it."""

SECTION_CLASSES: Mapping[str, DataClass] = {
    "counters": "behaviour",
    "segments": "behaviour",
    "journeys": "behaviour",
    "invocations": "communication",
    "words": "communication",
    "assurance": "identity",
}
"""Sections of a context that are of one class as a whole, unless a name in them has its own."""

ALWAYS = frozenset(
    {"id", "parts", "created_at", "seen_at", "flags", "intents", "conversations", "promises", "consents", "contacts"}
)
"""Sections that whoever deals with a customer must know not to harm them; a flag with a class of its own is not among them."""

Field = Annotated[str, Meta(min_length=1, max_length=200)]


class Privacy(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a workspace says about its customers' data: the class of each field, and what each purpose may see."""

    profile: dict[Field, DataClass] = {}
    """The class of each profile field; of `billing` also that of `billing.iban`, unless it has its own."""
    identifiers: dict[Field, DataClass] = {}
    """The class of each namespace."""
    flags: dict[Field, DataClass] = {}
    """The class of circumstances that only some purposes may know of; everybody sees the others."""
    counters: dict[Field, DataClass] = {}
    """The class of counters that are more than behaviour."""
    purposes: dict[Field, tuple[DataClass, ...]] = {}
    """The classes that each purpose may see; a purpose that is not named sees none."""
    default_purpose: str = ""
    """The purpose of people who name none; `service` when empty."""
    everything: tuple[str, ...] = ()
    """Roles whose people see everything, whatever the purpose."""

    def class_of(self, section: str, name: str) -> str:
        """Return the class of a name in a section of a context."""
        declared: Mapping[str, str] = getattr(self, section, {}) if section in _DECLARED else {}
        path = name
        while path:
            if path in declared:
                return declared[path]
            path = path.rpartition(".")[0]
        return SECTION_CLASSES.get(section, UNCLASSIFIED)


_DECLARED = frozenset({"profile", "identifiers", "flags", "counters"})


class Access(Struct, frozen=True):
    """Which classes somebody may see for a purpose."""

    classes: frozenset[str] = frozenset()
    everything: bool = False

    def allows(self, data_class: str) -> bool:
        """Say whether a class may be seen."""
        return self.everything or data_class in self.classes


def access(privacy: Privacy | None, purpose: str, roles: Iterable[str] | None) -> Access:
    """Return what a purpose may see; `roles` are those of a person, None for anybody else.

    A workspace without a declaration keeps nothing from people, and shows nobody else what is not always shown.
    """
    if roles is not None and (privacy is None or not {*roles}.isdisjoint(privacy.everything)):
        return Access(everything=True)
    return Access(frozenset(privacy.purposes.get(purpose, ())) if privacy is not None else frozenset())
