"""Checksums: what tells a number that somebody issued from any number of the same length."""

from collections.abc import Iterable

_IBAN_LENGTHS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 "
    "FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 "
    "LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 "
    "RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
IBAN_LENGTHS = {each[:2]: int(each[2:]) for each in _IBAN_LENGTHS.split()}
"""Characters of an IBAN by country, as the ISO 13616 registry lists them."""

_NIF_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_PESEL_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
_FISCAL_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
"""What letters count at odd places of an Italian tax code, from A on; digits count as the first ten."""
_FISCAL_LENGTH, _DAYS, _MONTHS = 16, 31, 12


def digits(text: str) -> tuple[int, ...]:
    """Return the digits of a text, whatever stands between them."""
    return tuple(int(each) for each in text if each.isdecimal())


def luhn(numbers: Iterable[int]) -> bool:
    """Say whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for index, number in enumerate(reversed(tuple(numbers))):
        doubled = number * 2 if index % 2 else number
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - the sum of the digits of a doubled one
    return total % 10 == 0


def iban(text: str) -> bool:
    """Say whether letters and digits without spaces are an IBAN of its country's length (ISO 13616, mod 97)."""
    if len(text) != IBAN_LENGTHS.get(text[:2]) or not text.isascii() or not text.isalnum():
        return False
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1


def german_tax(numbers: tuple[int, ...]) -> bool:
    """Say whether eleven digits are a German tax id: one digit repeated, check digit by ISO 7064 mod 11,10."""
    first, check = numbers[:-1], numbers[-1]
    counts = sorted(first.count(each) for each in set(first))
    if not first[0] or counts[-1] not in {2, 3} or (len(counts) > 1 and counts[-2] > 1):
        return False
    product = 10
    for number in first:
        product = ((number + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == check


def spanish(number: int, letter: str) -> bool:
    """Say whether a letter is the one that a Spanish identity number has (the remainder by 23)."""
    return _NIF_LETTERS[number % 23] == letter.upper()


def french(text: str) -> bool:
    """Say whether a French social security number of thirteen places has its key, which its last two digits are."""
    number = text[:-2].upper().replace("2A", "19", 1).replace("2B", "18", 1)
    return number.isdecimal() and 97 - int(number) % 97 == int(text[-2:])


def italian(text: str) -> bool:
    """Say whether the last letter of an Italian tax code is the check letter of the fifteen before it."""
    if len(text) != _FISCAL_LENGTH:
        return False
    values = [int(each) if each.isdecimal() else ord(each) - ord("A") for each in text.upper()]
    total = sum(_FISCAL_ODD[value] if place % 2 == 0 else value for place, value in enumerate(values[:-1]))
    return total % 26 == values[-1]


def dutch(numbers: tuple[int, ...]) -> bool:
    """Say whether nine digits are a Dutch citizen service number (weights 9 to 2, the last one subtracted, mod 11)."""
    total = sum(number * weight for number, weight in zip(numbers, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True))
    return total % 11 == 0 and any(numbers)


def polish(numbers: tuple[int, ...]) -> bool:
    """Say whether eleven digits are a Polish PESEL: a date of birth whose month tells the century, and a check digit."""
    month, day = (numbers[2] * 10 + numbers[3]) % 20, numbers[4] * 10 + numbers[5]
    if not (1 <= month <= _MONTHS and 1 <= day <= _DAYS):
        return False
    return sum(number * weight for number, weight in zip(numbers, _PESEL_WEIGHTS, strict=True)) % 10 == 0
