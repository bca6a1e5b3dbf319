"""Every context the kernel itself makes is one the axioms allow: whatever is proved holds of it."""

from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.lab.prove.material import assigned, bank, edited
from xop.kernel.actions.invocation import Invocation
from xop.kernel.arbiter.case import build_case
from xop.kernel.arbiter.context import ACTING, ENUMS, build_context
from xop.kernel.base.actor import Actor, ActorKind
from xop.kernel.base.values import Known
from xop.kernel.consent.model import ConsentRecord
from xop.kernel.context.customer import Customer, Part
from xop.kernel.identity.model import Assurance, Identifier, Link
from xop.kernel.moment import Moment
from xop.kernel.policy.model import Request
from xop.kernel.policy.schema import PRINCIPAL_TYPES
from xop.kernel.pressure.model import Contact
from xop.lab.prove.slice import CARRIED, EXACT, Slice
from xop.lab.prove.terrain import common_universe, survey
from xop.lab.prove.witness import ask

z3 = pytest.importorskip("z3")

NOW = 1_900_000_000_000
PURPOSES = b"""
channels: {mail: {namespace: mail}, screen: {}}
purposes:
  service: {basis: contract, caps: [{most: 1, window: 1d}]}
  sale:
    basis: consent
    promotional: true
    channels: [mail]
    suppressed_during: [complaint, vulnerable]
    quiet_hours: {from: "00:00", to: "23:59"}
"""
AGENTS = b"""
agents:
  bot: {actions: [pay, tell], autonomy: act}
  timid: {actions: [pay], autonomy: suggest, purposes: [service]}
operators:
  olga: {actions: ["*"], roles: [supervisor, approver]}
"""
KINDS: dict[ActorKind, str] = {
    "agent": "Agent",
    "operator": "Operator",
    "journey": "Journey",
    "decision_set": "DecisionSet",
    "trigger": "Trigger",
    "source": "Source",
    "partner": "Partner",
    "system": "Trigger",
}

GROUND = survey(
    bank(
        files={"purposes.yaml": PURPOSES, "agents.yaml": AGENTS}
        | edited("actions/tell.yaml", "purpose: sale", "purpose: sale\nassurance: 2")
    )
)
UNIVERSE = common_universe([GROUND])
SLICES = {
    (kind, action): Slice(GROUND, UNIVERSE, (kind, action)) for kind in PRINCIPAL_TYPES for action in ("pay", "tell")
}
SPARE = UNIVERSE.texts[UNIVERSE.named]

records = st.builds(
    ConsentRecord,
    status=st.sampled_from(["granted", "refused", "withdrawn", "objected"]),
    at=st.just(NOW - 5),
    source=st.just("s"),
    until=st.sampled_from([None, NOW - 1, NOW + 1]),
)
consents = st.dictionaries(
    st.sampled_from(["sale/mail", "sale/*", "service/mail", "service/*", "service/screen"]), records.map(lambda r: (r,))
)
assurances = st.builds(
    Assurance,
    level=st.integers(0, 3),
    method=st.just(SPARE),
    by=st.just("s"),
    at=st.sampled_from([NOW - 3, NOW - 2]),
    until=st.sampled_from([NOW - 1, NOW + 9]),
)
flags = st.sets(st.sampled_from(["support", "complaint", "vulnerable", "do_not_contact", SPARE])).map(
    lambda names: {name: {"": Known(value=True, at=1, source="s")} for name in names}
)
links = st.sampled_from([{}, {"mail:a": Link(Identifier("mail", "a"), 1, "s")}])


def part(name: str) -> st.SearchStrategy[Part]:
    contacts = st.lists(
        st.builds(
            Contact, at=st.just(NOW - 9), purpose=st.just("service"), channel=st.just("mail"), sender=st.just("s")
        ),
        max_size=2,
    )
    return st.builds(
        Part,
        id=st.just(name),
        flags=flags,
        consents=consents,
        identifiers=links,
        contacts=contacts.map(tuple),
        assurance=st.dictionaries(st.just(""), assurances),
    )


