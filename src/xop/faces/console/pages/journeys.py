"""The journeys: how many came to each, reached its goal and left, and what is asked of people in them."""

from collections import Counter

from msgspec import Struct

from xop.faces.console.lists import whole
from xop.faces.console.page import PREFIX, Act, Answer, Page, Shown
from xop.faces.console.pages.drafts import editing
from xop.faces.console.visit import Visit

LIST = "GET /v1/journeys"
COUNTS = "GET /v1/passages"
QUESTIONS = "GET /v1/questions"

_MOST_QUESTIONS = 2_000


class Row(Struct, frozen=True):
    """One journey in the list."""

    name: str
    address: str
    title: str
    description: str
    version: str
    priority: int
    former: int
    """Former versions that still have runs."""
    here: int
    aside: int
    came: int
    goal: int
    ended: int
    left: int
    questions: int

    @property
    def lost(self) -> float | None:
        """The share of those whose runs are over who left on the way."""
        over = self.goal + self.ended + self.left
        return self.left / over if over else None

    @property
    def shares(self) -> tuple[tuple[float, str], ...]:
        """What became of all who came, as parts of a bar."""
        over = self.goal + self.ended + self.left
        whole = max(1, over + self.here)
        return ((self.goal + self.ended) / whole, "good"), (self.here / whole, ""), (self.left / whole, "bad")


async def _journeys(visit: Visit) -> Answer:
    listed = (await visit.ask(LIST)).journeys
    counts = await visit.ask(COUNTS)
    by_name = {each.name: each for each in counts.journeys}
    asked, more_asked = await _questions(visit)
    rows = []
    for each in listed:
        counted = by_name[each.name]
        former = sum(version.tokens for version in each.former)
        rows.append(
            Row(
                name=each.name,
                address=f"{PREFIX}/journeys/{each.name}",
                title=each.name.replace("_", " "),
                description=each.description,
                version=each.version or "",
                priority=each.priority,
                former=len(each.former),
                here=each.tokens + former,
                aside=each.aside + sum(version.aside for version in each.former),
                came=counted.came,
                goal=counted.goal,
                ended=counted.ended,
                left=counted.left,
                questions=asked[each.name],
            )
        )
    model = {"rows": rows, "since": counts.since, "bounded": counts.bounded, "missing": counts.missing}
    begin = editing(visit, "journeys/new_journey.yaml")
    return Shown("journeys", {**model, "more_asked": more_asked, "begin": f"{begin}&new=1" if begin else ""})


async def _questions(visit: Visit) -> tuple[Counter[str], bool]:
    """Count what runs ask of people; the second value says whether more is asked than was counted."""
    if not visit.may(QUESTIONS):
        return Counter(), False
    found, more = await whole(visit, QUESTIONS, "questions", {}, _MOST_QUESTIONS)
    return Counter(each.journey for each in found), more


PAGES = (
    Page(
        path="/journeys",
        title="Journeys",
        view=_journeys,
        asks=(LIST, COUNTS),
        live=("list",),
        menu="Rules/journeys",
        keys="g j",
    ),
)

ACTS: tuple[Act, ...] = ()
