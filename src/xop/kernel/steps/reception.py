"""One signal being taken in: the draft of its step, and the data its conditions and templates see."""

from typing import Any

from xop.kernel.commands import Signal
from xop.kernel.release import CompiledSignal, Release
from xop.kernel.steps.draft import Draft
from xop.kernel.steps.sight import Sight
from xop.kernel.templates import Template, as_text


class Reception:
    """One signal being taken in: the draft of its step and the data its conditions and templates see."""

    __slots__ = ("compiled", "conversation", "data", "draft", "look", "release", "signal", "time")

    def __init__(self, release: Release, compiled: CompiledSignal, draft: Draft, signal: Signal) -> None:
        self.release = release
        self.compiled = compiled
        self.draft = draft
        self.signal = signal
        self.time = min(signal.time, draft.moment.at)
        """When it happened; a source whose clock runs ahead does not reach into the future."""
        told = {"type": signal.type, "source": signal.source, "time": self.time, "data": signal.data}
        sight = Sight(release, draft, signal=told)
        self.data = sight.data
        self.look = sight.look
        self.conversation = self.text(compiled.conversation) if compiled.conversation else ""

    def fill(self, template: Template) -> Any:
        """Return a template's value now, or a `Fault`."""
        return template.render(self.look(template.paths))

    def text(self, template: Template | None) -> str:
        """Return a template's text; empty when it has no value."""
        return "" if template is None else as_text(self.fill(template)) or ""
