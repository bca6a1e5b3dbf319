"""Policy text, a schema and requests that the tests of this folder share."""

import random
from typing import Any

from xop.kernel.policy.model import Request, Rule
from xop.kernel.policy.parse import parse
from xop.kernel.policy.schema import ActionType, Schema
from xop.kernel.policy.source import PolicySource

CONTEXT: dict[str, Any] = {
    "consent": {"permitted": "Bool", "purpose": "String", "basis?": "String"},
    "channel": "String",
    "amount": "Long",
    "limit": "Long",
    "attempts": "Long",
    "tags": "Set<String>",
    "purposes": "Set<String>",
    "quiet": "Bool",
    "assurance?": "Long",
    "approval?": {"by": "String", "level": "Long", "notes?": {"length": "Long"}},
}

SCHEMA = Schema(
    actions=(
        ActionType("send_offer", ("contact", "write"), CONTEXT),
        ActionType("issue_credit", ("write",), CONTEXT, ("Agent", "Operator")),
        ActionType("read_profile", (), {"quiet": "Bool", "tags": "Set<String>"}),
    ),
    groups=("write", "contact"),
)

WRITE = 'principal, action in Action::"write", resource'

HEADS = (
    "permit(principal, action, resource);",
    "permit(principal is Agent, action, resource) when { !context.quiet };",
    'permit(principal == Agent::"a1", action, resource);',
    'permit(principal in Operator::"o1", action, resource);',
    'permit(principal is Operator in Operator::"o2", action, resource);',
    'forbid(principal, action == Action::"read_profile", resource) when { context.tags.isEmpty() };',
    'permit(principal, action in [Action::"contact", Action::"issue_credit"], resource == Customer::"c1");',
    f"forbid({WRITE}) unless {{ context.consent.permitted }};",
    f"forbid({WRITE}) unless {{ context has approval.notes.length }};",
    'permit(principal, action, resource) when { principal is Agent && principal in [Agent::"a1", Agent::"a2"] };',
    'permit(principal, action, resource) when { action == Action::"send_offer" };',
    'permit(principal, action, resource) when { action in [Action::"contact"] && context.channel == "mail" };',
    'permit(principal, action, resource) when { resource == Customer::"c2" };',
    'permit(principal, action, resource) when { resource is Customer && [Customer::"c1"].contains(resource) };',
    "permit(principal, action, resource) when { context has channel } unless { context.quiet };",
)

TESTS = (
    "context.consent.permitted",
    'context.channel == "sms"',
    'context.channel != "sms"',
    "context.amount == context.limit",
    "context.amount < 5",
    "context.amount <= 5",
    "context.amount > 5",
    "context.amount >= context.limit",
    "context.amount + context.limit > 7",
    "context.amount - context.limit < 0",
    "context.amount * 3 > context.limit",
    "-context.amount < -3",
    'context.tags.contains("vip")',
    '["sms", "mail"].contains(context.channel)',
    "[1, 2, 3].contains(context.amount)",
    "[context.limit, 2].contains(context.amount)",
    'context.tags.containsAll(["vip", "new"])',
    "context.tags.containsAll(context.purposes)",
    'context.tags.containsAny(["vip", "new"])',
    '["vip"].containsAny(context.tags)',
    "context.tags == context.purposes",
    'context.tags != ["vip", "new"]',
    "context has assurance",
    "context has assurance && context.assurance > 2",
    "context has approval && context.approval has notes && context.approval.notes.length >= 2",
    'context.consent has basis && context.consent.basis like "con*t"',
    'context.consent.purpose like "*e*i*"',
    "(if context.quiet then context.amount else context.limit) > 4",
    "if context has assurance then context.assurance > 1 else context.quiet",
    "context.quiet || context.attempts * 2 > 3",
    'context.channel == "\\"; __import__(\\"os\\")\\n#" || context.channel == "müßig ☎"',
)

RULE_BODIES = (*HEADS, *(f"permit({WRITE}) when {{ {test} }};" for test in TESTS))

_BROKEN: tuple[Any, ...] = (None, 1.5, b"x", {}, [1], "text", True, 1, [None], {"x": 1})
# What looks right at first sight, by the type it stands in for.
_NEARLY: dict[type, tuple[Any, ...]] = {
    bool: (0, 1, "true", None),
    int: (True, 2.0, 2**63, -(2**63) - 1, 10**5000, "1"),
    str: ("\ud800", b"sms", 5),
    list: (["vip", "\ud800"], ["vip", 1], "vip", [None]),
}


