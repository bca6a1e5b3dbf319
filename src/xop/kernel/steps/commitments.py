"""Commitments: what a decision keeps of the values it read, so that the values themselves can be erased."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from xop.kernel.base.json import canonical
from xop.kernel.decisions.model import Read
from xop.kernel.moment import Moment


def reads_of(values: Mapping[str, Any], source: str, moment: Moment) -> tuple[Read, ...]:
    """Return values as reads; without the moment's seed a commitment tells nothing about its value."""
    key = moment.seed.to_bytes(8, "big")
    return tuple(
        Read(
            name, source, blake2b(canonical(value), digest_size=16, key=key, person=b"xop.read").hexdigest(), moment.at
        )
        for name, value in values.items()
    )
