"""The register as verdicts ask it: who is covered by which system, and what binds it when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType

from msgspec import Struct

from xop.kernel.base.days import begin_of, end_of
from xop.kernel.base.risks import annex_point
from xop.kernel.oversight.calendar import ASSESSED_BY_ALL, LAW, NEVER_ASSESSED, Duty
from xop.kernel.oversight.system import Assessment, Deployer, System, Systems


class Said(Struct, frozen=True):
    """One text in one language, exactly as people are given it."""

    text: str
    version: int
    language: str
    sha256: str
    """Of the text in UTF-8, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Register:
    """The systems of a release, by what they cover."""

    file: Systems
    covering: Mapping[str, tuple[str, ...]]
    """Names of systems by what they cover, as in `agent:concierge`."""
    since: Mapping[Duty, int]
    """From when each duty binds, in milliseconds since the epoch."""
    carried: Mapping[str, Said] = field(default_factory=dict)
    """The texts that actions say themselves, by action."""

    def in_force(self, duty: Duty, at: int) -> bool:
        """Say whether a duty binds at a moment."""
        return at >= self.since[duty]

    def governing(self, covered: Iterable[str]) -> tuple[str, ...]:
        """Return the names of the systems that cover any of some things, each once."""
        found = [name for each in covered for name in self.covering.get(each, ())]
        return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)

    def said(self, text: str, language: str) -> Said | None:
        """Return a text in one language; None when there is none."""
        return said_in(self.file, text, language)


def said_in(systems: Systems, text: str, language: str) -> Said | None:
    """Return a text of a register in one language, with its digest; None when there is none."""
    wording = systems.texts.get(text)
    words = wording.languages.get(language) if wording is not None else None
    if wording is None or words is None:
        return None
    return Said(text, wording.version, language, sha256(words.encode()).hexdigest())


def compile_register(systems: Systems, carried: Mapping[str, Said]) -> Register:
    """Return a register ready for verdicts; its days must be days, and name nothing later than the law."""
    covering: dict[str, tuple[str, ...]] = {}
    for name, system in systems.systems.items():
        for covered in system.covers:
            covering[covered] = (*covering.get(covered, ()), name)
    since = {duty: begin_of(systems.effective_from.get(duty, law.effective_from)) for duty, law in LAW.items()}
    return Register(systems, MappingProxyType(covering), MappingProxyType(since), MappingProxyType(dict(carried)))


def needs_assessment(system: System, deployer: Deployer, point: str = "") -> bool:
    """Say whether Art. 27 asks for an assessment: for a point of Annex III, by default that of the system's own class."""
    point = point or annex_point(system.risk_class)
    if not point or point in NEVER_ASSESSED:
        return False
    return point in ASSESSED_BY_ALL or deployer.public_service


def is_current(assessment: Assessment | None, at: int) -> bool:
    """Say whether there is an assessment that holds at a moment."""
    return assessment is not None and begin_of(assessment.performed) <= at < end_of(assessment.valid_until)