customers = st.one_of(st.tuples(part("a")), st.tuples(part("a"), part("b"))).map(lambda ps: Customer("a", ps))
BOT = Actor("agent", "bot")
actors = st.sampled_from(
    [
        BOT,
        Actor("agent", "timid"),
        Actor("operator", "olga"),
        *(Actor(kind, SPARE) for kind in get_args(ActorKind)),
    ]
)
ASKERS = (
    None,
    BOT,
    Actor("agent", "timid"),
    Actor("operator", "olga"),
    Actor("operator", SPARE),
    Actor("agent", "olga"),
)
ASKED: frozenset[ActorKind] = frozenset({"journey", "decision_set"})
askers = st.sampled_from(ASKERS)
arguments = st.fixed_dictionaries(
    {"cents": st.sampled_from([1, 500, 100_000])},
    optional={
        "note": st.just(SPARE),
        "way": st.sampled_from(["fast", "slow"]),
        "tags": st.lists(st.just(SPARE)),
        "urgent": st.booleans(),
    },
)


# Not shrunk: each request is a question to the solver, and thousands of them outlast the test's time.
UNSHRUNK = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
)


def request(customer: Customer, invocation: Invocation, stage: str, *, approved: bool) -> Request:
    """Return what the kernel asks the policies."""
    release = GROUND.release
    moment = Moment(NOW, 1, customer.parts[-1].id)
    case = build_case(release, customer, release.actions[invocation.action], invocation, moment)
    assert case.unknown == ()
    context = build_context(case, stage, approved=approved)
    context["facts"] = {
        name: ([SPARE] if isinstance(value, list) else SPARE if isinstance(value, str) else value)
        for name, value in context["facts"].items()
    }
    return Request(KINDS[invocation.actor.kind], invocation.actor.id, invocation.action, SPARE, context)


def allowed(asked: Request, *, carried: bool) -> bool:
    where = SLICES[asked.principal_type, asked.action]
    marks: list[Any] = [z3.Bool(EXACT), z3.Bool(CARRIED) == carried]
    return ask(where.solver, *marks, *assigned(where, asked)) == "yes"


@settings(UNSHRUNK, max_examples=150)
@given(customers, actors, arguments, st.sampled_from(["sale", "service"]), st.data())
def test_what_this_release_judges_is_allowed(customer, actor, given_arguments, purpose, data):
    action = data.draw(st.sampled_from(["pay", "tell"]))
    stage = data.draw(st.sampled_from(["proposal", "reconsideration", "approval", "execution"]))
    pays = action == "pay"
    invocation = Invocation(
        "i",
        action,
        actor,
        "queued",
        NOW,
        "service" if pays else purpose,
        channel=None if pays else "mail",
        arguments=given_arguments if pays else {},
        asked_by=data.draw(askers) if actor.kind in ASKED else None,
    )
    approved = stage != "proposal" and data.draw(st.booleans())
    assert allowed(request(customer, invocation, stage, approved=approved), carried=False)


@settings(UNSHRUNK, max_examples=100)
@given(customers, actors, st.sampled_from(["sale", "service", SPARE]), st.data())
def test_what_an_earlier_release_let_in_is_allowed(customer, actor, purpose, data):
    action = data.draw(st.sampled_from(["pay", "tell"]))
    stage = data.draw(st.sampled_from(["reconsideration", "approval", "execution"]))
    channel = data.draw(st.sampled_from([None, "mail", "screen", SPARE]))
    old = {"cents": data.draw(st.sampled_from([-5, 10**9])), "way": SPARE} if data.draw(st.booleans()) else {}
    asker = data.draw(askers) if actor.kind in ASKED else None
    invocation = Invocation("i", action, actor, "queued", NOW, purpose, channel=channel, arguments=old, asked_by=asker)
    assert allowed(request(customer, invocation, stage, approved=data.draw(st.booleans())), carried=True)


