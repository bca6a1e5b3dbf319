"""Personal data in text is found, whatever stands around it, and ordinary words are left alone."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xop.kernel.privacy.checksums import IBAN_LENGTHS, luhn
from xop.kernel.privacy.detect import find, mask
from xop.kernel.privacy.shape import KINDS

PROSE = """
The customer called about the router, model AX-5400, which restarts every 10 minutes since 20 November 2026 at 09:30.
We replaced it under ticket 4711-2026 and the engineer comes between 08:00 and 12:00 on 24.11.2026.
Your invoice 2026-0001234 over 49.90 EUR is due on 2026-12-01; the credit of 1,250.00 USD was booked.
Version 4.12.0.1 of the app fixes error 0x80070057, see section 3.2.1 and the ISO/IEC 27560 record.
Order ORD-100045, basket 9, size 44; 3 of 12 parcels, tracking 1Z-999, weight 2.5 kg, 100 Mbit/s, 99.95 % uptime.
Thank you, Ann, we hope you like it: rate us from 1 to 10. Response code 404, then 200 after 3 retries in 1500 ms.
The contract number 55512345 runs for 24 months until 30/11/2028 and costs 29.99 a month, 359.88 a year.
Meter reading 123456 on 1.11.2026, before 120034; the discount is 10-15%, the code SAVE20 counts until 31.12.
She said: password policies are hard; the secret of the recipe is butter. Basic plan, bearer of good news.
Interaction 2026-11-20T10:15:30Z ended after 00:14:09; queue care::billing held 7 people.
""".strip().splitlines()

EXAMPLES = [
    ("email", "ann.o'hara+x@example.co.uk"),
    ("email", "jörg@müller.example"),
    ("phone", "+49 (0)171 2345678"),
    ("phone", "+14155550123"),
    ("phone", "020 7946 0018"),
    ("phone", "0171-2345678"),
    ("phone", "01711234567"),
    ("phone", "06 12 34 56 78"),
    ("phone", "(415) 555-0123"),
    ("phone", "415-555-0123"),
    ("iban", "DE89370400440532013000"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "gb82 west 1234 5698 7654 32"),
    ("iban", "NO9386011117947"),
    ("card", "4111111111111111"),
    ("card", "4111 1111 1111 1111"),
    ("card", "5555-5555-5555-4444"),
    ("card", "378282246310005"),
    ("card", "3782 822463 10005"),
    ("card", "30569309025904"),
    ("national_id", "86095742719"),
    ("national_id", "86 095 742 719"),
    ("national_id", "44051401359"),
    ("national_id", "12345678Z"),
    ("national_id", "X1234567L"),
    ("national_id", "2 55 08 14 168 025 38"),
    ("national_id", "180126955222380"),
    ("national_id", "RSSMRA85T10A562S"),
    ("national_id", "1112.22.333"),
    ("national_id", "AB 12 34 56 C"),
    ("national_id", "078-05-1120"),
    ("ip_address", "192.0.2.17"),
    ("ip_address", "2001:db8::8a2e:370:7334"),
    ("ip_address", "::ffff:192.0.2.17"),
    ("mac_address", "00:1A:2b:3c:4d:5e"),
    ("mac_address", "001a.2b3c.4d5e"),
    ("imei", "490154203237518"),
    ("imei", "35-209900-176148-1"),
    ("imsi", "262011234567890"),
    ("iccid", "8949200000000000008"),
    ("secret", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"),
    ("secret", "sk_live_abcdefghijklmnop1234"),
    ("secret", "AKIAIOSFODNN7EXAMPLE"),
    ("secret", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
]
IN_CONTEXT = [
    ("birth_date", "born on {}", "12.03.1980"),
    ("birth_date", "date of birth: {}", "1980-03-12"),
    ("birth_date", "geboren am {}", "3. März 1975"),
    ("birth_date", "né le {}", "14/07/1989"),
    ("birth_date", "DOB {}", "June 5, 1970"),
    ("birth_date", "data di nascita: {}", "2 luglio 1968"),
    ("birth_date", "Birthday {}", "21st of May 1990"),
    ("national_id", "BSN {}", "111222333"),
    ("national_id", "SSN: {}", "078051120"),
    ("imei", "the IMEI is {}", "111111111111111"),
    ("phone", "call me on {}", "5550123456"),
    ("credentials", "postgres://{}@localhost/x", "bob:hunter2"),
    ("secret", "password={}", "hunter22"),
    ("secret", "Authorization: Bearer {}", "q83hfnsd8923hf8923hf"),
    ("secret", "key:\n{}", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"),
]
LIKE_IT = [
    "DE89370400440532013001",
    "4111111111111112",
    "86095742718",
    "44051401358",
    "12345678A",
    "RSSMRA85T10A562T",
    "999-05-1120",
    "111222333",
    "256.1.1.1",
    "1.2.3.4.5",
    "GB123456A",
    "12:30:45",
    "::",
    "ann at example",
    "a@b",
    "0000000000000000",
]
BEFORE = st.sampled_from(["", " ", "(", ", ", ": ", "\n", "ring ", "é ", "- "])
AFTER = st.sampled_from(["", " ", ")", ", ", ": ", "\n", " é", " - "])


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_every_way_of_writing_is_found_as_a_whole(kind, text):
    for before, after in (("", ""), ("It is ", ", she said."), ("(", ")"), ("x=", ";"), ("line\n", "\nline")):
        (found,) = find(f"{before}{text}{after}")
        assert (found.kind, found.start, found.end) == (kind, len(before), len(before) + len(text))


@pytest.mark.parametrize(("kind", "sentence", "text"), IN_CONTEXT)
def test_words_before_a_number_say_what_it_is(kind, sentence, text):
    written = sentence.format(text)
    (found,) = find(written)
    assert (found.kind, written[found.start : found.end], found.sure) == (kind, text, True)


@pytest.mark.parametrize("text", LIKE_IT)
def test_what_fails_its_checksum_or_range_is_no_such_thing(text):
    assert find(f"It says {text} here.") == []


@pytest.mark.parametrize("line", PROSE)
def test_ordinary_service_prose_is_left_alone(line):
    assert mask(line) == line


def test_what_is_surely_meant_is_told_from_what_may_be():
    assert [each.sure for each in find("+49 171 2345678, then 0171 2345678 and phone 0171 2345679")] == [
        True,
        False,
        True,
    ]


def test_a_mask_names_what_it_covers():
    assert mask("Ann (ann@example.org, +49 171 2345678) pays by DE89 3704 0044 0532 0130 00 BANK.") == (
        "Ann ([email], [phone]) pays by [iban] BANK."
    )


def _card(number: int) -> str:
    body = f"4{number:014d}"
    return next(f"{body}{check}" for check in range(10) if luhn(map(int, f"{body}{check}")))


def _iban(country: str, number: int) -> str:
    body = f"{number:0{IBAN_LENGTHS[country] - 4}d}"
    check = 98 - int("".join(str(int(each, 36)) for each in f"{body}{country}00")) % 97
    return f"{country}{check:02d}{body}"


MADE = st.one_of(
    st.integers(0, 10**14 - 1).map(_card),
    st.builds(_iban, st.sampled_from(sorted(IBAN_LENGTHS)), st.integers(0, 10**11 - 1)),
    st.from_regex(re.compile(r"[a-z][a-z0-9]{0,12}@[a-z]{2,10}\.(?:com|example)", re.ASCII), fullmatch=True),
    st.from_regex(re.compile(r"\+[1-9][0-9]{7,12}", re.ASCII), fullmatch=True),
)


@given(BEFORE, MADE, AFTER)
def test_whatever_is_valid_is_covered_wherever_it_stands(before, made, after):
    assert made not in mask(f"{before}{made}{after}")
    assert any(each.sure for each in find(f"{before}{made}{after}"))


@given(st.text() | st.text(alphabet="0123456789 +-.:@/()ABZeyJ", max_size=200))
def test_what_is_found_lies_within_the_text_in_order_and_apart(text):
    at = 0
    for each in find(text):
        assert at <= each.start < each.end <= len(text)
        assert each.kind in KINDS
        at = each.end


@given(st.lists(st.sampled_from([text for _, text in EXAMPLES] + ["and", "is", "password:", "call"]), max_size=8))
def test_nothing_is_left_to_find_in_what_was_masked(words):
    assert find(mask(" ".join(words))) == []


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        "@",
        "a@",
        "1 ",
        "12.",
        "+1",
        "0 12 ",
        "ab:",
        "::",
        "eyJ",
        "eyJaaaaa.",
        "sk-",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "DE89 ",
        "password=",
        "born ",
        "x://:",
        "bearer ",
        "(0",
        "é",
        "a.b-",
        "A1",
        "4111 ",
    ],
)
def test_text_made_to_be_slow_is_read_to_its_end(piece):
    found: Any = find(piece * (400_000 // len(piece)) + " ann@example.org")
    assert found[-1].end >= 400_000 - len(piece)
