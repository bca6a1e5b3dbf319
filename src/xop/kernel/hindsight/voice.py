"""How things are said to the person they are about: in the second person, in plain words and in their own time."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from xop.kernel.base.phrase import Phrase, joined, marked, phrase

_LAST = 253_402_000_000_000
"""The last moment that can be told in any zone, in milliseconds since the epoch."""

_VERBS: Mapping[str, str] = {"is": "are", "has": "have", "was": "were", "does": "do"}

_SUBJECT = re.compile(
    r"(\b(?:to|of|for|with|by|from|at|about|on|than) )?\b([Tt]he|[Aa]|[Tt]his) customer (?!who|that )(\w+)"
)
_OWNER = re.compile(r"\b([Tt]he|[Aa]|[Tt]his) customer's\b")
_CUSTOMER = re.compile(r"\b(?:[Tt]he|[Aa]|[Tt]his) customer\b(?! who| that)")
_PRONOUNS: Mapping[str, str] = {"they": "you", "them": "you", "their": "your", "They": "You", "Their": "Your"}
_PRONOUN = re.compile(r"\b(they|them|their|They|Their)\b")
_CODE = re.compile(r"\b[a-z]+(?:[_.#][a-z0-9]+)+\b", re.ASCII)

_CHANNELS: Mapping[str, str] = marked(
    {
        "email": "by e-mail",
        "sms": "by text message",
        "voice": "by telephone",
        "phone": "by telephone",
        "web": "on our website",
        "app": "in our app",
        "push": "by a message on your phone",
        "post": "by post",
        "chat": "in chat",
    }
)

_MONTHS = marked(
    (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
)


def addressed(text: str) -> str:
    """Return a sentence about a customer as one that is said to them."""
    if _CUSTOMER.search(text) is None:
        return plain(text)
    said = _OWNER.sub(lambda found: _cased(found[1], "your"), text)
    said = _SUBJECT.sub(_subject, said)
    said = _CUSTOMER.sub("you", said)
    return plain(_PRONOUN.sub(lambda found: _PRONOUNS[found[1]], said))


def plain(text: str) -> str:
    """Return a text with names that only machines use broken into words."""
    return _CODE.sub(lambda found: words(found[0]), text)


def words(name: str) -> str:
    """Return a name as words."""
    return re.sub(r"[_.#:/-]+", " ", name).strip()


def quoted(names: Iterable[str]) -> Any:
    """Return names as words in quotation marks, in a row."""
    return joined((phrase("“{name}”", name=words(each)) for each in names), "{one} and {other}")


def on_channel(channel: str) -> Phrase:
    """Return how a channel reaches somebody."""
    return phrase(_CHANNELS[channel]) if channel in _CHANNELS else phrase("by {channel}", channel=words(channel))


def moment(at: int, zone: str) -> Phrase:
    """Return a moment in somebody's own time, such as `3 October 2026 at 14:05`; in UTC where their zone is none."""
    at = min(max(at, 0), _LAST)
    try:
        local, where = datetime.fromtimestamp(at / 1000, ZoneInfo(zone)), words(zone.rpartition("/")[2])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local, where = datetime.fromtimestamp(at / 1000, UTC), "UTC"
    month = phrase(_MONTHS[local.month - 1])
    day = phrase("{day} {month} {year} at {time}", day=local.day, month=month, year=local.year, time=f"{local:%H:%M}")
    zoned = phrase("{zone} time", zone=where) if where != "UTC" else where
    return phrase("{moment} ({zone})", moment=day, zone=zoned)


def sentence(text: str) -> str:
    """Return a text that begins with a capital and ends with a full stop."""
    text = text.strip()
    return text if not text else f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?", ".”")) else ".")


def _subject(found: re.Match[str]) -> str:
    """After a preposition the customer is not who does something."""
    before, article, word = found.groups(default="")
    return f"{before}{_cased(article, 'you')} {word if before else _verb(word)}"


def _cased(article: str, word: str) -> str:
    return word.capitalize() if article[:1].isupper() else word


def _verb(word: str) -> str:
    if word in _VERBS:
        return _VERBS[word]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
