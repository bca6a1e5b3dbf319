"""Policies: every rule of a release in plain language, and each of them whole."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from xop.faces.http.operation import IN_LANGUAGE, JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.kernel.base.phrase import Say
from xop.kernel.policy.model import Effect, Rule, Terms, Until
from xop.kernel.policy.sentence import sentence
from xop.kernel.release import Release
from xop.workspace.policies import BASELINE

Digest = Annotated[str, Meta(min_length=1, max_length=100, description="A release's digest.")]

_ENTITY = re.compile(r'\bAction::"([^"]+)"')


class PolicyQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose rules to list."""

    release: Digest | None = None
    """That of a release published before; of the one that rules when left out."""
    against: Digest | None = None
    """An earlier release to compare with, rule by rule."""


class PolicySummary(Struct, frozen=True):
    """One rule in short."""

    id: str
    pack: str
    effect: Effect
    """What it does when it applies: a hold is a forbid that ends."""
    message: str
    sentence: str
    """What it does, in plain language, made from the rule itself."""
    basis: str
    until: Until | None
    approver: str | None
    terms: Terms | None
    obligations: list[str]
    halts: str | None
    shadow: bool
    """Whether it is only observed and decides nothing."""
    given: bool
    """Whether it is one of the platform's own rules."""
    replaceable: bool
    """Whether a workspace may put rules of its own in its place."""
    actions: list[str]
    """The actions and groups that it names; none for a rule about every action."""
    file: str
    line: int
    change: Literal["", "added", "changed"] = ""
    """How it differs from the release it is compared with."""


class PolicyList(Struct, frozen=True):
    """All rules of a release, the workspace's own first."""

    release: str
    policies: list[PolicySummary]
    removed: list[PolicySummary]
    """Those that only the earlier release has, when one is compared with."""
    against: str


class PolicyDetail(Struct, frozen=True):
    """One rule with all there is to know about it."""

    release: str
    policy: PolicySummary
    text: str
    """The rule in Cedar."""
    customer: str
    """What the customer is told in place of the message; empty for the message itself."""
    translated: dict[str, str]
    """The same in other languages, by the names of these."""
    reads: list[str]
    """What it reads, as dotted paths of the context."""
    against: str
    before: str | None
    """The rule as the earlier release has it; null where it has none, or no release is compared with."""


async def _list(call: Call) -> Reply:
    asked: PolicyQuery = call.query
    release = await _release(call, asked.release)
    before = await _release(call, asked.against) if asked.against else None
    rules = release.policies.rules
    earlier = before.policies.rules if before is not None else {}
    say = call.speech.say
    listed = [_summary(rule, say, _change(rule, earlier) if before is not None else "") for rule in rules.values()]
    removed = [_summary(rule, say) for name, rule in earlier.items() if name not in rules]
    ordered = sorted(listed, key=lambda each: each.given)
    return Reply(PolicyList(release.digest, ordered, removed, before.digest if before is not None else ""))


async def _show(call: Call) -> Reply:
    asked: PolicyQuery = call.query
    name = call.path["rule"]
    release = await _release(call, asked.release)
    before = await _release(call, asked.against) if asked.against else None
    earlier = before.policies.rules.get(name) if before is not None else None
    rule = release.policies.rules.get(name)
    if rule is None:
        raise ProblemError("rule-unknown", f"there is no rule {name[:80]!r} in the release {release.digest}")
    change = _change(rule, before.policies.rules) if before is not None else ""
    return Reply(
        PolicyDetail(
            release=release.digest,
            policy=_summary(rule, call.speech.say, change),
            text=rule.text,
            customer=rule.customer,
            translated=dict(rule.translated),
            reads=list(rule.reads),
            against=before.digest if before is not None else "",
            before=earlier.text if earlier is not None else None,
        )
    )


async def _release(call: Call, digest: str | None) -> Release:
    found = call.platform.engine.release if digest is None else await call.platform.release(digest)
    if found is None:
        raise ProblemError("release-unknown", f"no release {digest!r} was published, or it compiles no more")
    return found


def _change(rule: Rule, earlier: Mapping[str, Rule]) -> Literal["", "added", "changed"]:
    before = earlier.get(rule.id)
    if before is None:
        return "added"
    # Where a rule stands does not matter to what it does.
    return "changed" if replace(before, file=rule.file, line=rule.line) != rule else ""


def _summary(rule: Rule, say: Say, change: Literal["", "added", "changed"] = "") -> PolicySummary:
    return PolicySummary(
        id=rule.id,
        pack=rule.pack,
        effect=rule.effect,
        message=say(rule.message),
        sentence=sentence(rule, say),
        basis=rule.basis,
        until=rule.until,
        approver=rule.approver,
        terms=rule.terms,
        obligations=list(rule.obligations),
        halts=rule.halts,
        shadow=rule.shadow,
        given=rule.pack == BASELINE,
        replaceable=rule.pack == BASELINE and rule.default,
        actions=list(dict.fromkeys(_ENTITY.findall(rule.text))),
        file=rule.file,
        line=rule.line,
        change=change,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/policies",
        summary="List the rules of a release",
        description="In plain language, the workspace's own first; with `against`, what an earlier release had otherwise.",
        handler=_list,
        scope="decisions:read",
        query=PolicyQuery,
        reads=(IN_LANGUAGE,),
        answers=(Content(JSON, PolicyList),),
        problems=("release-unknown",),
    ),
    Operation(
        method="GET",
        path="/v1/policies/{rule}",
        summary="Look at a rule",
        description="Its text in Cedar, what it does in plain language, and what it reads.",
        handler=_show,
        scope="decisions:read",
        parameters={"rule": "The rule's id, with its pack."},
        query=PolicyQuery,
        reads=(IN_LANGUAGE,),
        answers=(Content(JSON, PolicyDetail),),
        problems=("release-unknown", "rule-unknown"),
    ),
)
