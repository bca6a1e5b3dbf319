"""The screen lets through what a purpose may see, tells names of what it kept back, and never a value."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from xop.kernel.privacy.classes import SECTION_CLASSES, TERMS, Access, DataClass, Privacy, access
from xop.kernel.privacy.ledger import seen_fact
from xop.kernel.privacy.screen import Screen

PRIVACY = Privacy(
    profile={"name": "identity", "billing": "contract", "billing.iban": "financial"},
    identifiers={"email": "contact"},
    flags={"vulnerable": "special"},
    purposes={"service": ("identity", "contract"), "billing": ("contract", "financial")},
    everything=("privacy_officer",),
)


def screen(purpose: str, roles: tuple[str, ...] | None = ()) -> Screen:
    """Return the screen of a purpose."""
    return Screen(PRIVACY, access(PRIVACY, purpose, roles))


def test_a_field_has_the_class_of_what_it_is_part_of_unless_it_has_its_own():
    names = ("billing.iban", "billing.iban.check", "billing.address", "billing", "billings", "name")
    classes = [PRIVACY.class_of("profile", each) for each in names]
    assert classes == ["financial", "financial", "contract", "contract", "unclassified", "identity"]


def test_a_purpose_sees_the_fields_of_its_classes_and_the_names_of_the_others():
    view = screen("service")
    profile = {"name": "Ann", "billing": {"iban": "DE1", "day": 3}, "mood": "calm"}
    assert view.entries("profile", profile) == {"name": "Ann", "billing": {"day": 3}}
    assert view.left_out == ["profile.billing.iban", "profile.mood"]
    assert view.shown == {"contract": ("profile.billing.day",), "identity": ("profile.name",)}


def test_what_has_no_value_was_not_shown_and_whoever_may_not_see_it_does_not_learn_that_it_is_empty():
    view = screen("service")
    assert view.entries("profile", {"name": "", "billing": {}, "mood": None}) == {"name": "", "billing": {}}
    assert (view.shown, view.left_out) == ({}, ["profile.mood"])


def test_what_lies_in_lists_is_looked_into_as_well():
    view = screen("service")
    assert view.value("profile", "billing", [{"iban": "DE1", "day": 3}, {"iban": "DE2"}]) == [{"day": 3}]
    assert view.value("profile", "mood", [1, 2]) is UNSET


def test_a_purpose_that_is_not_named_sees_nothing_classified():
    assert screen("marketing").entries("profile", {"name": "Ann", "billing": 1}) == {}


def test_whoever_has_a_right_to_everything_sees_what_nobody_classified():
    assert screen("", ("privacy_officer",)).entries("profile", {"mood": "calm"}) == {"mood": "calm"}
    assert screen("", None).entries("profile", {"mood": "calm"}) == {}


def test_without_a_declaration_people_see_everything_and_others_only_what_is_always_shown():
    picture = {"id": "cus_1", "profile": {"name": "Ann"}, "counters": {"calls": 1}, "flags": {"support": True}}
    assert Screen(None, access(None, "service", ())).picture(picture) == picture
    assert Screen(None, access(None, "service", None)).picture(picture) == {"id": "cus_1", "flags": {"support": True}}


def test_a_circumstance_with_a_class_is_seen_by_its_purposes_alone():
    assert screen("service").picture({"flags": {"support": True, "vulnerable": True}}) == {"flags": {"support": True}}


def test_of_facts_only_what_is_known_to_be_plain_is_shown_without_a_right():
    view = screen("service")
    known = {"field": "billing.iban", "value": "DE1", "source": "told", "time": 1}
    assert seen_fact(view, "ProfileChanged", known) == {"field": "billing.iban", "source": "told", "time": 1}
    linked = seen_fact(view, "IdentifierLinked", {"identifier": ["email", "ann@example.org"], "source": "web"})
    assert linked == {"identifier": ["email", ""], "source": "web"}
    queued = {"invocation": {"id": "inv_1", "action": "pay", "arguments": {"iban": "DE1"}}, "novelty": "Ann"}
    assert seen_fact(view, "InvocationQueued", queued) == {"invocation": {"id": "inv_1", "action": "pay"}}
    assert seen_fact(view, "FlagRaised", {"flag": "vulnerable", "source": "web"}) == {}
    assert seen_fact(view, "HandoverOpened", {"summary": "Ann is ill", "queue": "care"}) == {"queue": "care"}


def test_every_class_has_a_term_of_the_vocabulary():
    assert set(TERMS) == set(get_args(DataClass))
    assert set(SECTION_CLASSES.values()) <= set(TERMS)


VALUES = st.recursive(
    st.integers(0, 9) | st.just("secret"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["iban", "day", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["name", "billing", "mood"]), VALUES), st.sampled_from(["service", "billing", ""])
)
def test_nothing_of_a_class_that_is_not_allowed_gets_through(profile, purpose):
    view = screen(purpose)
    allowed = set(PRIVACY.purposes.get(purpose, ()))
    kept = view.entries("profile", profile)
    assert set(view.shown) <= allowed
    assert "mood" not in kept
    assert view.picture({"profile": kept}).get("profile", {}) == kept
    assert "secret" not in f"{view.shown}{view.left_out}"


@given(st.dictionaries(st.sampled_from(["name", "billing", "mood"]), VALUES))
def test_a_right_to_everything_changes_nothing(profile):
    assert Screen(PRIVACY, Access(everything=True)).entries("profile", profile) == profile