def policy(name: str, body: str, *notes: str) -> str:
    """Return one annotated rule of the pack `t`."""
    return f'@id("t.{name}") @message("because") {" ".join(notes)}\n{body}\n'


def source(text: str, pack: str = "t") -> PolicySource:
    """Return text as a file of a pack."""
    return PolicySource(pack, "t.cedar", text)


def rules_of(text: str) -> tuple[Rule, ...]:
    """Return the rules of text that has no problems."""
    parsed = parse([source(text)])
    assert parsed.problems == ()
    return parsed.rules


def every_rule() -> tuple[Rule, ...]:
    """Return a set of rules that together use every operator the compiler knows."""
    return rules_of("".join(policy(f"r{index}", body) for index, body in enumerate(RULE_BODIES)))


def good_context() -> dict[str, Any]:
    """Return a full and well-typed context of a write action."""
    return {
        "consent": {"permitted": True, "purpose": "service", "basis": "consent"},
        "channel": "sms",
        "amount": 3,
        "limit": 5,
        "attempts": 1,
        "tags": ["vip"],
        "purposes": ["vip", "vip"],
        "quiet": False,
        "assurance": 2,
        "approval": {"by": "lead", "level": 2, "notes": {"length": 4}},
    }


def request(
    context: dict[str, Any] | None = None,
    action: str = "send_offer",
    principal_type: str = "Agent",
    principal: str = "a1",
    resource: str = "c1",
) -> Request:
    """Return a request with a good context unless another is given."""
    return Request(principal_type, principal, action, resource, good_context() if context is None else context)


def random_request(rng: random.Random) -> Request:
    """Return a request that is well-typed in most of its cases and spoiled in about a third."""
    action = rng.choice(["send_offer", "send_offer", "issue_credit", "issue_credit", "read_profile"])
    types = ["Agent", "Agent", "Operator", "Journey"]
    context = _random_read(rng) if action == "read_profile" else _random_write(rng)
    if rng.random() < 0.35:
        _spoil(rng, context)
    return Request(
        rng.choice(types), rng.choice(["a1", "a2", "o1", "o2"]), action, rng.choice(["c1", "c2", "c3"]), context
    )


def _random_read(rng: random.Random) -> dict[str, Any]:
    return {"quiet": rng.random() < 0.5, "tags": _words(rng)}


def _words(rng: random.Random) -> Any:
    words = [rng.choice(["vip", "new", "old"]) for _ in range(rng.randrange(4))]
    return rng.choice([list, tuple, set, frozenset])(words)


def _number(rng: random.Random) -> int:
    return rng.choice([rng.randrange(-3, 9)] * 30 + [2**63 - 1, -(2**63)])


def _random_write(rng: random.Random) -> dict[str, Any]:
    context = good_context()
    context["consent"] = {"permitted": rng.random() < 0.5, "purpose": rng.choice(["service", "", "marketing ei"])}
    if rng.random() < 0.5:
        context["consent"]["basis"] = rng.choice(["consent", "contract", "cont", "con"])
    channels = ["sms", "mail", "müßig ☎", '"; __import__("os")\n#', ""]
    context.update(channel=rng.choice(channels), quiet=rng.random() < 0.5, tags=_words(rng), purposes=_words(rng))
    context.update(amount=_number(rng), limit=_number(rng), attempts=_number(rng), assurance=_number(rng))
    context["approval"] = {"by": "x", "level": 1, "notes": {"length": rng.randrange(4)}}
    for path in (("approval", "notes"), ("approval",), ("assurance",)):
        if rng.random() < 0.4:
            holder = context if len(path) == 1 else context[path[0]]
            del holder[path[-1]]
    return context


def _spoil(rng: random.Random, context: dict[str, Any]) -> None:
    holder = context
    while True:
        name = rng.choice([*holder, "stray"])
        inner = holder.get(name)
        if isinstance(inner, dict) and inner and rng.random() < 0.8:
            holder = inner
            continue
        if rng.random() < 0.3:
            holder.pop(name, None)
        else:
            holder[name] = rng.choice(rng.choice((_BROKEN, _NEARLY.get(type(inner), _BROKEN))))
        return
