"""Each rule of the baseline decides what it says, and only that."""

from typing import Any

import pytest

from tests.kit.lookout import lookout
from tests.workspace.material import MINIMAL, compiled
from xop.kernel.arbiter.context import ENUMS
from xop.kernel.arbiter.duties import DUTIES
from xop.kernel.policy.check import check, lint
from xop.kernel.policy.combine import combine
from xop.kernel.policy.engine import PolicyEngine
from xop.kernel.policy.model import Request, Verdict
from xop.kernel.policy.parse import parse
from xop.kernel.policy.schema import Schema
from xop.kernel.policy.source import PolicySource
from xop.kernel.release import Release
from xop.workspace.baseline import baseline_files

ACTION = """name: {name}
version: 1
description: An action.
kind: {kind}
risk: {risk}
purpose: service
{channel}
binding: {{connection: screen, request: {{text: hello}}}}
"""


def action(name: str, kind: str, risk: str = "low") -> bytes:
    channel = "channel: email" if kind == "contact" else ""
    return ACTION.format(name=name, kind=kind, risk=risk, channel=channel).encode()


FILES = MINIMAL | {
    "purposes.yaml": b"channels: {email: {}}\npurposes: {service: {basis: contract}}\n",
    "connections.yaml": b"connections: {screen: {adapter: console}}\n",
    "actions/tell.yaml": action("tell", "contact"),
    "actions/change.yaml": action("change", "write"),
    "actions/erase.yaml": action("erase", "write", "high"),
    "actions/warn.yaml": action("warn", "contact", "high"),
    "actions/look.yaml": action("look", "read"),
}

CONTEXT: dict[str, Any] = {
    "purpose": "service",
    "promotional": False,
    "channel": "email",
    "kind": "contact",
    "risk": "low",
    "stage": "proposal",
    "approved": False,
    "actor": {
        "granted": True,
        "autonomy": "act",
        "roles": [],
        "purpose_allowed": True,
        "engaged": True,
        "with_people": False,
        "within_budget": True,
    },
    "halted": False,
    "consent": {"permitted": True, "code": "granted", "basis": "consent"},
    "contact": {
        "capped": False,
        "quiet": False,
        "suppressed": False,
        "suppressed_by": [],
        "do_not_contact": False,
        "addressable": True,
    },
    "care": {"support": False, "complaint": False, "vulnerable": False},
    "assurance": {"level": 0, "required": 0, "method": ""},
    "flags": [],
    "intents": [],
    "unknown": [],
    "arguments": {},
    "facts": {},
}


@pytest.fixture(scope="module")
def release() -> Release:
    return compiled(FILES)


def judge(release: Release, action: str, *, kind: str = "Operator", **changes: Any) -> Verdict:
    asked = release.actions[action].action
    context = CONTEXT | {"kind": asked.kind, "risk": asked.risk}
    for path, value in changes.items():
        head, _, rest = path.partition("__")
        context = context | {head: context[head] | {rest: value} if rest else value}
    judgement = release.policies.judge(Request(kind, "someone", action, "cus_1", context), 0)
    assert judgement.error is None
    return combine(release.policies.rules, judgement)


def test_whoever_is_granted_an_action_may_do_it(release):
    for name in ("tell", "change", "look"):
        verdict = judge(release, name)
        assert (verdict.outcome, verdict.determining) == ("permit", ("xop.granted",))


def test_nobody_else_may(release):
    verdict = judge(release, "look", actor__granted=False)
    assert (verdict.outcome, verdict.determining) == ("deny", ())


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("xop.purpose_not_allowed", {"actor__purpose_allowed": False}),
        ("xop.not_engaged", {"actor__engaged": False}),
        ("xop.observer", {"actor__autonomy": "observe"}),
        ("xop.consent_objected", {"consent": {"permitted": False, "code": "objected", "basis": "consent"}}),
        ("xop.consent_withdrawn", {"consent": {"permitted": False, "code": "withdrawn", "basis": "consent"}}),
        ("xop.consent_refused", {"consent": {"permitted": False, "code": "refused", "basis": "consent"}}),
        ("xop.consent_expired", {"consent": {"permitted": False, "code": "expired", "basis": "consent"}}),
        ("xop.consent_unknown", {"consent": {"permitted": False, "code": "unknown", "basis": "consent"}}),
        ("xop.channel_unfit", {"consent": {"permitted": False, "code": "channel", "basis": "consent"}}),
        ("xop.no_legal_basis", {"consent": {"permitted": False, "code": "purpose", "basis": ""}}),
        ("xop.no_legal_basis", {"consent": {"permitted": False, "code": "granted", "basis": "consent"}}),
        ("xop.do_not_contact", {"contact__do_not_contact": True}),
        ("xop.suppressed_by_support", {"contact__suppressed_by": ["support"]}),
        ("xop.suppressed_by_complaint", {"contact__suppressed_by": ["complaint"]}),
        ("xop.suppressed_by_vulnerability", {"contact__suppressed_by": ["vulnerable"]}),
        ("xop.not_addressable", {"contact__addressable": False}),
        ("xop.contact_cap", {"contact__capped": True}),
    ],
)
@pytest.mark.parametrize("stage", sorted(ENUMS["stage"]))
def test_a_contact_is_denied_for_one_exact_reason_at_every_stage(release, rule, changes, stage):
    verdict = judge(release, "tell", stage=stage, **changes)
    assert (verdict.outcome, verdict.determining) == ("deny", (rule,))


