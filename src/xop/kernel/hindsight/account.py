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
    recorded: Recorded | None
    """None when the release that ruled cannot be had any more."""
    parts: Parts
    found: tuple[Counterfactual, ...]
    after: tuple[Happening, ...]
    halt: Halted | None
    entered: Entered

    @property
    def release(self) -> Release | None:
        """The release that ruled."""
        return self.recorded.release if self.recorded is not None else None

    @property
    def zone(self) -> str:
        """The customer's time zone."""
        if self.recorded is None:
            return "UTC"
        release, profile = self.recorded.release, self.recorded.customer.view.profile
        known = profile.get(release.zone_field)
        return known.value if known is not None and isinstance(known.value, str) else release.zone

    @property
    def deployer(self) -> dict[str, str]:
        """Who answers for the decision, by the register of AI systems, else as controller of the data."""
        controller = self.release.controller if self.release is not None else Controller("unknown")
        register = self.release.register if self.release is not None else None
        deployer = register.file.deployer if register is not None else None
        told = {
            "name": deployer.name if deployer is not None else controller.name,
            "contact": (deployer.contact if deployer is not None else "") or controller.contact,
            "address": controller.address,
            "authority": controller.authority,
        }
        return {name: value for name, value in told.items() if value}

    @property
    def verification(self) -> dict[str, Any]:
        """How a stranger verifies that the decision is in the log as it was made."""
        return {
            "log": self.entered.origin,
            "index": self.entered.index,
            "key": self.entered.key,
            "proof": f"GET /v1/decisions/{self.decision.id}/proof",
            "bundle": f"xop explain {self.decision.id} --bundle FILE",
            "command": "python verify_log.py evidence FILE --policy POLICY",
        }

    def spoken_of(self, found: Counterfactual) -> Decision:
        """Return the decision as a counterfactual speaks of it: of a choice by what would have won."""
        won = next((each for each in self.decision.candidates if each.name == found.chosen), None)
        compiled = self.release.actions.get(won.action) if self.release is not None and won is not None else None
        if won is None or compiled is None:
            return self.decision
        return replace(self.decision, purpose=compiled.action.purpose, channel=won.channel or None)


def account_of(
    decision: Decision,
    evidence: Evidence | None,
    recorded: Recorded | None,
    entered: Entered,
    after: Sequence[Happening] = (),
    halt: Halted | None = None,
) -> Account:
    """Return the account of a decision; what was erased of it is not found out again by deciding again."""
    found = counterfactuals(recorded, decision) if recorded is not None and evidence is not None else ()
    parts = parts_of(decision, recorded, after)
    return Account(decision, evidence, recorded, parts, tuple(found), tuple(after), halt, entered)
