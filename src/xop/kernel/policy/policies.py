"""What a release's policies must offer, whoever judges."""

from collections.abc import Mapping
from typing import Protocol

from xop.kernel.policy.model import Judgement, Request, Rule


class Policies(Protocol):
    """Says which rules of a release apply to a request."""

    @property
    def rules(self) -> Mapping[str, Rule]:
        """Every rule by its id."""
        ...

    def judge(self, request: Request, seed: int) -> Judgement:
        """Return the rules that apply; never raises, and `seed` decides whether more than one engine judges."""
        ...