def by(kind: ActorKind, asker: Actor | None = None, purpose: str = "sale") -> Request:
    """Return the proposal to tell somebody something, with the rights the kernel gives to whoever makes it."""
    invocation = Invocation("i", "tell", Actor(kind, SPARE), "queued", NOW, purpose, channel="mail", asked_by=asker)
    return request(Customer("a", (Part("a"),)), invocation, "proposal", approved=False)


def with_rights(made: Request, rights: dict[str, Any]) -> Request:
    """Return a request made with other rights."""
    return Request(made.principal_type, made.principal, made.action, made.resource, {**made.context, "actor": rights})


def test_whoever_asks_is_allowed_with_the_rights_the_kernel_gives_and_the_platform_with_no_others():
    lesser = ({"granted": False}, {"autonomy": "suggest"}, {"roles": [SPARE]}, {"purpose_allowed": False})
    for kind in get_args(ActorKind):
        made = by(kind)
        assert allowed(made, carried=False), kind
        assert made.context["actor"]["granted"] is (kind in ACTING)
        changes = () if kind in ASKED else lesser if kind in ACTING else ({"granted": True}, {"roles": [SPARE]})
        for change in changes:
            assert not allowed(with_rights(made, made.context["actor"] | change), carried=False), (kind, change)


@pytest.mark.parametrize("purpose", ["sale", "service"])
@pytest.mark.parametrize("kind", sorted(ASKED))
def test_what_somebody_had_act_has_just_the_rights_of_one_possible_asker(kind, purpose):
    standing = {"engaged": True, "with_people": False, "within_budget": True}
    given_rights = [by(kind, asker, purpose).context["actor"] | standing for asker in ASKERS]
    made = by(kind, None, purpose)
    assert {each["autonomy"] for each in given_rights} == {"act", "suggest", "observe"}
    for granted, autonomy, permitted, roles in product(
        (True, False), sorted(ENUMS["actor.autonomy"]), (True, False), ([], ["supervisor"])
    ):
        rights = {"granted": granted, "autonomy": autonomy, "roles": roles, "purpose_allowed": permitted} | standing
        for carried in (False, True):
            stage = "approval" if carried else "proposal"
            asked = with_rights(made, rights)
            asked.context["stage"] = stage
            assert allowed(asked, carried=carried) is (rights in given_rights), (rights, carried)


def test_nobody_has_a_trigger_act_so_it_never_has_the_rights_of_an_asker():
    for asker in (Actor("agent", "timid"), Actor("operator", SPARE)):
        rights = by("journey", asker).context["actor"]
        assert allowed(with_rights(by("journey"), rights), carried=False)
        assert not allowed(with_rights(by("trigger"), rights), carried=False)


def test_what_no_host_makes_is_not_allowed():
    customer = Customer("a", (Part("a"),))
    invocation = Invocation("i", "tell", BOT, "queued", NOW, "sale", channel="mail")
    plain = request(customer, invocation, "proposal", approved=False)
    assert allowed(plain, carried=False)
    for change in (
        {"approved": True},
        {"promotional": False},
        {"consent": {"permitted": True, "code": "not_needed", "basis": "consent"}},
        {"consent": {"permitted": True, "code": "unknown", "basis": "consent"}},
        {"care": {"support": True, "complaint": False, "vulnerable": False}},
        {"contact": plain.context["contact"] | {"suppressed": True}},
        {"actor": plain.context["actor"] | {"roles": ["supervisor"]}},
        {"assurance": {"level": 0, "required": 1, "method": ""}},
        {"kind": "write"},
        {"unknown": [SPARE]},
        {"purpose": SPARE},
    ):
        asked = Request(plain.principal_type, plain.principal, plain.action, SPARE, {**plain.context, **change})
        assert not allowed(asked, carried=False), change
