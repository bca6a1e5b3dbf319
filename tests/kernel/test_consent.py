"""Consent: unknown means no, answers hold for any past moment, and nothing but a fitting grant permits."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xop.kernel.consent.answer import ANY, answer, key
from xop.kernel.consent.model import ConsentRecord, Purpose, SoftOptIn

MARKETING = Purpose("marketing", "consent", ("email", "sms"), promotional=True)
SERVICE = Purpose("service", "contract", ("email",))


def record(status, at, until=None):
    return ConsentRecord(status, at, "test", until=until)


PURPOSES = {each.name: each for each in (MARKETING, SERVICE)}


def ask(consents, purpose=MARKETING, channel="email", at=100):
    return answer([("cus_a", consents)], PURPOSES, purpose.name, channel, at)


def test_nothing_on_record_means_no_where_consent_is_the_basis():
    assert not ask({}).permitted
    assert ask({}).code == "unknown"


def test_a_contract_needs_no_consent_but_an_objection_ends_it():
    assert ask({}, SERVICE).code == "not_needed"
    objected = {key("service", ANY): (record("objected", 50),)}
    assert not ask(objected, SERVICE).permitted


def test_a_grant_is_for_its_channel_only():
    granted = {key("marketing", "email"): (record("granted", 10),)}
    assert ask(granted).permitted
    assert ask(granted, channel="sms").code == "unknown"


def test_a_channel_the_purpose_does_not_use_is_refused():
    assert ask({}, channel="voice").code == "channel"


def test_an_unknown_purpose_is_refused():
    assert answer([("cus_a", {})], PURPOSES, "spying", "email", 100).code == "purpose"


def test_a_grant_ends_at_its_end_to_the_millisecond():
    granted = {key("marketing", "email"): (record("granted", 10, until=100),)}
    assert ask(granted, at=99).permitted
    assert ask(granted, at=100).code == "expired"


def test_the_answer_for_a_past_moment_stays_what_it_was():
    records = (record("granted", 10), record("withdrawn", 50), record("granted", 80))
    consents = {key("marketing", "email"): records}
    codes = [ask(consents, at=at).code for at in (9, 10, 49, 50, 79, 80)]
    assert codes == ["unknown", "granted", "granted", "withdrawn", "withdrawn", "granted"]


def test_of_two_records_of_one_moment_the_refusal_counts():
    consents = {key("marketing", "email"): (record("granted", 10),), key("marketing", ANY): (record("objected", 10),)}
    assert ask(consents).code == "objected"


def test_a_new_grant_for_a_channel_lifts_an_older_objection_for_all():
    consents = {key("marketing", ANY): (record("objected", 10),), key("marketing", "email"): (record("granted", 20),)}
    assert ask(consents).permitted


def test_a_grant_for_every_channel_covers_none_in_particular():
    assert ask({key("marketing", ANY): (record("granted", 10),)}).code == "unknown"


def test_one_sides_refusal_binds_both_and_its_grant_only_itself():
    granted = {key("marketing", "email"): (record("granted", 10),)}
    both = answer([("a", granted), ("b", {})], PURPOSES, "marketing", "email", 100)
    assert (both.permitted, both.origins) == (True, ("a",))
    refused = {key("marketing", "email"): (record("refused", 10),)}
    assert not answer([("a", granted), ("b", refused)], PURPOSES, "marketing", "email", 100).permitted


statuses = st.sampled_from(["granted", "refused", "withdrawn", "objected"])
records = st.lists(st.tuples(statuses, st.integers(0, 50), st.none() | st.integers(0, 120)), max_size=5)
sides = st.dictionaries(
    st.sampled_from([key("marketing", "email"), key("marketing", "sms"), key("marketing", ANY)]), records
)


@given(st.lists(sides, min_size=2, max_size=4), st.integers(0, 130))
def test_a_merge_permits_nothing_that_no_side_permitted_alone(many, at):
    """C7; that an unmerge restores is shown over the whole engine in tests/engine/test_unmerge_is_exact.py."""
    known = [
        (
            f"p{index}",
            {
                name: tuple(sorted((record(*each) for each in made), key=lambda one: one.at))
                for name, made in side.items()
            },
        )
        for index, side in enumerate(many)
    ]
    merged = answer(known, PURPOSES, "marketing", "email", at)
    alone = {
        origin: answer([(origin, consents)], PURPOSES, "marketing", "email", at).permitted for origin, consents in known
    }
    assert all(alone[origin] for origin in merged.origins)
    assert merged.permitted <= any(alone.values())


NEWS = Purpose("news", "consent", ("email", "sms"), promotional=True, broader="marketing")
WEEKLY = Purpose("weekly", "consent", ("email",), promotional=True, broader="news")
SALE = Purpose("sale", "consent", ("email",), promotional=True, soft_opt_in=True)
MET = SoftOptIn(True, True, True, True)
PURPOSES.update({each.name: each for each in (NEWS, WEEKLY, SALE)})


def noted(conditions, at=10):
    return ConsentRecord("soft_opt_in", at, "test", conditions=conditions)


def test_consent_for_e_mail_does_not_allow_sms():
    """C2."""
    granted = {key("news", "email"): (record("granted", 10),), key("marketing", "email"): (record("granted", 10),)}
    assert ask(granted, NEWS).permitted
    assert not ask(granted, NEWS, "sms").permitted


def test_what_is_unknown_denies():
    """C3; a customer, purpose or channel that nothing is known about."""
    assert [ask({}).permitted, ask({}, SALE).permitted, ask({}, channel="voice").permitted] == [False, False, False]
    assert not answer([("cus_a", {})], PURPOSES, "spying", "email", 100).permitted
    assert not ask({key("marketing", "email"): (record("granted", 101),)}).permitted


def test_a_past_question_gets_the_past_answer():
    """C4; whatever is recorded later, all statuses alike."""
    early = (record("granted", 10, until=40), noted(MET, 45), record("withdrawn", 60))
    late = (*early, record("granted", 80))
    for at in range(80):
        assert ask({key("sale", "email"): early}, SALE, at=at) == ask({key("sale", "email"): late}, SALE, at=at)
    codes = [ask({key("sale", "email"): late}, SALE, at=at).code for at in (9, 10, 40, 45, 60, 80)]
    assert codes == ["unknown", "granted", "expired", "soft_opt_in", "withdrawn", "granted"]


@given(st.tuples(*[st.booleans()] * 4))
def test_a_soft_opt_in_with_any_condition_unmet_denies(flags):
    """C5."""
    said = ask({key("sale", "email"): (noted(SoftOptIn(*flags)),)}, SALE)
    assert said.permitted is all(flags)
    assert said.code == ("soft_opt_in" if all(flags) else "unknown")


def test_a_soft_opt_in_is_for_the_purposes_that_declare_it():
    assert not ask({key("marketing", "email"): (noted(MET),)}).permitted


def test_a_soft_opt_in_that_ceased_to_hold_permits_no_longer():
    unmet = SoftOptIn(True, True, True, False)
    assert not ask({key("sale", "email"): (noted(MET), noted(unmet, 20))}, SALE).permitted


def test_an_objection_beats_every_consent_for_what_it_covers():
    """C6; Global Privacy Control is recorded as an objection."""
    granted = {key(name, "email"): (record("granted", 10),) for name in ("marketing", "news", "weekly")}
    objected = {**granted, key("marketing", ANY): (record("objected", 20),)}
    assert [ask(objected, each).code for each in (MARKETING, NEWS, WEEKLY)] == ["objected"] * 3
    soft = {key("sale", "email"): (record("objected", 20), noted(MET, 30))}
    assert ask(soft, SALE).code == "objected"


@pytest.mark.parametrize("status", ["refused", "withdrawn", "objected"])
def test_a_soft_opt_in_never_lifts_a_no(status):
    said = ask({key("sale", "email"): (noted(MET), record(status, 20), noted(MET, 30))}, SALE)
    assert said.code == status


def test_consent_to_a_broader_purpose_covers_the_narrower_and_never_the_other_way_round():
    broad = {key("marketing", "email"): (record("granted", 10),)}
    assert [ask(broad, each).permitted for each in (MARKETING, NEWS, WEEKLY)] == [True, True, True]
    narrow = {key("weekly", "email"): (record("granted", 10),)}
    assert [ask(narrow, each).permitted for each in (MARKETING, NEWS, WEEKLY)] == [False, False, True]


def test_a_no_to_the_narrower_purpose_stands_whatever_is_said_about_the_broader():
    said = {key("news", "email"): (record("refused", 10),), key("marketing", "email"): (record("granted", 20),)}
    assert [ask(said, NEWS).code, ask(said, WEEKLY).code] == ["refused", "refused"]


def test_a_grant_that_begins_later_is_not_in_force_yet():
    later = ConsentRecord("granted", 10, "test", since=50)
    records = {key("marketing", "email"): (record("refused", 5), later)}
    assert [ask(records, at=at).code for at in (10, 49, 50)] == ["refused", "refused", "granted"]


def test_records_of_before_still_decode():
    stored = b'{"status":"granted","at":5,"source":"till","proof":"form 3","until":9}'
    old = msgspec.json.decode(stored, type=ConsentRecord)
    assert old == ConsentRecord("granted", 5, "till", "form 3", 9)
    assert msgspec.json.encode(old) == stored
