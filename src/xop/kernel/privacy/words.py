"""Words that lead to a person or let one in: addresses, machines, dates of birth, credentials and secrets."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from xop.kernel.privacy.shape import LEFT, RIGHT, Found, shape

_LONGEST_LOCAL_PART = 64
_LOCAL_PART = frozenset("%&'+_.-")
"""What stands in addresses in use; others may, and what follows them is still found."""

_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_][\w-]{0,22}[^\W_]|\[[0-9A-Fa-f:.]{3,45}\]")
_VERSION = re.compile(r"(?:version|release|firmware|build|\bv)[ .:=]{0,2}$", re.IGNORECASE)
_FEWEST_HEX = 4

_BEGIN, _END = "-----BEGIN ", "-----END "
_PRIVATE = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----")
_TOKEN = r"[A-Za-z0-9_-]"  # noqa: S105 - the letters of tokens, not one

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|ju[nl]i|okt|dez|ene|abr|ago|dic|janv|févr|mars|avr"
    r"|juin|juil|août|gen|mag|giu|lug|set|ott)[a-zéûä]{0,8}\.?"
)
_DAY = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.] ?\d{{1,2}}[-/.] ?\d{{2,4}}"
    rf"|\d{{1,2}}(?:[snrt][tdh]|\.)? (?:of |de )?{_MONTH} (?:de )?\d{{4}}|{_MONTH} \d{{1,2}}(?:[snrt][tdh])?,? \d{{4}})"
)
_BORN = (
    r"(?:\bborn|\bdate of birth|\bbirth ?da[ty]e?|\bd\.?o\.?b\b\.?|\bgeboren|\bgeburts(?:datum|tag)|\bgeb\.|\bnée?\b"
    r"|\bdat[ae] d[ei] na[a-z]{4,9}|\bnacid[oa]|\bfecha de nacimiento|\bnat[oa]\b|\bgeboortedatum|\burodzon[ya])"
)


def addresses(text: str) -> list[Found]:
    """Return the e-mail addresses of a text, looking to both sides of every `@` as far as an address can reach."""
    found = []
    at = text.find("@")
    while at >= 0:
        start = at
        while start > 0 and at - start < _LONGEST_LOCAL_PART and _is_local(text[start - 1]):
            start -= 1
        while start < at and text[start] in ".'":
            start += 1
        domain = _DOMAIN.match(text, at + 1)
        if start < at and domain is not None:
            found.append(Found("email", start, domain.end(), sure=True))
        at = text.find("@", at + 1)
    return found


def private_keys(text: str) -> list[Found]:
    """Return the private keys in PEM form; one without an end goes on to the end of the text."""
    found = []
    at = text.find(_BEGIN)
    while at >= 0:
        if _PRIVATE.match(text, at):
            close = text.find(_END, at)
            line = text.find("\n", close) if close >= 0 else -1
            end = len(text) if close < 0 or line < 0 else line
            found.append(Found("secret", at, end, sure=True))
            at = text.find(_BEGIN, end)
        else:
            at = text.find(_BEGIN, at + 1)
    return found


def _is_local(character: str) -> bool:
    return character.isalnum() or character in _LOCAL_PART


def _ipv4(text: str, before: str) -> bool | None:
    try:
        IPv4Address(text)
    except AddressValueError:
        return None
    return None if _VERSION.search(before) else True


def _ipv6(text: str, _before: str) -> bool | None:
    try:
        IPv6Address(text)
    except AddressValueError:
        return None
    return True if sum(each.isalnum() for each in text) >= _FEWEST_HEX else None


SHAPES = (
    shape("ip_address", r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)", _ipv4, re.ASCII),
    shape("ip_address", r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{4,39}+(?:\.\d{1,3}){0,3}(?![\w:])", _ipv6),
    shape("mac_address", r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])"),
    shape("mac_address", r"(?<![\w.])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w.])"),
    shape(
        "birth_date",
        rf"{_BORN}\W{{0,4}}(?:(?:on|am|le|el|il|op|is|dnia|the)\W{{1,2}})?(?P<day>{_DAY}){RIGHT}",
        None,
        re.IGNORECASE,
    ),
    shape(
        "credentials", r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,15}://(?P<pair>[^\s/:@]{0,128}:[^\s/@]{1,256})@"
    ),
    shape("secret", rf"(?<!{_TOKEN})eyJ{_TOKEN}{{5,}}+\.{_TOKEN}{{5,}}+\.{_TOKEN}*+"),
    shape(
        "secret",
        rf"{LEFT}(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?{_TOKEN}{{16,200}}+"
        rf"|{LEFT}gh[pousr]_[A-Za-z0-9]{{30,255}}+|{LEFT}github_pat_\w{{22,255}}+|{LEFT}glpat-{_TOKEN}{{20,100}}+"
        rf"|{LEFT}(?:AKIA|ASIA)[0-9A-Z]{{16}}{RIGHT}|{LEFT}xox[abeoprs]-[A-Za-z0-9-]{{10,200}}+|{LEFT}AIza{_TOKEN}{{35}}"
        rf"|{LEFT}whsec_[A-Za-z0-9+/=]{{16,200}}+|{LEFT}npm_[A-Za-z0-9]{{30,100}}+|{LEFT}hf_[A-Za-z0-9]{{30,100}}+"
        rf"|{LEFT}SG\.{_TOKEN}{{16,64}}\.{_TOKEN}{{16,64}}",
    ),
    shape("secret", r"\b(?:bearer|basic) +(?P<token>[A-Za-z0-9+/_.~=-]{16,4096}+)", None, re.IGNORECASE),
    shape(
        "secret",
        r"(?:password|passwd|passwort|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|client[_-]?secret)"
        r"[\"']?(?: is)?\s{0,2}[:=]\s{0,2}[\"']?(?P<value>[^\s\"'\[<$,;&]{4,256}+)",
        None,
        re.IGNORECASE,
    ),
)
"""Every shape that words tell, however they are written."""
