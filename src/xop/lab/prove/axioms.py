"""What the host guarantees of every request it judges: the one place that says which contexts can be.

Each axiom names the code that makes it hold. What no axiom speaks of can have any value of its type, so that a proof
rests on these and nothing else. Axioms that hold only of invocations proposed under this very release are kept apart:
an invocation that an earlier release let in is judged by this one too, with the purpose and arguments it came with.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from xop.kernel.arbiter.context import ACTING, CARE, ENUMS
from xop.kernel.base.principal import Principal, PrincipalKind
from xop.kernel.consent.answer import PERMITTING
from xop.kernel.consent.model import Purpose
from xop.kernel.policy.facts import LONG_MAX, LONG_MIN
from xop.kernel.release import CompiledAction, Release
from xop.lab.prove.solver import Term, conjunction, disjunction, equality, implication, negation, z3
from xop.lab.prove.variables import PRINCIPAL, Variables

PERMITTED = tuple(sorted(PERMITTING))
"""The answers about consent that permit."""

_LEVELS = 3
"""The strongest verification a signal can bring."""

_ACTING = frozenset(kind.title().replace("_", "") for kind in ACTING)
"""Types of principals that the release itself acts by; the platform's own are triggers, which are among them."""

_ASKED = frozenset({"Journey", "DecisionSet"})
"""Those of them that somebody may have had act; kernel/passage/arrival.py and kernel/steps/candidates.py say who."""

_NAMED: dict[str, str] = {kind.capitalize(): kind for kind in get_args(PrincipalKind)}
"""Types of principals that agents.yaml names, each with its kind."""


