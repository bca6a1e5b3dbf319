"""The desk: people who answer what waits for a person, in their working hours, first come first served."""

from msgspec import Struct

from xop.kernel.release import Release
from xop.lab.simulate.calendar import work_from
from xop.lab.simulate.chance import Chance
from xop.workspace.population import People, Population


class Question(Struct, frozen=True, order=True):
    """An invocation that waits for somebody's approval, or what a run asks."""

    at: int
    about: str
    """The invocation, or the run and its token."""
    part: str
    roles: tuple[str, ...] = ()
    """The roles whose answer it waits for."""
    asker: str = ""
    """Whoever proposed it, who may not answer."""
    run: str = ""
    token: int = -1
    choices: tuple[str, ...] = ()
    """The answers that a run knows."""


class Answered(Struct, frozen=True, order=True):
    """A person's answer, to be given at a moment."""

    at: int
    question: Question
    operator: str
    approved: bool
    choice: str = ""
    """The answer to what a run asked."""


class _Person:
    """One colleague."""

    def __init__(self, people: People, roles: tuple[str, ...], zone: str) -> None:
        self.people = people
        self.roles = frozenset(roles)
        self.free_at = 0
        self._zone = people.zone or zone

    def begins(self, at: int) -> int | None:
        """Return when the person could take something asked at a moment."""
        return work_from(self.people.hours, self.people.days, self._zone, max(at, self.free_at))

    def may_answer(self, question: Question) -> bool:
        """Say whether the person has a role that is asked for and did not ask."""
        return not self.roles.isdisjoint(question.roles) and question.asker != f"operator:{self.people.operator}"


class Desk:
    """One queue for the whole population, whatever shard a question comes from."""

    def __init__(self, release: Release, population: Population, seed: int) -> None:
        self.waits: list[int] = []
        """Milliseconds from each question to the moment somebody took it."""
        self.spans: list[int] = []
        """Milliseconds from each question to its answer."""
        self.lengths: list[int] = []
        """How many questions were unanswered at the end of each hour."""
        self.asked = self.approved = self.refused = self.answered = self.withdrawn = 0
        self._seed = seed
        self._waiting: dict[str, Question] = {}
        self._persons = [
            _Person(people, operator.roles, release.zone)
            for people in population.people.values()
            for operator in release.principals.values()
            if (operator.kind, operator.name) == ("operator", people.operator)
            for _ in range(people.count)
        ]

    @property
    def staffed(self) -> bool:
        """Whether anybody is there."""
        return bool(self._persons)

    @property
    def length(self) -> int:
        """How many questions nobody has taken."""
        return len(self._waiting)

    def hear(self, news: list[Question | str]) -> None:
        """Take in a shard's news in order: a question, or what one is about that needs no answer any more."""
        for each in news:
            if isinstance(each, Question):
                self.asked += 1
                self._waiting[each.about] = each
            else:
                self.withdrawn += self._waiting.pop(each, None) is not None

    def work(self, until: int) -> list[Answered]:
        """Return the answers that people begin to work on before a moment."""
        answers: list[Answered] = []
        idle: set[tuple[tuple[str, ...], str]] = set()
        for question in sorted(self._waiting.values()):
            kind = (question.roles, question.asker)
            if kind in idle:
                continue
            able = [
                (begins, place)
                for place, person in enumerate(self._persons)
                if person.may_answer(question) and (begins := person.begins(question.at)) is not None
            ]
            if not able or min(able)[0] >= until:
                idle.add(kind)
                continue
            begins, place = min(able)
            answers.append(self._answer(question, self._persons[place], begins))
        return sorted(answers)

    def _answer(self, question: Question, person: _Person, begins: int) -> Answered:
        del self._waiting[question.about]
        chance = Chance(self._seed, "desk", question.about, question.at)
        person.free_at = begins + max(1, chance.wait(person.people.handling))
        approved, choice = False, ""
        if question.choices:
            choice = _chosen(person.people, question.choices, chance)
            self.answered += 1
        else:
            approved = chance.happens(person.people.approves)
            self.approved += approved
            self.refused += not approved
        self.waits.append(begins - question.at)
        self.spans.append(person.free_at - question.at)
        return Answered(person.free_at, question, person.people.operator, approved, choice)

    def note_length(self) -> None:
        """Remember how long the queue is now."""
        self.lengths.append(self.length)


def _chosen(people: People, choices: tuple[str, ...], chance: Chance) -> str:
    """Return one of the answers to a question, by the weights that people have for answers of that name."""
    weights = tuple(people.answers.get(choice, 0.0 if people.answers else 1.0) for choice in choices)
    return chance.weighted(choices, weights if any(weights) else (1.0,) * len(choices))
