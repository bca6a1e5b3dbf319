"""Judges requests: compiled where possible, by the reference otherwise, and a share of them by both."""

from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from xop.kernel.policy.code import UnsupportedError
from xop.kernel.policy.compiler import CompiledSlice, compile_slice
from xop.kernel.policy.model import Judgement, Request, Rule
from xop.kernel.policy.reference import ReferenceEngine
from xop.kernel.policy.schema import Schema

Mode = Literal["compiled", "reference"]

_SPACE = 2**64
_SPREAD = 0x9E3779B97F4A7C15  # an odd multiplier spreads neighbouring seeds evenly


class PolicyEngine:
    """Says which rules of a release apply to a request.

    `mode="reference"` switches the compiled path off. `shadow_share` (0 to 1) of the requests, chosen by
    their seed, is judged by both engines; where they differ the reference's answer is given and marked.
    Making one raises ValueError when rules or schema cannot be parsed; judging never raises.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        schema: Schema,
        *,
        mode: Mode = "compiled",
        shadow_share: float = 0.01,
    ) -> None:
        self.rules: dict[str, Rule] = {rule.id: rule for rule in rules}
        self._reference = ReferenceEngine(rules, schema)
        self._schema = schema
        self._mode = mode
        self._threshold = int(shadow_share * _SPACE)
        self._slices: dict[tuple[str, str], CompiledSlice] = {}
        self._unsupported: dict[tuple[str, str], str] = {}
        counting = [rule for rule in rules if not rule.shadow]
        # A rule in shadow decides nothing, so what fails because of it is judged without it.
        self._counting = (
            PolicyEngine(counting, schema, mode=mode, shadow_share=shadow_share) if len(counting) < len(rules) else None
        )

    def judge(self, request: Request, seed: int) -> Judgement:
        """Return the rules that apply to a request; `seed` decides whether both engines judge it.

        Where a rule in shadow fails, the judgement is that of all other rules alone.
        """
        judgement = self._judge(request, seed)
        if judgement.error is not None and self._counting is not None:
            return self._counting.judge(request, seed)
        return judgement

    def _judge(self, request: Request, seed: int) -> Judgement:
        key = (request.principal_type, request.action)
        found = self._slices.get(key) or self._slice(key)
        if found is None:
            return self._reference.judge(request)
        judgement = found.judge(request)
        if (seed + 1) * _SPREAD % _SPACE < self._threshold:
            return self._confirmed(judgement, request)
        return judgement

    def fallbacks(self) -> dict[tuple[str, str], str]:
        """Return why the reference judges a slice, by type of principal and action, compiling every slice."""
        for action in self._schema.actions:
            for principal_type in action.principals:
                self._slice((principal_type, action.name))
        return dict(self._unsupported)

    def _confirmed(self, judgement: Judgement, request: Request) -> Judgement:
        reference = self._reference.judge(request)
        same_error = (judgement.error is None) is (reference.error is None)
        if same_error and judgement.applied == reference.applied:
            return judgement
        return replace(reference, mismatch=True)

    def _slice(self, key: tuple[str, str]) -> CompiledSlice | None:
        """Return the compiled slice, made on first use, or None where the reference has to judge."""
        if self._mode == "reference" or key in self._unsupported or not self._schema.admits(*key):
            return None
        found = self._slices.get(key)
        if found is None:
            try:
                found = compile_slice(self._reference.trees, self._schema, key[0], self._schema.by_name[key[1]])
            except UnsupportedError as reason:
                self._unsupported[key] = str(reason)
                return None
            self._slices[key] = found
        return found
