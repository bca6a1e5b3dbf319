"""Lists of the API that are wanted whole: page after page, up to a bound."""

from collections.abc import Mapping
from typing import Any

from xop.faces.console.visit import Visit

_PAGE = 500

_MOST_PAGES = 10
"""Pages that are asked for: one may be short, or empty, and yet not the last."""


async def whole(visit: Visit, operation: str, name: str, query: Mapping[str, str], most: int) -> tuple[list[Any], bool]:
    """Return the entries `name` of every page of a list, and whether there are more than `most` of them to be had."""
    found, after = list[Any](), None
    for _ in range(_MOST_PAGES):
        page = await visit.ask(operation, query={**query, "limit": _PAGE, "after": after})
        found += getattr(page, name)
        after = page.next
        if after is None or len(found) >= most:
            break
    return found, after is not None
