"""Consent: unknown means no, answers hold for any past moment, and nothing but a fitting grant permits."""

from hypothesis import given
from hypothesis import strategies as st

from xop.kernel.consent.answer import ANY, answer, key
from xop.kernel.consent.model import ConsentRecord, Purpose

MARKETING = Purpose("marketing", "consent", ("email", "sms"), promotional=True)
SERVICE = Purpose("service", "contract", ("email",))


def record(status, at, until=None):
    return ConsentRecord(status, at, "test", until=until)


def ask(consents, purpose=MARKETING, channel="email", at=100):
    return answer([("cus_a", consents)], purpose, channel, at)


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
    assert ask({}, None).code == "purpose"


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
    both = answer([("a", granted), ("b", {})], MARKETING, "email", 100)
    assert (both.permitted, both.origins) == (True, ("a",))
    refused = {key("marketing", "email"): (record("refused", 10),)}
    assert not answer([("a", granted), ("b", refused)], MARKETING, "email", 100).permitted


statuses = st.sampled_from(["granted", "refused", "withdrawn", "objected"])
records = st.lists(st.tuples(statuses, st.integers(0, 50), st.none() | st.integers(0, 120)), max_size=5)
sides = st.dictionaries(
    st.sampled_from([key("marketing", "email"), key("marketing", "sms"), key("marketing", ANY)]), records
)


@given(st.lists(sides, min_size=2, max_size=4), st.integers(0, 130))
def test_a_merge_permits_nothing_that_no_side_permitted_alone(many, at):
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
    merged = answer(known, MARKETING, "email", at)
    alone = {origin: answer([(origin, consents)], MARKETING, "email", at).permitted for origin, consents in known}
    assert all(alone[origin] for origin in merged.origins)
    assert merged.permitted <= any(alone.values())
