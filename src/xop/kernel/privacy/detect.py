"""Finds personal data and secrets in text, and masks them; made for the edges, where text comes in or goes out."""

import re

from xop.kernel.privacy import numbers, words
from xop.kernel.privacy.shape import Found, looked_for

_DIGITS = re.compile(r"\d\D{0,3}\d\D{0,3}\d\D{0,3}\d")
"""Without a few digits near one another there is no number that leads to anybody."""

_PLAIN = re.compile(r"[a-z_./-]{0,100}")
"""Names and codes of our own, which are most of what is looked at."""

_NUMBERS, _WORDS = numbers.SHAPES, words.SHAPES


def find(text: str) -> list[Found]:
    """Return the personal data in a text, in order and without overlap; takes time linear in its length.

    Names of people and places cannot be told by their shape, and are not found.
    """
    if _PLAIN.fullmatch(text):
        return []
    found = looked_for(_WORDS, text)
    if "@" in text:
        found += words.addresses(text)
    if "-----BEGIN " in text:
        found += words.private_keys(text)
    if _DIGITS.search(text):
        found += looked_for(_NUMBERS, text)
        found += numbers.accounts(text)
    return _apart(found) if len(found) > 1 else found


def mask(text: str) -> str:
    """Return a text with everything found in it replaced by the name of its kind, such as `[email]`."""
    found = find(text)
    if not found:
        return text
    kept, at = [], 0
    for each in found:
        kept += [text[at : each.start], f"[{each.kind}]"]
        at = each.end
    return "".join((*kept, text[at:]))


def _apart(found: list[Found]) -> list[Found]:
    """Join what overlaps: all of it is covered, and named after what is surest and longest."""
    apart: list[Found] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        last = apart[-1] if apart else None
        if last is None or each.start >= last.end:
            apart.append(each)
            continue
        named = max(last, each, key=lambda one: (one.sure, one.end - one.start))
        apart[-1] = Found(named.kind, last.start, max(last.end, each.end), named.sure)
    return apart
