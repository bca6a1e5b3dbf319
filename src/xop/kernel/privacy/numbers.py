"""Numbers that lead to a person: telephones, accounts, cards, devices and the ids that states give."""

import re

from xop.kernel.privacy.checksums import (
    IBAN_LENGTHS,
    digits,
    dutch,
    french,
    german_tax,
    iban,
    italian,
    luhn,
    polish,
    spanish,
)
from xop.kernel.privacy.shape import LEFT, RIGHT, Found, shape


def _word(words: str) -> re.Pattern[str]:
    """Return what finds that a word stands right before a number, with little in between."""
    between = r"(?:[\W_]{1,3}(?:is|was|number|numbers?|no|nr|nummer|at|on|me|us|him|her|under))"
    return re.compile(rf"(?:{words}){between}{{0,4}}[\W_]{{0,3}}$", re.IGNORECASE)


_PHONE_WORDS = _word(
    r"(?:tele)?phone|telefon|mobile|\btel|\bcall|\bfax|\bsms|handy|rückruf|téléphone|teléfono|\bcell|whatsapp"
)
_BSN_WORDS = _word(r"\bbsn|burgerservicenummer|sofinummer")
_SSN_WORDS = _word(r"\bssn|social security")
_IMEI_WORDS, _IMSI_WORDS = _word(r"\bimei"), _word(r"\bimsi")
_DATE_FIRST = re.compile(r"[0-3]?\d[./-][01]?\d[./-]\d{4}")
_FEWEST_PHONE, _MOST_PHONE = 9, 13
_IMEI_BODIES = frozenset(
    {"01", "10", "33", "35", "44", "45", "49", "50", "51", "52", "53", "54", "86", "91", "97", "98", "99"}
)
"""The first two digits of device numbers, which name the body that gave them."""
_CARDS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"3(?:0[0-5]|[689])"), (14, 16)),
    (re.compile(r"35(?:2[89]|[3-8])"), (16,)),
    (re.compile(r"6(?:011|4[4-9]|5)"), (16, 19)),
    (re.compile(r"62"), (16, 17, 18, 19)),
    (re.compile(r"5[06789]|6[0137]"), (13, 14, 15, 16, 17, 18, 19)),
)
"""What cards of each scheme begin with, and how long they are."""

_IBAN_START = re.compile(rf"{LEFT}[A-Za-z]{{2}}[0-9]{{2}}")
_FISCAL_DIGIT = "[0-9LMNPQRSTUV]"


def accounts(text: str) -> list[Found]:
    """Return the IBANs of a text: their country says how long they are, whatever letters follow."""
    found = []
    for match in _IBAN_START.finditer(text):
        length = IBAN_LENGTHS.get(match[0][:2].upper(), 0)
        taken: list[str] = []
        end = match.start()
        while len(taken) < length and end < len(text):
            if text[end].isascii() and text[end].isalnum():
                taken.append(text[end])
            elif text[end] not in " -\u00a0" or not text[end - 1].isalnum():
                break
            end += 1
        ends = end >= len(text) or not text[end].isalnum()
        if ends and length and iban("".join(taken).upper()):
            found.append(Found("iban", match.start(), end, sure=True))
    return found


def _international(_text: str, _before: str) -> bool:
    return True


def _dialled(text: str, before: str) -> bool | None:
    """Numbers as people dial them at home have no fixed form: a word before makes them sure."""
    count = len(digits(text))
    if not _FEWEST_PHONE <= count <= _MOST_PHONE or _DATE_FIRST.match(text):
        return None
    return _PHONE_WORDS.search(before) is not None


def _american(_text: str, _before: str) -> bool:
    return True


def _named_phone(text: str, before: str) -> bool | None:
    named = _PHONE_WORDS.search(before) is not None
    return named if named and not _DATE_FIRST.match(text) else None


def _card(text: str, _before: str) -> bool | None:
    numbers = digits(text)
    plain = "".join(map(str, numbers))
    issued = any(begin.match(plain) and len(numbers) in lengths for begin, lengths in _CARDS)
    return True if issued and len(set(numbers)) > 1 and luhn(numbers) else None


def _imei(text: str, before: str) -> bool | None:
    numbers = digits(text)
    if _IMEI_WORDS.search(before):
        return True
    return "".join(map(str, numbers[:2])) in _IMEI_BODIES if luhn(numbers) and len(set(numbers)) > 1 else None


def _imsi(_text: str, before: str) -> bool | None:
    return _IMSI_WORDS.search(before) is not None


def _iccid(text: str, _before: str) -> bool | None:
    numbers = digits(text)
    return True if luhn(numbers) or luhn(numbers[:-1]) else None


def _eleven(text: str, _before: str) -> bool | None:
    numbers = digits(text)
    return True if german_tax(numbers) or polish(numbers) else None


def _german(text: str, _before: str) -> bool | None:
    return True if german_tax(digits(text)) else None


