"""The facts of a request as variables of the solver, and back again as a context."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

from xop.kernel.base.actor import Actor, ActorKind
from xop.kernel.policy.facts import LONG_MAX, LONG_MIN
from xop.kernel.policy.schema import ContextType, fields
from xop.kernel.policy.tree import Path
from xop.lab.prove.solver import Term, conjunction, z3
from xop.lab.prove.universe import Members, Universe

PRINCIPAL = "principal"
RESOURCE = "resource"

_ASKER = "asker"
_KINDS: tuple[ActorKind, ...] = get_args(ActorKind)

_PLAIN: dict[Path, str] = {
    ("stage",): "proposal",
    ("consent", "code"): "not_needed",
    ("actor", "autonomy"): "act",
}
"""The texts of a request about which there is nothing particular."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One attribute of the context."""

    path: Path
    kind: Any
    optional: bool
    """Whether the attribute itself may be absent."""


@dataclass(slots=True)
class Variables:
    """Every attribute of one context type; paths in `apart` get variables of their own, marked by a prime."""

    record: ContextType
    universe: Universe
    apart: frozenset[str] = frozenset()
    by_path: dict[Path, Variable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay the context type flat."""
        self._flatten((), self.record)

    def name(self, path: Path) -> str:
        """Return the name of a path's variable."""
        dotted = ".".join(path)
        return f"{dotted}'" if dotted in self.apart else dotted

    def scalar(self, path: Path) -> Term:
        """Return the variable of a Bool, Long or String."""
        make = z3.Bool if self.by_path[path].kind == "Bool" else z3.Int
        return make(self.name(path))

    def members(self, path: Path) -> Members:
        """Return the members of a Set<String>."""
        return self.universe.members(self.name(path))

    def member(self, path: Path, text: str) -> Term:
        """Return whether a text is in a Set<String>."""
        return self.members(path)[self.universe.number(text)][0]

    def others(self, path: Path, texts: Iterable[str]) -> Term:
        """Return whether a Set<String> holds any text but these."""
        return self.universe.others(self.name(path), frozenset(texts))

    def is_text(self, path: Path, text: str) -> Term:
        """Return whether a String is this text."""
        return self.scalar(path) == self.universe.number(text)

    def asked_by(self, actor: Actor | None) -> Term:
        """Return whether this actor, or nobody, had a journey or decision set act; it is never apart."""
        number = 0 if actor is None else 1 + self.universe.number(actor.id) * len(_KINDS) + _KINDS.index(actor.kind)
        return z3.Int(_ASKER) == number

    def present(self, path: Path) -> Term:
        """Return whether an attribute and every record around it is there."""
        return conjunction(
            *(
                z3.Bool(f"has {self.name(path[:length])}")
                for length in range(1, len(path) + 1)
                if self.by_path[path[:length]].optional
            )
        )

    def bounds(self) -> Iterator[Term]:
        """Yield what makes every variable a value of its type."""
        for path, variable in self.by_path.items():
            if variable.kind == "Long":
                yield z3.And(self.scalar(path) >= LONG_MIN, self.scalar(path) <= LONG_MAX)
            elif variable.kind == "String":
                yield self._is_any(self.scalar(path))
        yield self._is_any(z3.Int(PRINCIPAL))
        yield self._is_any(z3.Int(RESOURCE))

    def defaults(self) -> Iterator[Term]:
        """Yield what a plain request would have, the most telling first; what does not go together gives way."""
        yield self.asked_by(None)
        for path, text in _PLAIN.items():
            if path in self.by_path:
                yield self.is_text(path, text)
        for variable in self.by_path.values():
            if variable.optional:
                yield z3.Not(z3.Bool(f"has {self.name(variable.path)}"))
        for variable in self.by_path.values():
            yield from self._default(variable)
        # A spare text looks less like a mistake than the empty one.
        yield z3.Int(RESOURCE) == self.universe.named
        yield z3.Int(PRINCIPAL) == self.universe.named

    def _default(self, variable: Variable) -> Iterator[Term]:
        path = variable.path
        if variable.kind == "Set<String>":
            yield z3.Not(self.others(path, ()))
        elif variable.kind == "Bool":
            yield z3.Not(self.scalar(path))
        elif variable.kind == "Long":
            yield self.scalar(path) == 0
        elif variable.kind == "String" and path[0] in {"arguments", "facts"}:
            yield self.scalar(path) == self.universe.named

    def context(self, model: Any) -> dict[str, Any]:
        """Return the context a model of the solver describes."""
        return self._record((), self.record, model)

    def text(self, term: Term, model: Any) -> str:
        """Return the text a String has in a model."""
        number: int = model.eval(term, model_completion=True).as_long()
        return self.universe.texts[number]

    def _flatten(self, path: Path, record: ContextType) -> None:
        for name, kind, optional in fields(record):
            self.by_path[(*path, name)] = Variable((*path, name), kind, optional)
            if isinstance(kind, dict):
                self._flatten((*path, name), kind)

    def _is_any(self, term: Term) -> Term:
        return z3.And(term >= 0, term < len(self.universe.texts))

    def _record(self, path: Path, record: ContextType, model: Any) -> dict[str, Any]:
        found = {}
        for name, kind, optional in fields(record):
            here = (*path, name)
            if not optional or _holds(model, z3.Bool(f"has {self.name(here)}")):
                found[name] = self._record(here, kind, model) if isinstance(kind, dict) else self._leaf(here, model)
        return found

    def _leaf(self, path: Path, model: Any) -> Any:
        kind = self.by_path[path].kind
        if kind == "Set<String>":
            return [self.universe.texts[number] for inside, number in self.members(path) if _holds(model, inside)]
        if kind == "Bool":
            return _holds(model, self.scalar(path))
        if kind == "Long":
            return model.eval(self.scalar(path), model_completion=True).as_long()
        return self.text(self.scalar(path), model)


def _holds(model: Any, term: Term) -> bool:
    return bool(z3.is_true(model.eval(term, model_completion=True)))
