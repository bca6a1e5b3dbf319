"""The texts a proof has to tell apart: those that rules and the release name, and enough others of each shape.

Rules only compare texts, match them with `like` and look for them in sets. Whatever they can tell about any texts they
can therefore tell about these: every named text, and for each combination of patterns as many further texts as there
are facts that could hold one. So every answer of the solver is a request that can be written down.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from xop.lab.prove.solver import Term, z3

Pattern = tuple[str, ...]
"""The texts between the wildcards of a `like`."""

Members = tuple[tuple[Term, Term], ...]
"""A set as pairs: whether a value is in it, and the value."""

_MOST_STATES = 3_000
"""States of all patterns together; beyond them `like` is left open."""


@dataclass(slots=True)
class Universe:
    """Every text of a proof, each by its number."""

    texts: tuple[str, ...]
    named: int
    """How many of them are named by rules or the release; they come first."""
    patterned: bool
    """Whether `like` can be answered: there is a text of every shape."""
    numbers: dict[str, int] = field(default_factory=dict)
    _sets: dict[str, Members] = field(default_factory=dict)
    _others: dict[tuple[str, frozenset[str]], Term] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """Return the number of a text that was given when the universe was made."""
        return self.numbers[text]

    def members(self, name: str) -> Members:
        """Return the members of the set fact of this name."""
        if name not in self._sets:
            self._sets[name] = tuple((z3.Bool(f"{name}[{text}]"), i) for i, text in enumerate(self.texts))
        return self._sets[name]

    def others(self, name: str, texts: frozenset[str]) -> Term:
        """Return whether the set fact of this name holds any text but these."""
        key = (name, texts)
        if key not in self._others:
            self._others[key] = z3.Or([each for each, i in self.members(name) if self.texts[i] not in texts])
        return self._others[key]

    def matching(self, pattern: Pattern) -> list[int]:
        """Return the numbers of the texts a pattern matches."""
        return [number for number, text in enumerate(self.texts) if matches(text, pattern)]


def make_universe(named: Iterable[str], patterns: Iterable[Pattern], spare: int) -> Universe:
    """Return the universe of these texts and patterns, with `spare` further texts of every shape."""
    known = tuple(dict.fromkeys(named))
    shapes = tuple(dict.fromkeys(patterns))
    others = [text for text in (f"other-{n}" for n in range(1, spare + len(known) + 1)) if text not in known]
    further = _spelt(shapes, frozenset(known), spare) if shapes else []
    patterned = further is not None
    texts = tuple(dict.fromkeys((*known, *others[:spare], *(further or ()))))
    return Universe(texts, len(known), patterned, {text: number for number, text in enumerate(texts)})


def matches(text: str, pattern: Pattern) -> bool:
    """Say whether a text consists of the pattern's texts with anything between them."""
    first, *rest = pattern
    if not rest:
        return text == first
    *middle, last = rest
    if not text.startswith(first):
        return False
    position = len(first)
    for part in middle:
        position = text.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return text.endswith(last) and len(text) - len(last) >= position


_State = tuple[frozenset[tuple[int, int]], ...]
"""For each pattern: the places (part, characters of it) where reading can be."""


def _spelt(patterns: Sequence[Pattern], known: frozenset[str], spare: int) -> list[str] | None:
    """Return the shortest texts of every shape that patterns can tell, or None when there are too many to look through.

    The n-th shortest text into a state passes through one of the n shortest into the state before: so visiting each
    state that often misses none.
    """
    letters = sorted({letter for pattern in patterns for part in pattern for letter in part})
    letters.append(next(chr(code) for code in range(ord("x"), 0x10000) if chr(code) not in letters))
    visits: Counter[_State] = Counter()
    shapes: Counter[tuple[bool, ...]] = Counter()
    found: list[str] = []
    waiting = deque([("", tuple(_closed(pattern, {(0, 0)}) for pattern in patterns))])
    while waiting:
        text, state = waiting.popleft()
        if visits[state] >= spare + len(known):
            continue
        visits[state] += 1
        if len(visits) > _MOST_STATES:
            return None
        shape = tuple((len(p) - 1, len(p[-1])) in places for p, places in zip(patterns, state, strict=True))
        if text not in known and shapes[shape] < spare:
            shapes[shape] += 1
            found.append(text)
        waiting.extend((text + letter, _read(patterns, state, letter)) for letter in letters)
    return found


def _read(patterns: Sequence[Pattern], state: _State, letter: str) -> _State:
    return tuple(
        _closed(pattern, {after for place in places for after in _steps(pattern, place, letter)})
        for pattern, places in zip(patterns, state, strict=True)
    )


def _steps(pattern: Pattern, place: tuple[int, int], letter: str) -> Iterable[tuple[int, int]]:
    part, read = place
    if read == 0 and part > 0:
        yield place  # the wildcard before the part takes the letter
    if read < len(pattern[part]) and pattern[part][read] == letter:
        yield (part, read + 1)


def _closed(pattern: Pattern, places: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Add the places that are reached without reading: the end of a part is the beginning of the next."""
    closed = set(places)
    for part in range(len(pattern) - 1):
        if (part, len(pattern[part])) in closed:
            closed.add((part + 1, 0))
    return frozenset(closed)
