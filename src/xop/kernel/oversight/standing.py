"""How a system stands to each duty: whether it binds, and what is still lacking."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from xop.kernel.base.days import begin_of, end_of
from xop.kernel.base.phrase import Phrase, phrase, spoken
from xop.kernel.base.risks import annex_point
from xop.kernel.oversight.calendar import LAW, Duty
from xop.kernel.oversight.register import Register, needs_assessment
from xop.kernel.oversight.system import Assessment, System

_NO_DISCLOSURE = phrase("no text that says it is an AI: name it as `disclosure`")
_NO_NOTICE = phrase("no text that tells people of it: name it as `notice`")


class DutyState(Struct, frozen=True):
    """One duty of one system at one moment."""

    duty: Duty
    article: str
    asks: str
    since: int
    """From when it binds, in milliseconds since the epoch."""
    in_force: bool
    applies: bool
    lacking: tuple[Phrase, ...]
    """What is still to be done; none when nothing is."""

    @property
    def lacks(self) -> str:
        """What is still to be done, in English; empty when nothing is."""
        return "; ".join(spoken(self.lacking))

    @property
    def met(self) -> bool:
        """Whether everything it asks for is there."""
        return not self.lacking


def duty_states(
    register: Register, name: str, trained: Sequence[str], at: int, points: Sequence[str] = ()
) -> tuple[DutyState, ...]:
    """Return how a system stands to each duty; `trained` are the people whose training covers it now.

    `points` are the points of Annex III of the actions it answers for, which bind it besides its own class.
    """
    system = register.file.systems[name]
    high = [point for point in (annex_point(system.risk_class), *points) if point]
    applies: dict[Duty, bool] = {
        "disclosure": system.risk_class == "art50" or speaks(system),
        "notice": bool(high),
        "assessment": any(needs_assessment(system, register.file.deployer, point) for point in high),
        "competence": bool(high),
    }
    lacking = {
        "disclosure": () if system.disclosure else (_NO_DISCLOSURE,),
        "notice": () if system.notice else (_NO_NOTICE,),
        "assessment": tuple(_assessment(system.assessment, at)),
        "competence": tuple(_competence(system, trained)),
    }
    return tuple(
        DutyState(
            duty,
            law.article,
            law.asks,
            register.since[duty],
            register.in_force(duty, at),
            applies[duty],
            lacking[duty] if applies[duty] else (),
        )
        for duty, law in LAW.items()
    )


def speaks(system: System) -> bool:
    """Say whether a system deals with people itself: an agent does, whatever its class."""
    return any(each.startswith("agent:") for each in system.covers)


def _assessment(assessment: Assessment | None, at: int) -> Iterator[Phrase]:
    if assessment is None:
        yield phrase("no assessment of its impact on fundamental rights: write it as `assessment`")
    elif at < begin_of(assessment.performed):
        yield phrase("the assessment is performed only on {day}", day=assessment.performed)
    elif at >= end_of(assessment.valid_until):
        yield phrase("the assessment was valid until {day}: look at it again", day=assessment.valid_until)
    elif assessment.authority_notified is None:
        yield phrase("the authority has not been told of the assessment: write `authority_notified`")


def _competence(system: System, trained: Sequence[str]) -> Iterator[Phrase]:
    if not trained:
        yield phrase("nobody with a valid training may approve what it proposes: write `training` of an operator")
    if not system.oversight:
        yield phrase("no measures of oversight: write `oversight`")
    if system.instructions is None:
        yield phrase("no instructions for use: write `instructions`")
