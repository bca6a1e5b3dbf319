"""Times one judgement, compiled against the reference, at 40, 400 and 4,000 rules in one run.

A tenth of the rules bears on each of ten actions and the context has 40 leaf facts. `dense` is the hard case:
every one of 44 rules bears on the one action that is asked for. Times are microseconds, medians over calls.
"""

import json
import random
from statistics import median
from time import perf_counter_ns
from typing import Any

from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.model import Judgement, Request, Rule
from xop.kernel.policy.parse import parse
from xop.kernel.policy.schema import ActionType, Schema
from xop.kernel.policy.source import PolicySource

ACTIONS = 10
CONTEXT: dict[str, Any] = {
    "consent": {f"purpose_{n}": "Bool" for n in range(8)},
    "numbers": {f"n{n}": "Long" for n in range(10)},
    "words": {f"w{n}": "String" for n in range(12)},
    "flags": {f"f{n}": "Bool" for n in range(6)},
    "sets": {"tags": "Set<String>", "segments": "Set<String>"},
    "assurance?": "Long",
    "approval?": {"by": "String"},
}
TESTS = (
    "context.consent.purpose_{d} && context.numbers.n{d} > {n}",
    'context.words.w{d} == "value{n}" || context.flags.f{h}',
    'context.sets.tags.contains("tag{n}") && !context.flags.f{h}',
    "context has assurance && context.assurance >= {d} && context.numbers.n{d} + 1 < {n}",
    '["value1", "value2", "other{n}"].contains(context.words.w{d})',
)


def main() -> None:
    """Print a line per rule set and, last, all figures as one line of JSON."""
    figures: dict[str, Any] = {}
    figures["dense_44"] = _measure("44 rules, all on one action", 44, 1, calls=1_500)
    for count in (40, 400, 4_000):
        figures[f"rules_{count}"] = _measure(f"{count:,} rules, {ACTIONS} actions", count, ACTIONS, calls=800)
    print(json.dumps({"benchmark": "policy", "unit": "us", **figures}))


def _measure(title: str, count: int, actions: int, *, calls: int) -> dict[str, float]:
    schema = Schema(tuple(ActionType(f"act{n}", ("write",), CONTEXT) for n in range(actions)), ("write",))
    rules = _rules(count, actions)
    began = perf_counter_ns()
    compiled = PolicyEngine(rules, schema, shadow_share=0.0)
    assert not compiled.fallbacks()
    load = (perf_counter_ns() - began) / 1e6
    reference = PolicyEngine(rules, schema, mode="reference")
    rng = random.Random(count)
    requests = [_request(rng, f"act{rng.randrange(actions)}") for _ in range(calls)]
    slow, expected = _times(reference, requests)
    fast, found = _times(compiled, requests)
    assert found == expected
    assert any(found)
    ratio = slow / fast
    print(f"{title}: reference {slow:.1f} us, compiled {fast:.2f} us, {ratio:.0f} times; load {load:.0f} ms")
    return {
        "reference": round(slow, 1),
        "compiled": round(fast, 2),
        "ratio": round(ratio, 1),
        "load_ms": round(load, 1),
    }


def _times(engine: PolicyEngine, requests: list[Request]) -> tuple[float, list[tuple[str, ...]]]:
    for request in requests[:100]:
        engine.judge(request, 1)
    spent: list[int] = []
    answers: list[Judgement] = []
    for request in requests:
        began = perf_counter_ns()
        answers.append(engine.judge(request, 1))
        spent.append(perf_counter_ns() - began)
    assert all(answer.error is None for answer in answers)
    return median(spent) / 1e3, [answer.applied for answer in answers]


def _rules(count: int, actions: int) -> tuple[Rule, ...]:
    lines = []
    for number in range(count):
        test = TESTS[number % len(TESTS)].format(d=number % 8, h=number % 6, n=number % 20)
        effect = ("permit", "permit", "forbid")[number % 3]
        scope = f'principal, action == Action::"act{number % actions}", resource'
        lines.append(f'@id("bench.r{number}") @message("m") {effect}({scope}) when {{ {test} }};')
    parsed = parse([PolicySource("bench", "bench.cedar", "\n".join(lines))])
    assert not parsed.problems
    return parsed.rules


def _request(rng: random.Random, action: str) -> Request:
    context = {
        "consent": {f"purpose_{n}": rng.random() < 0.5 for n in range(8)},
        "numbers": {f"n{n}": rng.randrange(20) for n in range(10)},
        "words": {f"w{n}": f"value{rng.randrange(20)}" for n in range(12)},
        "flags": {f"f{n}": rng.random() < 0.5 for n in range(6)},
        "sets": {"tags": [f"tag{rng.randrange(20)}"], "segments": ["gold", "new"]},
        "assurance": rng.randrange(5),
        "approval": {"by": "lead"},
    }
    return Request("Agent", "a1", action, "c1", context)


if __name__ == "__main__":
    main()
