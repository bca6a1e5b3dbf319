"""What conditions and templates see of a customer while a step is made: no more than they read, drawn when they read it."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.context.customer import Customer
from xop.kernel.picture import Portion, draw, instant, sections_read
from xop.kernel.release import Release
from xop.kernel.steps.draft import Draft


class Sight:
    """The data of one step's conditions and templates: `now`, `customer` as far as it is read, and other roots given."""

    __slots__ = ("_draft", "_drawn", "_picture", "_pictured", "_release", "data")

    def __init__(self, release: Release, draft: Draft, **roots: Any) -> None:
        self._release = release
        self._draft = draft
        self._pictured: Customer | None = None
        self._picture: dict[str, Any] = {}
        self._drawn: set[Portion] = set()
        self.data: dict[str, Any] = {**roots, "now": instant(draft.moment.at)}

    def look(self, paths: tuple[str, ...]) -> Mapping[str, Any]:
        """Return what a text that reads some paths sees now; of the customer only what it reads."""
        portions = sections_read(paths)
        if portions:
            customer = self._draft.customer
            if self._pictured is not customer:
                self._picture, self._drawn, self._pictured = {}, set(), customer
                self.data["customer"] = self._picture
            missing = [portion for portion in portions if portion not in self._drawn]
            if missing:
                draw(self._picture, missing, self._release, customer.view, self._draft.moment.at)
                self._drawn.update(missing)
        return self.data
