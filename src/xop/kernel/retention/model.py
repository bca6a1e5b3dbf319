"""Retention as a workspace declares it, and what became true of it."""

from msgspec import Struct

from xop.kernel.retention.period import SIX_MONTHS, Period

TIMER = "retention"
"""The key of the timer by which the platform begins to let go of what is past its time."""

EVIDENCE, CUSTOMERS, OUTBOX, SHADOWS = "evidence", "customers", "outbox", "shadows"

CLASSES = (EVIDENCE, OUTBOX, SHADOWS, CUSTOMERS)
"""The classes of data, in the order in which they are looked through."""


class Retention(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How long each class of data is kept; what is not named is kept until the customer is erased."""

    evidence: Period | None = None
    """The values behind decisions, from the decision on; the decision itself stays, and so does its leaf in the log."""
    high_risk: Period = SIX_MONTHS
    """What bears on decisions of high-risk actions is kept for this long at least: six months or more."""
    customers: Period | None = None
    """Customers of whom no signal came for so long are erased, with everything that is kept of them."""
    outbox: Period | None = None
    """Requests that were carried out, or never left."""
    shadows: Period | None = None
    """What releases, agents and rules in shadow would have decided."""
    suppress: bool = True
    """Whether customers erased for their silence are not to be contacted should they ever be heard of again."""

    def of(self, name: str) -> Period | None:
        """Return how long a class of data is kept."""
        period: Period | None = getattr(self, name)
        return period

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the classes of data that are not kept for ever."""
        return tuple(name for name in CLASSES if self.of(name) is not None)


class RetentionStanding(Struct, frozen=True, omit_defaults=True):
    """The last run of retention as it stands."""

    run: str
    by: str
    begun_at: int
    counts: dict[str, int] = {}
    """How much has gone so far, by class of data."""
    held: dict[str, int] = {}
    """How much is past its time and kept for a legal hold or an incident, by class."""
    required: dict[str, int] = {}
    """How much is past its time and kept since the law wants records of high-risk systems kept, by class."""
    over_at: int = 0
    """When it was over, in milliseconds since the epoch; 0 while it is under way."""


class RetentionBegun(Struct, frozen=True, tag=True, tag_field="fact"):
    """What is past its time begins to go."""

    run: str
    by: str


class RetentionAdvanced(Struct, frozen=True, tag=True, tag_field="fact"):
    """Something past its time has gone."""

    run: str
    counts: dict[str, int]
    """How much, by class of data."""


class RetentionRun(Struct, frozen=True, tag=True, tag_field="fact", omit_defaults=True):
    """Everything past its time has gone, but for what must be kept."""

    run: str
    counts: dict[str, int]
    """How much went, by class of data."""
    held: dict[str, int] = {}
    required: dict[str, int] = {}


RetentionFact = RetentionBegun | RetentionAdvanced | RetentionRun


def fold_retention(known: RetentionStanding | None, fact: RetentionFact, at: int) -> RetentionStanding | None:
    """Return how retention stands after a fact."""
    if isinstance(fact, RetentionBegun):
        return RetentionStanding(fact.run, fact.by, at)
    if known is None or known.run != fact.run:
        return known
    counts = fact.counts if isinstance(fact, RetentionRun) else added(known.counts, fact.counts)
    if isinstance(fact, RetentionAdvanced):
        return RetentionStanding(known.run, known.by, known.begun_at, counts)
    return RetentionStanding(known.run, known.by, known.begun_at, counts, fact.held, fact.required, at)


def added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    """Return two counts by class together."""
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