@dataclass(frozen=True, slots=True)
class Axioms:
    """The guarantees of one release about one action and type of principal."""

    release: Release
    action: CompiledAction
    principal_type: str
    variables: Variables

    def always(self) -> Iterator[Term]:
        """Yield what holds of every request, whoever asks."""
        yield from self.variables.bounds()
        yield from self._contract()
        yield from self._stage()
        yield from self._circumstances()
        yield from self._purposes()
        yield from self._consent()
        yield from self._contact() if self._is_contact else self._no_contact()
        yield from self._assurance()

    def actor(self) -> Iterator[Term]:
        """Yield what holds of every principal of the type."""
        if self.principal_type in _ASKED:
            # kernel/arbiter/context.py, _acting: granted everything and without roles, unless the asker is unknown.
            yield self._is_set(("actor", "roles"), {})
            yield disjunction(self._bool("actor", "granted"), self._no_rights())
        elif self.principal_type in _ACTING:
            # kernel/arbiter/context.py, _acting: unasked, what the release itself acts by has every right.
            yield self._acts()
        yield self._is_one(("actor", "autonomy"), sorted(ENUMS["actor.autonomy"]))

    def own(self) -> Iterator[Term]:
        """Yield what holds of invocations proposed under this release."""
        # kernel/steps/proposal.py: a purpose the action does not serve is refused before any verdict.
        served = (self.action.action.purpose, *self.action.action.other_purposes)
        yield self._is_one(("purpose",), served)
        # kernel/steps/proposal.py: the channel is the action's.
        yield self._is_text(("channel",), self.action.action.channel or "")
        yield from self._arguments()

    def exact(self) -> Iterator[Term]:
        """Yield what holds of the principals that this release lets in, each with its own rights."""
        if self.principal_type in _ASKED:
            yield from self._askers()
        # kernel/arbiter/context.py, _actor: whoever agents.yaml does not name is granted nothing.
        kind = _NAMED.get(self.principal_type)
        if kind is None:
            return
        known = [each for actor, each in self.release.principals.items() if actor.kind == kind]
        for principal in known:
            yield implication(self._is_principal(principal.name), self._rights(principal))
        nobody = negation(disjunction(*(self._is_principal(each.name) for each in known)))
        yield implication(nobody, self._no_rights())

    def _askers(self) -> Iterator[Term]:
        # kernel/arbiter/context.py, _acting: asked by somebody, it acts no more freely than they may.
        asked_by = self.variables.asked_by
        yield implication(asked_by(None), self._acts())
        for actor, principal in self.release.principals.items():
            yield implication(asked_by(actor), conjunction(self._bool("actor", "granted"), self._manner(principal)))
        known = disjunction(asked_by(None), *map(asked_by, self.release.principals))
        yield implication(negation(known), self._no_rights())

    @property
    def _is_contact(self) -> bool:
        return self.action.action.kind == "contact"

    def _contract(self) -> Iterator[Term]:
        # kernel/arbiter/context.py, build_context: copied from the action's contract.
        yield self._is_text(("kind",), self.action.action.kind)
        yield self._is_text(("risk",), self.action.action.risk)

    def _stage(self) -> Iterator[Term]:
        yield self._is_one(("stage",), sorted(ENUMS["stage"]))
        # kernel/arbiter/ruling.py, _verdict: nothing is approved before it was held, so not when it is proposed.
        yield implication(self._is_text(("stage",), "proposal"), negation(self._bool("approved")))
        # kernel/arbiter/ruling.py, _judge: with an unknown required fact no rule is asked at all.
        yield self._is_set(("unknown",), {})

    def _circumstances(self) -> Iterator[Term]:
        # kernel/arbiter/context.py, build_context: all of these are read from the customer's flags.
        for name in CARE:
            yield equality(self._bool("care", name), self.variables.member(("flags",), name))
        flag = self.variables.member(("flags",), "do_not_contact")
        yield equality(self._bool("contact", "do_not_contact"), flag)
        # kernel/arbiter/engagement.py: what people hold is closed to agents.
        yield implication(self._bool("actor", "with_people"), negation(self._bool("actor", "engaged")))

    def _purposes(self) -> Iterator[Term]:
        # kernel/arbiter/context.py, build_context: a purpose the release does not know promotes nothing.
        promotional = [self._is_purpose(each.name) for each in self.release.purposes.values() if each.promotional]
        yield equality(self._bool("promotional"), disjunction(*promotional))

    def _consent(self) -> Iterator[Term]:
        # kernel/consent/answer.py: only a grant, or a purpose that needs none, permits.
        yield self._is_one(("consent", "code"), sorted(ENUMS["consent.code"]))
        code = ("consent", "code")
        yield equality(self._bool("consent", "permitted"), self._is_one(code, PERMITTED))
        for purpose in self.release.purposes.values():
            yield implication(self._is_purpose(purpose.name), self._answers(purpose))
        # kernel/consent/answer.py, first line of answer: there is nothing to agree to.
        unknown = conjunction(self._is_text(code, "purpose"), self._is_text(("consent", "basis"), ""))
        yield implication(self._unknown_purpose(), unknown)

    def _answers(self, purpose: Purpose) -> Term:
        code = ("consent", "code")
        parts = [self._is_text(("consent", "basis"), purpose.basis), negation(self._is_text(code, "purpose"))]
        # kernel/consent/answer.py: a contact on a channel the purpose does not use is not asked about further. An older
        # invocation has no channel if its action was no contact then.
        fits: Term = True
        if self._is_contact and purpose.channels:
            fits = self._is_one(("channel",), (*purpose.channels, ""))
        parts.append(equality(self._is_text(code, "channel"), negation(fits)))
        if purpose.basis == "consent":
            # kernel/consent/answer.py, _one_side: only where consent is the basis does it take a grant.
            parts.append(negation(self._is_text(code, "not_needed")))
        if not purpose.soft_opt_in:
            # kernel/consent/answer.py, _one_side: only where the purpose declares it.
            parts.append(negation(self._is_text(code, "soft_opt_in")))
        return conjunction(*parts)

    def _no_contact(self) -> Iterator[Term]:
        # kernel/arbiter/case.py, build_case, and context.py: pressure and address are asked of contacts only, and the
        # workspace refuses a channel on anything else.
        for name in ("capped", "quiet", "suppressed"):
            yield negation(self._bool("contact", name))
        yield self._is_set(("contact", "suppressed_by"), {})
        yield self._bool("contact", "addressable")

    def _contact(self) -> Iterator[Term]:
        purposes = self.release.purposes.values()
        # kernel/arbiter/context.py, build_context: what suppresses is what the purpose names and the customer has.
        suppressing: dict[str, Term] = {
            name: conjunction(
                self._bool("care", name),
                disjunction(*(self._is_purpose(each.name) for each in purposes if name in each.suppressed_during)),
            )
            for name in CARE
        }
        yield self._is_set(("contact", "suppressed_by"), suppressing)
        yield equality(self._bool("contact", "suppressed"), disjunction(*suppressing.values()))
        # kernel/arbiter/case.py, _cap: where no cap is declared none can be reached.
        if not self.release.caps:
            capped = disjunction(*(self._is_purpose(each.name) for each in purposes if each.caps))
            yield implication(self._bool("contact", "capped"), capped)
        # kernel/arbiter/case.py, build_case: hours are quiet by the purpose's own quiet hours.
        quiet = disjunction(*(self._is_purpose(each.name) for each in purposes if each.quiet_hours is not None))
        yield implication(self._bool("contact", "quiet"), quiet)
        # kernel/arbiter/address.py: a channel without a namespace always has an address, an unknown channel never.
        open_channels = [name for name, each in self.release.channels.items() if each.namespace is None]
        addressable = self._bool("contact", "addressable")
        yield implication(self._is_one(("channel",), open_channels), addressable)
        yield implication(addressable, self._is_one(("channel",), tuple(self.release.channels)))

    def _assurance(self) -> Iterator[Term]:
        level = self.variables.scalar(("assurance", "level"))
        yield self.variables.scalar(("assurance", "required")) == self.action.action.assurance
        # kernel/signals/model.py bounds the level a signal can bring; kernel/arbiter/case.py, _assurance: a record of
        # level 0 is a refusal and never in force, so at level 0 there is no record and no method.
        yield z3.And(level >= 0, level <= _LEVELS)
        yield implication(level == 0, self._is_text(("assurance", "method"), ""))

    def _acts(self) -> Term:
        return conjunction(
            self._bool("actor", "granted"),
            self._bool("actor", "purpose_allowed"),
            self._bool("actor", "engaged"),
            negation(self._bool("actor", "with_people")),
            self._bool("actor", "within_budget"),
            self._is_text(("actor", "autonomy"), "act"),
            self._is_set(("actor", "roles"), {}),
        )

    def _no_rights(self) -> Term:
        return conjunction(
            negation(self._bool("actor", "granted")),
            negation(self._bool("actor", "purpose_allowed")),
            self._is_text(("actor", "autonomy"), "observe"),
            self._is_set(("actor", "roles"), {}),
        )

    def _rights(self, principal: Principal) -> Term:
        action = self.action.action
        granted = principal.may_propose(action.name, action.groups)
        return conjunction(
            equality(granted, self._bool("actor", "granted")),
            self._manner(principal),
            self._is_set(("actor", "roles"), dict.fromkeys(principal.roles, True)),
        )

    def _manner(self, principal: Principal) -> Term:
        """Return how freely and to what ends a principal acts, itself or by what it asks."""
        allowed = True if not principal.purposes else self._is_one(("purpose",), principal.purposes)
        autonomy = principal.autonomy_in(self.action.action.name, self.action.action.groups)
        return conjunction(
            equality(allowed, self._bool("actor", "purpose_allowed")),
            self._is_text(("actor", "autonomy"), autonomy),
            # kernel/arbiter/engagement.py: within reach of everybody it is engaged, but for what a person holds.
            disjunction(principal.kind == "agent" or principal.reach != "all", self._bool("actor", "engaged")),
            disjunction(principal.kind == "agent", negation(self._bool("actor", "with_people"))),
            disjunction(bool(principal.budgets), self._bool("actor", "within_budget")),
        )

    def _arguments(self) -> Iterator[Term]:
        # kernel/steps/proposal.py: arguments that do not fit the contract are refused before any verdict.
        schema = self.action.action.input
        properties = schema.get("properties")
        required = schema.get("required")
        for name in self.action.arguments:
            path = ("arguments", name)
            if isinstance(required, list) and name in required:
                yield self.variables.present(path)
            if isinstance(properties, Mapping):
                yield from self._argument(path, properties[name])

    def _argument(self, path: tuple[str, str], schema: Mapping[str, Any]) -> Iterator[Term]:
        """Yield the bounds and choices of one argument; other keywords of its schema are not relied on."""
        if schema["type"] == "integer":
            value = self.variables.scalar(path)
            yield from (value >= low for low in _whole(schema, "minimum"))
            yield from (value <= high for high in _whole(schema, "maximum"))
            yield from (value > low for low in _whole(schema, "exclusiveMinimum"))
            yield from (value < high for high in _whole(schema, "exclusiveMaximum"))
        elif schema["type"] == "string" and (texts := texts_of(schema)):
            yield self._is_one(path, texts)

    def _bool(self, *path: str) -> Term:
        return self.variables.scalar(path)

    def _is_text(self, path: tuple[str, ...], text: str) -> Term:
        return self.variables.is_text(path, text)

    def _is_one(self, path: tuple[str, ...], texts: Any) -> Term:
        return disjunction(*(self._is_text(path, text) for text in texts))

    def _is_purpose(self, name: str) -> Term:
        return self._is_text(("purpose",), name)

    def _unknown_purpose(self) -> Term:
        return negation(disjunction(*(self._is_purpose(name) for name in self.release.purposes)))

    def _is_principal(self, name: str) -> Term:
        return z3.Int(PRINCIPAL) == self.variables.universe.number(name)

    def _is_set(self, path: tuple[str, ...], members: Mapping[str, Term]) -> Term:
        """Return that a set holds each text where its term is true, and no other text."""
        inside = (equality(self.variables.member(path, text), term) for text, term in members.items())
        return conjunction(negation(self.variables.others(path, members)), *inside)


def texts_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the only texts an argument's schema allows, or nothing when it allows others."""
    if "const" in schema:
        return (schema["const"],) if isinstance(schema["const"], str) else ()
    choices = schema.get("enum")
    return tuple(each for each in choices if isinstance(each, str)) if isinstance(choices, list) else ()


def _whole(schema: Mapping[str, Any], keyword: str) -> Iterator[int]:
    value = schema.get(keyword)
    if isinstance(value, int) and not isinstance(value, bool) and LONG_MIN <= value <= LONG_MAX:
        yield value
