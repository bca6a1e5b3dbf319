"""What came of a scenario."""

from msgspec import Struct


class Failure(Struct, frozen=True, omit_defaults=True):
    """One expectation that was not met, or something that happened and should not have been refused."""

    file: str
    line: int
    expected: str
    happened: str
    remedy: str
    explanation: str = ""
    """The reasoning path of the decision concerned, over several lines."""


class Touched(Struct, frozen=True):
    """What had a part in a scenario, sorted."""

    rules: tuple[str, ...] = ()
    """Rules that determined a verdict."""
    triggers: tuple[str, ...] = ()
    """Changes of signal types that were made, by type and number."""
    steps: tuple[str, ...] = ()
    """Steps of journeys that were reached, as `journey/step`."""


class Result(Struct, frozen=True):
    """What came of one scenario."""

    file: str
    line: int
    name: str
    failures: tuple[Failure, ...]
    touched: Touched

    @property
    def passed(self) -> bool:
        """Whether everything came as expected."""
        return not self.failures
