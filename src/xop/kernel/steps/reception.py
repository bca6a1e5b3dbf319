"""One signal being taken in: the draft of its step, and the data its conditions and templates see."""

from collections.abc import Mapping
from typing import Any

from xop.kernel.commands import Signal
from xop.kernel.context.customer import Customer
from xop.kernel.picture import Portion, draw, instant, sections_read
from xop.kernel.release import CompiledSignal, Release
from xop.kernel.steps.draft import Draft
from xop.kernel.templates import Template, as_text


class Reception:
    """One signal being taken in: the draft of its step and the data its conditions and templates see."""

    __slots__ = (
        "_drawn",
        "_picture",
        "_pictured",
        "compiled",
        "conversation",
        "data",
        "draft",
        "release",
        "signal",
        "time",
    )

    def __init__(self, release: Release, compiled: CompiledSignal, draft: Draft, signal: Signal) -> None:
        self.release = release
        self.compiled = compiled
        self.draft = draft
        self.signal = signal
        self.time = min(signal.time, draft.moment.at)
        """When it happened; a source whose clock runs ahead does not reach into the future."""
        self._pictured: Customer | None = None
        self._picture: dict[str, Any] = {}
        self._drawn: set[Portion] = set()
        self.data: dict[str, Any] = {
            "signal": {"type": signal.type, "source": signal.source, "time": self.time, "data": signal.data},
            "now": instant(draft.moment.at),
        }
        self.conversation = self.text(compiled.conversation) if compiled.conversation else ""

    def look(self, paths: tuple[str, ...]) -> Mapping[str, Any]:
        """Return what conditions and templates that read some paths see now; of the customer only what they read."""
        portions = sections_read(paths)
        if portions:
            customer = self.draft.customer
            if self._pictured is not customer:
                self._picture, self._drawn, self._pictured = {}, set(), customer
                self.data["customer"] = self._picture
            missing = [portion for portion in portions if portion not in self._drawn]
            if missing:
                draw(self._picture, missing, self.release, customer.view, self.draft.moment.at)
                self._drawn.update(missing)
        return self.data

    def fill(self, template: Template) -> Any:
        """Return a template's value now, or a `Fault`."""
        return template.render(self.look(template.paths))

    def text(self, template: Template | None) -> str:
        """Return a template's text; empty when it has no value."""
        return "" if template is None else as_text(self.fill(template)) or ""
