"""An account of a decision: all that its explanations are made from, for whoever reads them."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from xop.kernel.consent.model import Controller
from xop.kernel.decisions.aftermath import Happening
from xop.kernel.decisions.model import Decision, Evidence
from xop.kernel.halts.model import Halted
from xop.kernel.hindsight.counterfactual import counterfactuals
from xop.kernel.hindsight.machine import Parts, parts_of
from xop.kernel.hindsight.model import Counterfactual
from xop.kernel.hindsight.recorded import Recorded
from xop.kernel.release import Release


class Entered(Struct, frozen=True):
    """Where a decision is in the log, and how a stranger verifies it."""

    origin: str
    key: str
    """The log's public key."""
    index: int | None
    """None when the decision is not in the log, or was erased."""


class Account(Struct, frozen=True):
    """A decision with all that is told of it."""

    decision: Decision
    evidence: Evidence | None
    """None once it was erased."""
    release: Release | None
    """The release that ruled; None when it cannot be had any more."""
    recorded: Recorded | None
    parts: Parts
    found: tuple[Counterfactual, ...]
    after: tuple[Happening, ...]
    halt: Halted | None
    entered: Entered
    zone: str
    """The customer's time zone."""

    def spoken_of(self, found: Counterfactual) -> Decision:
        """Return the decision as a counterfactual speaks of it: of a choice by what would have won."""
        won = next((each for each in self.decision.candidates if each.name == found.chosen), None)
        compiled = self.release.actions.get(won.action) if self.release is not None and won is not None else None
        if won is None or compiled is None:
            return self.decision
        return replace(self.decision, purpose=compiled.action.purpose, channel=won.channel or None)

    @property
    def deployer(self) -> dict[str, Any]:
        """Who answers for the decision, and how they are reached."""
        return deployer_of(self.release)


def account_of(
    decision: Decision,
    evidence: Evidence | None,
    recorded: Recorded | None,
    entered: Entered,
    after: Sequence[Happening] = (),
    halt: Halted | None = None,
) -> Account:
    """Return the account of a decision; what was erased of it is not found out again by deciding again."""
    release = recorded.release if recorded is not None else None
    found = counterfactuals(recorded, decision) if recorded is not None and evidence is not None else []
    return Account(
        decision=decision,
        evidence=evidence,
        release=release,
        recorded=recorded,
        parts=parts_of(decision, release, recorded, after),
        found=tuple(found),
        after=tuple(after),
        halt=halt,
        entered=entered,
        zone=_zone(recorded),
    )


def deployer_of(release: Release | None) -> dict[str, Any]:
    """Return who answers for the decisions of a release: by the register of AI systems, else as controller of the data."""
    controller = release.controller if release is not None else Controller("unknown")
    deployer = release.register.file.deployer if release is not None and release.register is not None else None
    told = {
        "name": deployer.name if deployer is not None else controller.name,
        "contact": (deployer.contact if deployer is not None else "") or controller.contact,
        "address": controller.address,
        "authority": controller.authority,
    }
    return {name: value for name, value in told.items() if value}


def _zone(recorded: Recorded | None) -> str:
    if recorded is None:
        return "UTC"
    known = recorded.customer.view.profile.get(recorded.release.zone_field)
    return known.value if known is not None and isinstance(known.value, str) else recorded.release.zone
