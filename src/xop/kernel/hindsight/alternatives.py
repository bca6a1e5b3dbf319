"""What a value that rules read could have been instead: its opposite, or what the rules compare it with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from cedarpy import pst

from xop.kernel.arbiter.context import DUTY_FREE_ENUMS as ENUMS
from xop.kernel.policy.model import Rule
from xop.kernel.policy.tree import template, walk

_MOST = 24
"""Alternatives of one value that are tried."""

_RANGES: Mapping[str, tuple[int, int]] = {"assurance.level": (0, 3)}
"""Numbers that have an end."""

_EMPTY: Mapping[str, Any] = {"Bool": False, "Long": 0, "String": "", "Set<String>": []}
"""By Cedar type: what stands in for a value where there is none."""
