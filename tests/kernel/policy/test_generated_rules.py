"""Rules made at random, deep and odd, are judged alike by both engines."""

import random
from collections.abc import Callable

import pytest

from tests.kernel.policy.material import SCHEMA, WRITE, policy, random_request, rules_of
from xop.kernel.policy.check import check
from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.reference import ReferenceEngine

LONGS = ("context.amount", "context.limit", "context.attempts", "context.assurance", "context.approval.level")
STRINGS = ("context.channel", "context.consent.purpose", "context.consent.basis", "context.approval.by")
BOOLS = ("context.quiet", "context.consent.permitted", "(context has assurance)", "(context has approval.notes)")
SETS = ("context.tags", "context.purposes")
ENTITIES = (
    "principal",
    "resource",
    "action",
    'Agent::"a1"',
    'Customer::"c2"',
    'Action::"write"',
    'Action::"send_offer"',
)
TYPES = ("Agent", "Operator", "Customer")


class Author:
    """Writes random Cedar expressions of a wanted type."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._forms: dict[str, list[Callable[[int], str]]] = {
            "Bool": [self._compare, self._logic, self._membership, self._entity, self._like, self._leaf_bool],
            "Long": [self._arithmetic, self._leaf_long],
            "String": [lambda _: rng.choice((*STRINGS, '"vip"', '"sms"', '""', '"con\\u{74}ract"'))],
            "Set": [self._literal_set, lambda _: rng.choice(SETS)],
        }

    def write(self, kind: str, depth: int) -> str:
        """Return an expression of a type, at most `depth` levels deep."""
        if self._rng.random() < 0.1 and depth > 0:
            test, yes, no = self.write("Bool", depth - 1), self.write(kind, depth - 1), self.write(kind, depth - 1)
            return f"(if {test} then {yes} else {no})"
        forms = self._forms[kind]
        return (forms[-1] if depth <= 0 else self._rng.choice(forms))(depth - 1)

    def _leaf_bool(self, _: int) -> str:
        return self._rng.choice((*BOOLS, "true", "false"))

    def _leaf_long(self, _: int) -> str:
        return self._rng.choice((*LONGS, "0", "-1", "3", "9223372036854775807"))

    def _compare(self, depth: int) -> str:
        kind = self._rng.choice(("Long", "Long", "Long", "String", "Set", "Bool"))
        signs = ("==", "!=", "<", "<=", ">", ">=") if kind == "Long" else ("==", "!=")
        return f"({self.write(kind, depth)} {self._rng.choice(signs)} {self.write(kind, depth)})"

    def _logic(self, depth: int) -> str:
        if self._rng.random() < 0.3:
            return f"!({self.write('Bool', depth)})"
        word = self._rng.choice((" && ", " || "))
        return "(" + word.join(self.write("Bool", depth) for _ in range(self._rng.randrange(2, 4))) + ")"

    def _membership(self, depth: int) -> str:
        form = self._rng.choice(("contains", "containsAll", "containsAny", "isEmpty"))
        inner = {"contains": "String", "isEmpty": ""}.get(form, "Set")
        argument = self.write(inner, depth) if inner else ""
        return f"{self.write('Set', depth)}.{form}({argument})"

    def _entity(self, _: int) -> str:
        one, other = self._rng.choice(ENTITIES), self._rng.choice(ENTITIES)
        kind = self._rng.choice(TYPES)
        forms = (f"{one} == {other}", f"{one} in {other}", f"{one} in [{other}, {one}]", f"{one} is {kind}")
        return f"({self._rng.choice(forms)})"

    def _like(self, depth: int) -> str:
        pattern = self._rng.choice(("*", "con*", "*c*t*", "", "s?s", "*vip", "a**b", "\\*"))
        return f'({self.write("String", depth)} like "{pattern}")'

    def _arithmetic(self, depth: int) -> str:
        if self._rng.random() < 0.2:
            return f"-({self.write('Long', depth)})"
        return f"({self.write('Long', depth)} {self._rng.choice('+-*')} {self.write('Long', depth)})"

    def _literal_set(self, depth: int) -> str:
        return "[" + ", ".join(self.write("String", depth) for _ in range(self._rng.randrange(1, 4))) + "]"


@pytest.mark.parametrize("seed", range(40))
def test_random_rules_are_judged_alike(seed):
    rng = random.Random(seed)
    author = Author(rng)
    clause = rng.choice(("when", "when", "unless"))
    bodies = [f"permit({WRITE}) {clause} {{ {author.write('Bool', 4)} }};" for _ in range(3)]
    rules = rules_of("".join(policy(f"r{number}", body) for number, body in enumerate(bodies)))
    compiled = PolicyEngine(rules, SCHEMA, shadow_share=0.0)
    reference = ReferenceEngine(rules, SCHEMA, sliced=False)
    for number in range(60):
        request = random_request(rng)
        one, other = compiled.judge(request, number), reference.judge(request)
        assert (one.error is None, one.applied) == (other.error is None, other.applied), (bodies, request, one, other)


def test_most_random_rules_compile_and_many_are_valid():
    author = Author(random.Random(1))
    text = "".join(policy(f"r{n}", f"permit({WRITE}) when {{ {author.write('Bool', 4)} }};") for n in range(100))
    rules = rules_of(text)
    compiled = [rule for rule in rules if not PolicyEngine([rule], SCHEMA).fallbacks()]
    assert len(compiled) > 70
    assert len({problem.line for problem in check(rules, SCHEMA)}) < 80
