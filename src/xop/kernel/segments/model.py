"""Segments as a workspace declares them."""

from msgspec import Struct

from xop.kernel.actions.model import Name
from xop.kernel.base.spans import Span


class Segment(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A named condition; customers are in it for as long as it holds."""

    name: Name
    when: str
    """A CEL condition over `customer` and `now`; asked again whenever something it reads has changed or left a window."""
    description: str = ""
    review: Span | None = None
    """How often to ask again besides; needed by conditions that read `now`."""
