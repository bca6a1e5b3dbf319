"""What changed between two catalogues of actions, and whether callers that fitted a contract still do."""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from xop.kernel.actions.model import Action
from xop.workspace.narrowing import Narrowing, narrowings

Change = Literal["new", "gone", "breaking", "compatible"]

_SILENT = ("name", "version", "input", "output", "groups", "purpose", "other_purposes", "kind", "deprecated")
"""Fields whose changes are told in words of their own, or not at all."""


class ContractChange(Struct, frozen=True, omit_defaults=True):
    """What changed of one action."""

    action: str
    change: Change
    before: int = 0
    """The version that it had."""
    after: int = 0
    breaks: tuple[str, ...] = ()
    """Why callers that fitted before may not any more."""
    differs: tuple[str, ...] = ()
    """What else is not as it was."""

    @property
    def unannounced(self) -> bool:
        """Whether it breaks callers under the version that they know."""
        return self.change == "breaking" and self.after <= self.before


def contract_changes(before: Mapping[str, Action], after: Mapping[str, Action]) -> list[ContractChange]:
    """Return what changed, in order of the actions' names; an action that stayed as it was is left out."""
    return [
        change
        for name in sorted(before.keys() | after.keys())
        if (change := _change(name, before.get(name), after.get(name))) is not None
    ]


def _change(name: str, before: Action | None, after: Action | None) -> ContractChange | None:
    if before is None or after is None:
        if after is not None:
            return ContractChange(name, "new", after=after.version)
        return ContractChange(name, "gone", before.version, breaks=("it is there no more",)) if before else None
    breaks, differs = tuple(_breaks(before, after)), tuple(_differences(before, after))
    if not breaks and not differs and before.version == after.version:
        return None
    change: Change = "breaking" if breaks else "compatible"
    return ContractChange(name, change, before.version, after.version, breaks, differs)


def _breaks(before: Action, after: Action) -> Iterator[str]:
    for each in narrowings(before.input, after.input):
        yield _of_input(each)
    for each in narrowings(after.output, before.output) if before.output else ():
        if each.way != "closed":
            yield _of_output(each)
    if before.kind != after.kind:
        yield f"it was a {before.kind} and is a {after.kind}"
    for purpose in (before.purpose, *before.other_purposes):
        if purpose not in (after.purpose, *after.other_purposes):
            yield f"it serves the purpose {purpose} no more"
    if before.purpose != after.purpose and before.purpose in after.other_purposes:
        yield f"without a purpose named it serves {after.purpose}, not {before.purpose}"


def _of_input(found: Narrowing) -> str:
    name = f"the argument {found.place}" if found.place else "the input"
    match found.way:
        case "required":
            return f"{name} is required now"
        case "closed":
            return f"{name} is taken no more" if found.place == found.what else f"{name} takes {found.what} no more"
        case "type" | "choice":
            return f"{name} takes {found.what} no more"
        case "bound":
            return f"{name} is bounded by {found.what} now"
        case _:
            return f"{name} has another `{found.what}`, which cannot be compared"


def _of_output(found: Narrowing) -> str:
    name = f"{found.place} of the output" if found.place else "the output"
    match found.way:
        case "required":
            return f"{name} may be missing now"
        case "type" | "choice":
            return f"{name} may be {found.what} now"
        case "bound":
            return f"{name} is bounded by {found.what} no more"
        case _:
            return f"{name} has another `{found.what}`, which cannot be compared"


def _differences(before: Action, after: Action) -> Iterator[str]:
    for name in ("input", "output"):
        if getattr(before, name) != getattr(after, name):
            yield f"the {name} schema differs"
    for name in Action.__struct_fields__:
        if name not in _SILENT and getattr(before, name) != getattr(after, name):
            yield f"{name} differs"
    if set(before.groups) != set(after.groups):
        yield "groups differ"
    if after.deprecated != before.deprecated:
        yield "it is deprecated" if after.deprecated is not None else "it is deprecated no more"
    for purpose in after.other_purposes:
        if purpose not in (before.purpose, *before.other_purposes):
            yield f"it serves the purpose {purpose} too"
