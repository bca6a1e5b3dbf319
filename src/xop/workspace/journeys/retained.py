"""Former versions of journeys that a release keeps because runs are pinned to them, and what became of other runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import msgspec

from xop.kernel.base.json import canonical
from xop.kernel.journeys.model import Journey
from xop.kernel.release import Move
from xop.workspace.fit import fit
from xop.workspace.journeys.document import journey_json
from xop.workspace.journeys.version import journey_version
from xop.workspace.problem import Place, Problem, quote
from xop.workspace.sources import Item, text_of
from xop.workspace.yamltree import read_yaml

FOLDER = ".journeys/"
"""Where a kept release has former versions; a workspace's own files never begin with a dot."""

_MOVES = f"{FOLDER}moves.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a kept release has of runs that came from releases before it."""

    retained: Mapping[str, bytes] = field(default_factory=dict)
    """Former versions by path, as in `.journeys/welcome@jny_….yaml`."""
    moves: tuple[Move, ...] = ()


def retained_path(name: str, version: str) -> str:
    """Return where a kept release has a former version of a journey."""
    return f"{FOLDER}{name}@{version}.yaml"


def former_names(retained: Mapping[str, bytes]) -> frozenset[str]:
    """Return the names of the journeys that files of former versions are of, told by their paths."""
    return frozenset(path.removeprefix(FOLDER).partition("@")[0] for path in retained)


def retained_file(journey: Journey) -> tuple[str, bytes]:
    """Return the path and the content by which a kept release has a former version; JSON is YAML too."""
    return retained_path(journey.name, journey_version(journey)), journey_json(journey).encode()


def kept_files(retained: Mapping[str, bytes], moves: tuple[Move, ...]) -> dict[str, bytes]:
    """Return the files that a kept release has besides the workspace's own; none when there is nothing to keep."""
    return {**retained, **({_MOVES: moves_content(moves)} if moves else {})}


def split_kept(files: Mapping[str, bytes]) -> Kept:
    """Return the former versions and the moves among the files of a kept release; raises for moves that are none."""
    retained = {path: content for path, content in files.items() if path.startswith(FOLDER) and path != _MOVES}
    moves = msgspec.json.decode(files[_MOVES], type=tuple[Move, ...]) if _MOVES in files else ()
    return Kept(MappingProxyType(retained), moves)


def moves_content(moves: tuple[Move, ...]) -> bytes:
    """Return moves as canonical JSON."""
    return canonical(moves)


def read_retained(files: Mapping[str, bytes], problems: list[Problem]) -> list[Item[Journey]]:
    """Return the former versions that files hold; one that is not what its path says is added to `problems`."""
    found: list[Item[Journey]] = []
    for path in sorted(files):
        text = text_of(path, files[path], problems)
        document = read_yaml(path, text, problems) if text is not None else None
        journey = fit(document.value, Journey, Place(document), problems) if document is not None else None
        if document is None or journey is None:
            continue
        expected = retained_path(journey.name, journey_version(journey))
        if path == expected:
            found.append(Item(journey, Place(document)))
        else:
            cause = f"the file holds another version of a journey than its name says: {quote(expected)}"
            problems.append(Problem(path, 0, cause, "keep the file of the version that runs are pinned to"))
    return found
