"""Identifiers have one normal form, fillers identify nobody, and only strong, unshared values merge customers."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xop.kernel.base.values import Refusal
from xop.kernel.identity.namespaces import LONGEST, Namespace, merges, normalise

EMAIL = Namespace(
    "email", "email", strong=True, never_merge=("Info@Example.com", "*@shop.example.com", "a*b*c@x.io", "x*ab*ba*@t.io")
)
PHONE = Namespace("phone", "phone", strong=True, default_region="GB", never_merge=("020 7031 3000",))
DEVICE = Namespace("device", "device")
COOKIE = Namespace("cookie", "cookie")
ACCOUNT = Namespace("account", "account", pattern=r"[A-Z]{2}\d{4}|X", case_sensitive=True)
LOOSE = Namespace("card", "custom", case_sensitive=False)
ALL = (EMAIL, PHONE, DEVICE, COOKIE, ACCOUNT, LOOSE)

LOOKALIKES = st.one_of(
    st.text(max_size=40),
    st.text("aZ0.@+-_ xn'ßİΣe\u0301", max_size=24),
    st.emails(),
    st.uuids().map(str),
    st.from_regex(r"\+?[0-9 ()-]{6,16}", fullmatch=True),
    st.builds("{}@{}.{}".format, st.text(min_size=1, max_size=5), st.text(min_size=1, max_size=8), st.text(max_size=4)),
)


def code(namespace, raw):
    outcome = normalise(namespace, raw)
    return outcome.code if isinstance(outcome, Refusal) else outcome


@given(namespace=st.sampled_from(ALL), raw=LOOKALIKES)
def test_any_text_has_a_stable_normal_form_or_is_refused(namespace, raw):
    first = normalise(namespace, raw)
    if isinstance(first, Refusal):
        assert first.code
        assert first.cause
        assert first.remedy
    else:
        assert normalise(namespace, first) == first
        assert isinstance(merges(namespace, first), bool)


@given(st.emails())
def test_an_address_is_the_same_in_capitals_and_with_spaces_around(address):
    assert normalise(EMAIL, f"  {address.upper()} ") == normalise(EMAIL, address)


@pytest.mark.parametrize(
    ("namespace", "raw", "normal"),
    [
        (EMAIL, " Ann.Lee+News@Example.COM ", "ann.lee+news@example.com"),
        (EMAIL, "jo@Bücher.example", "jo@xn--bcher-kva.example"),
        (EMAIL, "jo@faß.de", "jo@xn--fa-hia.de"),
        (EMAIL, "jose\u0301@example.com", "jos\u00e9@example.com"),
        (PHONE, "020 7031 3000", "+442070313000"),
        (PHONE, "+44 (0)20-7031-3000", "+442070313000"),
        (PHONE, "tel:+49 30 123456", "+4930123456"),
        (DEVICE, "6D92078A-8246-4BA4-AE5B-76104861E7DC", "6d92078a-8246-4ba4-ae5b-76104861e7dc"),
        (DEVICE, "{6D92078A82464BA4AE5B76104861E7DC}", "6d92078a-8246-4ba4-ae5b-76104861e7dc"),
        (DEVICE, "urn:uuid:6d92078a-8246-4ba4-ae5b-76104861e7dc", "6d92078a-8246-4ba4-ae5b-76104861e7dc"),
        (DEVICE, "1A2B3C4D5E6F7081", "1a2b3c4d5e6f7081"),
        (COOKIE, "GA1.2.Abc-1", "GA1.2.Abc-1"),
        (ACCOUNT, "AB1234", "AB1234"),
        (LOOSE, "Gold Card 7", "gold card 7"),
    ],
)
def test_one_identifier_written_in_many_ways_has_one_normal_form(namespace, raw, normal):
    assert normalise(namespace, raw) == normal


@pytest.mark.parametrize("namespace", ALL)
@pytest.mark.parametrize(
    "filler", ["null", " NULL ", "(none)", "undefined", "Anonymous", "unknown", "0", "000-000", "-", "[object Object]"]
)
def test_fillers_identify_nobody(namespace, filler):
    assert code(namespace, filler) == "junk"


@pytest.mark.parametrize(
    ("namespace", "raw", "expected"),
    [
        (EMAIL, "", "blank"),
        (EMAIL, " \t ", "blank"),
        (EMAIL, "Ann Lee <ann@example.com>", "email-malformed"),
        (EMAIL, "ann@localhost", "email-malformed"),
        (EMAIL, "ann@127.0.0.1", "email-malformed"),
        (EMAIL, "ann..lee@example.com", "email-malformed"),
        (EMAIL, "a@b@example.com", "email-malformed"),
        (EMAIL, f"{'a' * 65}@example.com", "email-malformed"),
        (EMAIL, f"a@{'b' * 64}.com", "email-malformed"),
        (EMAIL, "ann\u200b@example.com", "invisible"),
        (EMAIL, "ann\0@example.com", "invisible"),
        (EMAIL, "ann\ud800@example.com", "invisible"),
        (PHONE, "123", "phone-invalid"),
        (PHONE, "+999 123 456 789", "phone-malformed"),
        (PHONE, "+44 20 7031 3000 ext. 12", "phone-malformed"),
        (PHONE, "+1 800 FLOWERS", "phone-malformed"),
        (DEVICE, "00000000-0000-0000-0000-000000000000", "junk"),
        (DEVICE, "ffffffff-ffff-ffff-ffff-ffffffffffff", "junk"),
        (DEVICE, "9774d56d682e549c", "junk"),
        (DEVICE, "my phone", "device-malformed"),
        (DEVICE, "1a2b-3c4d5e6f7081", "device-malformed"),
        (COOKIE, "a b", "cookie-malformed"),
        (ACCOUNT, "ab1234", "pattern-mismatch"),
        (ACCOUNT, "AB12345", "pattern-mismatch"),
        (ACCOUNT, "AX", "pattern-mismatch"),
        (LOOSE, "x" * (LONGEST + 1), "too-long"),
    ],
)
def test_what_identifies_nobody_is_refused_with_its_code(namespace, raw, expected):
    assert code(namespace, raw) == expected


def test_a_refusal_does_not_repeat_the_value():
    outcome = normalise(EMAIL, "ann.lee at example")
    assert isinstance(outcome, Refusal)
    assert "ann" not in f"{outcome.cause} {outcome.remedy}"


def test_a_number_without_country_code_needs_a_default_region():
    assert code(Namespace("phone", "phone"), "020 7031 3000") == "phone-malformed"


@pytest.mark.parametrize(
    ("namespace", "value", "expected"),
    [
        (EMAIL, "ann@example.com", True),
        (EMAIL, "info@example.com", False),
        (EMAIL, "till4@shop.example.com", False),
        (EMAIL, "till4@shop.example.com.au", True),
        (EMAIL, "a-b-c@x.io", False),
        (EMAIL, "a-c@x.io", True),
        (EMAIL, "xabba@t.io", False),
        (EMAIL, "xaba@t.io", True),
        (PHONE, "+442070313000", False),
        (PHONE, "+442070313001", True),
        (COOKIE, "GA1.2.3", False),
    ],
)
def test_only_strong_values_that_nobody_shares_merge_customers(namespace, value, expected):
    assert merges(namespace, value) is expected


def test_capitals_tell_wildcards_apart_where_they_tell_values_apart():
    sensitive = Namespace("card", "custom", strong=True, never_merge=("TEST*",))
    assert merges(sensitive, "test1")
    assert not merges(msgspec.structs.replace(sensitive, case_sensitive=False), "test1")


@pytest.mark.parametrize(
    "fields",
    [
        {"pattern": "(a)\\1"},
        {"pattern": "["},
        {"pattern": "a)|(b"},
        {"pattern": "(a{1000}){1000}"},
        {"pattern": "a", "kind": "email"},
        {"default_region": "XX"},
        {"name": "no:colon"},
        {"limit": 0},
        {"colour": "red"},
    ],
)
def test_a_namespace_that_cannot_work_is_refused_when_read(fields):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "n", "kind": "custom", **fields}, Namespace)


def test_a_pattern_that_would_backtrack_without_end_answers_at_once():
    namespace = Namespace("n", "custom", pattern="(a+)+")
    assert normalise(namespace, "a" * 200) == "a" * 200
    assert code(namespace, "a" * 200 + "!") == "pattern-mismatch"
