"""Each signal type of the baseline makes true what it says."""

from typing import Any

import pytest

from tests.workspace.material import compiled, edited
from xop.kernel.base.actor import Actor
from xop.kernel.commands import Proposal, Signal
from xop.kernel.consent.facts import ConsentGranted, ConsentRefused, ConsentWithdrawn, ObjectionRaised
from xop.kernel.context.customer import Customer, new_customer
from xop.kernel.decide import decide
from xop.kernel.effects import Schedule
from xop.kernel.facts import ChangeSkipped, ProfileChanged, SignalReceived
from xop.kernel.identity.model import Identifier
from xop.kernel.moment import Moment
from xop.kernel.release import Release
from xop.workspace import starter_files

NOON = 1_790_596_800_000
WEB = Actor("source", "web")


@pytest.fixture(scope="module")
def release() -> Release:
    return compiled(starter_files())


def send(release: Release, kind: str, customer: Customer | None = None, **data: Any) -> Any:
    signal = Signal(f"signal:web|{kind}", kind, "web", NOON, WEB, (Identifier("email", "a@example.com"),), data)
    return decide(release, customer or new_customer("cus_1"), signal, Moment(NOON, 1, "cus_1"))


def facts(step: Any, *kinds: type) -> list[Any]:
    assert step.refusal is None
    assert [each for each in step.facts if isinstance(each, ChangeSkipped)] == []
    return [each for each in step.facts if isinstance(each, kinds)]


def test_a_grant_names_its_proof_and_end(release):
    step = send(
        release,
        "xop.consent.granted",
        purpose="marketing",
        channel="email",
        proof="form 3",
        until="2027-01-31T00:00:00Z",
    )
    (granted,) = facts(step, ConsentGranted)
    assert (granted.purpose, granted.channel, granted.record.proof) == ("marketing", "email", "form 3")
    assert granted.record.until == 1_801_353_600_000


def test_a_grant_without_an_end_lasts_as_long_as_its_purpose_says(release):
    (granted,) = facts(send(release, "xop.consent.granted", purpose="marketing", channel="email"), ConsentGranted)
    assert granted.record.until == NOON + 730 * 86_400_000


def test_a_grant_needs_a_channel_only_where_its_purpose_uses_one():
    release = compiled(edited("purposes.yaml", "purposes:\n", "purposes:\n  profiling: {basis: consent}\n"))
    (granted,) = facts(send(release, "xop.consent.granted", purpose="profiling"), ConsentGranted)
    assert (granted.purpose, granted.channel) == ("profiling", "*")
    skipped = send(release, "xop.consent.granted", purpose="marketing").facts
    assert [each.cause for each in skipped if isinstance(each, ChangeSkipped)] == ["a grant is for one channel"]
    assert not any(isinstance(each, ConsentGranted) for each in skipped)


@pytest.mark.parametrize(
    ("kind", "fact"), [("refused", ConsentRefused), ("withdrawn", ConsentWithdrawn), ("objected", ObjectionRaised)]
)
@pytest.mark.parametrize(("data", "channel"), [({}, "*"), ({"channel": "email"}, "email")])
def test_a_refusal_of_any_kind_holds_for_all_channels_unless_it_names_one(release, kind, fact, data, channel):
    (made,) = facts(send(release, f"xop.consent.{kind}", purpose="marketing", **data), fact)
    assert (made.purpose, made.channel) == ("marketing", channel)


def test_global_privacy_control_objects_to_the_purposes_marked_so(release):
    objections = facts(send(release, "xop.gpc"), ObjectionRaised)
    assert [(each.purpose, each.channel) for each in objections] == [("marketing", "*")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [({}, ("marketing", "*")), ({"purpose": "service", "channel": "email"}, ("service", "email"))],
)
def test_unsubscribing_objects_to_what_is_promotional_unless_a_purpose_is_named(release, data, expected):
    (objection,) = facts(send(release, "xop.unsubscribe", **data), ObjectionRaised)
    assert (objection.purpose, objection.channel) == expected


@pytest.mark.parametrize("kind", ["xop.profile", "segment.identify"])
def test_traits_become_the_profile(release, kind):
    changed = facts(send(release, kind, traits={"name": "Ada", "plan": {"tier": 2}}), ProfileChanged)
    assert {each.field: each.value for each in changed} == {"name": "Ada", "plan": {"tier": 2}}


@pytest.mark.parametrize("data", [{}, {"traits": None}])
def test_an_identify_without_traits_changes_no_profile(release, data):
    assert facts(send(release, "segment.identify", userId="u1", **data), ProfileChanged) == []


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_verification_has_the_level_it_names(release, level):
    step = send(release, "xop.verified", level=level, method="passkey", by="bank", conversation="c1")
    assurance = step.after.parts[0].assurance["c1"]
    assert (assurance.level, assurance.method, assurance.by) == (level, "passkey", "bank")


@pytest.mark.parametrize("level", [0, 4])
def test_a_verification_of_no_level_is_refused(release, level):
    assert send(release, "xop.verified", level=level, method="passkey").refusal.code == "signal-unfit"


def test_a_refused_verification_ends_what_was_verified(release):
    before = send(release, "xop.verified", level=2, method="passkey").after
    assert before.parts[0].assurance
    after = send(release, "xop.verification.refused", before, method="passkey").after
    assert [each.level for each in after.parts[0].assurance.values()] == [0]


def test_another_senders_contact_is_counted(release):
    after = send(release, "xop.contact", purpose="marketing", channel="email", sender="agency").after
    (contact,) = after.parts[0].contacts
    assert (contact.purpose, contact.channel, contact.sender) == ("marketing", "email", "agency")


@pytest.mark.parametrize("kind", ["track", "page", "screen", "group", "alias"])
def test_segment_calls_are_taken_in(release, kind):
    step = send(release, f"segment.{kind}", userId="u1", event="Seen", properties={"a": [1, {"b": None}]})
    assert facts(step, SignalReceived) != []


def test_a_map_that_is_none_changes_nothing_and_says_so():
    files = edited("signals.yaml", "- count: {counter: carts_abandoned, window: 30d}", '- set: "{{signal.data.total}}"')
    text = files["signals.yaml"].replace(b"customer.counters.carts_abandoned <= 3", b"true")
    step = send(compiled(files | {"signals.yaml": text}), "cart.abandoned", total=1)
    assert [each.cause for each in step.facts if isinstance(each, ChangeSkipped)] == [
        "the value is no map of profile fields"
    ]


def test_the_starter_reminds_only_who_agreed_and_has_nothing_open(release):
    def verdict(customer: Customer) -> str:
        step = send(release, "cart.abandoned", customer, total=4_500)
        (proposal,) = [each.command for each in step.effects if isinstance(each, Schedule)]
        assert isinstance(proposal, Proposal)
        ruled = decide(release, step.after, proposal, Moment(NOON, 1, "cus_1"))
        assert ruled.decision is not None
        return f"{ruled.decision.verdict} {ruled.decision.reasons[0].rule}"

    stranger = new_customer("cus_1")
    agreed = send(release, "xop.consent.granted", stranger, purpose="marketing", channel="email").after
    troubled = send(release, "support.opened", agreed, case="7").after
    relieved = send(release, "support.closed", troubled, case="7").after
    assert [verdict(each) for each in (stranger, agreed, troubled, relieved)] == [
        "deny xop.consent_unknown",
        "permit xop.granted",
        "deny xop.suppressed_by_support",
        "permit xop.granted",
    ]