def _spanish(text: str, _before: str) -> bool | None:
    plain = "".join(each for each in text.upper() if each.isalnum())
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return True if spanish(int(number), plain[-1]) else None


def _french(text: str, _before: str) -> bool | None:
    return True if french("".join(each for each in text if each.isalnum())) else None


def _italian(text: str, _before: str) -> bool | None:
    return True if italian(text) else None


def _dutch(text: str, before: str) -> bool | None:
    grouped = not text.isdecimal()
    return True if dutch(digits(text)) and (grouped or _BSN_WORDS.search(before)) else None


def _american_social(text: str, before: str) -> bool | None:
    numbers = digits(text)
    area, group, serial = (int("".join(map(str, each))) for each in (numbers[:3], numbers[3:5], numbers[5:]))
    issued = area not in {0, 666} and area < 900 and group and serial  # noqa: PLR2004 - areas never issued
    return True if issued and (not text.isdecimal() or _SSN_WORDS.search(before)) else None


_HOME = r"(?<![\w+.,:/-])"
"""What does not stand before a number as people dial it at home."""

SHAPES = (
    shape("phone", r"(?<![\w+])\+[1-9](?:[ .\-/()\u00a0]{0,2}\d){6,14}" + RIGHT, _international),
    shape("phone", _HOME + r"00[1-9](?:[ .\-/()\u00a0]{0,2}\d){7,13}" + RIGHT, _dialled),
    shape("phone", _HOME + r"0\d(?:[ .\-]\d\d){4}" + RIGHT, _dialled),
    shape("phone", _HOME + r"(?:\(0\d{1,5}\)|0\d{2,5})[ .\-/\u00a0]{1,2}\d{5,8}" + RIGHT, _dialled),
    shape("phone", _HOME + r"(?:\(0\d{1,4}\)|0\d{1,4})[ .\-/\u00a0]{1,2}\d{3,4}[ .\-/\u00a0]\d{3,4}" + RIGHT, _dialled),
    shape("phone", _HOME + r"(?:\(0\d{1,4}\)|0\d{1,4})(?:[ .\-/\u00a0]{1,2}\d{2,3}){3,4}" + RIGHT, _dialled),
    shape("phone", _HOME + r"0\d{9,10}" + RIGHT, _dialled),
    shape("phone", LEFT + r"(?:\([2-9]\d\d\) ?|[2-9]\d\d[-. ])[2-9]\d\d[-. ]\d{4}" + RIGHT, _american),
    shape("phone", _HOME + r"\d(?:[ .\-/\u00a0]?\d){6,13}" + RIGHT, _named_phone),
    shape("card", LEFT + r"\d{13,19}" + RIGHT, _card),
    shape("card", LEFT + r"\d{4}([ .\-\u00a0])\d{4}\1\d{4}\1\d{1,4}" + RIGHT, _card),
    shape("card", LEFT + r"\d{4}([ .\-\u00a0])\d{4}\1\d{4}\1\d{4}\1\d{1,3}" + RIGHT, _card),
    shape("card", LEFT + r"\d{4}([ .\-\u00a0])\d{6}\1\d{4,5}" + RIGHT, _card),
    shape("imei", LEFT + r"(?:\d{15}|\d\d([ -])\d{6}\1\d{6}\1\d)" + RIGHT, _imei),
    shape("imsi", LEFT + r"[2-7]\d{14}" + RIGHT, _imsi),
    shape("iccid", LEFT + r"89(?:\d{17,18}|\d\d(?: \d{4}){3} \d{3,4})" + RIGHT, _iccid),
    shape("national_id", LEFT + r"\d{11}" + RIGHT, _eleven),
    shape("national_id", LEFT + r"\d\d \d{3} \d{3} \d{3}" + RIGHT, _german),
    shape("national_id", LEFT + r"(?:\d{8}|[XYZxyz][ -]?\d{7})[ -]?[A-Za-z]" + RIGHT, _spanish),
    shape(
        "national_id",
        LEFT + r"[1-478] ?\d\d ?\d\d ?\d[\dABab] ?\d{3} ?\d{3} ?\d\d" + RIGHT,
        _french,
    ),
    shape(
        "national_id",
        LEFT + rf"[A-Z]{{6}}{_FISCAL_DIGIT}{{2}}[A-EHLMPR-T]{_FISCAL_DIGIT}{{2}}[A-Z]{_FISCAL_DIGIT}{{3}}[A-Z]" + RIGHT,
        _italian,
        re.IGNORECASE,
    ),
    shape("national_id", LEFT + r"(?:\d{9}|\d{4}[ .]\d\d[ .]\d{3})" + RIGHT, _dutch),
    shape("national_id", LEFT + r"(?:\d{9}|\d{3}-\d\d-\d{4}|\d{3} \d\d \d{4})" + RIGHT, _american_social),
    shape(
        "national_id",
        LEFT + r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]" + RIGHT,
        None,
        re.IGNORECASE,
    ),
)
"""Every number, however it is grouped."""