@pytest.mark.parametrize("code", ["objected", "withdrawn", "refused", "expired", "unknown"])
def test_what_is_no_contact_needs_a_legal_basis_as_well(release, code):
    consent = {"permitted": False, "code": code, "basis": "consent"}
    for action in ("change", "look"):
        verdict = judge(release, action, consent=consent)
        assert (verdict.outcome, verdict.determining) == ("deny", (f"xop.consent_{code}",))


@pytest.mark.parametrize(
    ("rule", "action", "until", "changes"),
    [
        ("xop.quiet_hours", "tell", "quiet_hours_end", {"contact__quiet": True}),
        ("xop.verification_needed", "look", "verification", {"assurance__required": 2, "assurance__level": 1}),
        ("xop.suggestion", "tell", "approval", {"actor__autonomy": "suggest"}),
        ("xop.suggestion", "change", "approval", {"actor__autonomy": "suggest"}),
        ("xop.acts_with_approval", "change", "approval", {"actor__autonomy": "act_with_approval"}),
        ("xop.high_risk_agent", "erase", "approval", {"kind": "Agent"}),
    ],
)
@pytest.mark.parametrize("stage", sorted(ENUMS["stage"]))
def test_a_proposal_waits_for_one_exact_reason_at_every_stage(release, rule, action, until, changes, stage):
    verdict = judge(release, action, stage=stage, **changes)
    assert (verdict.outcome, verdict.determining, verdict.until) == ("hold", (rule,), (until,))
    assert verdict.approvers == (("supervisor",) if until == "approval" else ())


@pytest.mark.parametrize(
    ("action", "changes"),
    [
        ("tell", {"actor__autonomy": "suggest", "approved": True}),
        ("tell", {"actor__autonomy": "act_with_approval", "approved": True}),
        ("erase", {"kind": "Agent", "approved": True}),
        ("erase", {"kind": "Operator"}),
        ("warn", {"kind": "Agent"}),
        ("change", {"kind": "Agent"}),
        ("look", {"actor__autonomy": "suggest"}),
        ("look", {"actor__autonomy": "act_with_approval"}),
        ("look", {"assurance__required": 2, "assurance__level": 2}),
        ("look", {"assurance__required": 2, "assurance__level": 3}),
        ("change", {"consent": {"permitted": False, "code": "objected", "basis": "contract"}}),
        ("change", {"contact__do_not_contact": True}),
        ("tell", {"care__support": True}),
        ("tell", {"contact__do_not_contact": True, "consent__basis": "legal_obligation"}),
        ("tell", {"contact__do_not_contact": True, "consent__basis": "vital_interest"}),
    ],
)
def test_what_no_rule_forbids_is_permitted(release, action, changes):
    assert judge(release, action, **changes).outcome == "permit"


def test_approval_does_not_outrank_a_reason_to_leave_the_customer_alone(release):
    verdict = judge(release, "tell", approved=True, contact__do_not_contact=True, actor__autonomy="suggest")
    assert (verdict.outcome, verdict.determining) == ("deny", ("xop.do_not_contact",))


def test_every_rule_of_the_baseline_fits_the_context_and_its_values(release):
    sources = [
        PolicySource("xop", path, text.decode())
        for path, text in baseline_files().items()
        if path.startswith("policies/")
    ]
    parsed = parse(sources)
    assert parsed.problems == ()
    assert isinstance(release.policies._schema, Schema)
    # A workspace with a register of AI systems has all of them; one without has all but those that ask for it.
    ruled = lookout().policies
    assert isinstance(ruled, PolicyEngine)
    assert check(parsed.rules, ruled._schema) == ()
    asking = {rule.id for rule in parsed.rules if any(path.split(".")[0] in DUTIES for path in rule.reads)}
    assert asking == {rule.id for rule in parsed.rules} - release.policies.rules.keys()
    assert asking <= lookout().policies.rules.keys()
    assert lint(parsed.rules, ENUMS) == ()
    assert {rule.id for rule in parsed.rules if rule.default} == {
        "xop.granted", "xop.high_risk_agent", "xop.contact_cap", "xop.quiet_hours",
    }  # fmt: skip


def test_every_slice_of_the_baseline_is_compiled(release):
    assert release.policies.fallbacks() == {}
