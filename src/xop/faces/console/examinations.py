"""Examinations as pages show them: how far they are, with the button that begins one."""

from typing import Any

from msgspec import Struct

from xop.faces.console.visit import Visit
from xop.faces.http.problems import ProblemError

LOOK = "GET /v1/examinations/{subject}"
BEGIN = "POST /v1/examinations/{subject}"

NO_DRAFT = ("", "")


class Progress(Struct, frozen=True):
    """How far an examination has come."""

    subject: str
    state: str
    at: str | None
    done: int
    total: int
    now: str
    fault: str
    remedy: str
    report: dict[str, Any] | None
    may_begin: bool
    draft: bool = False
    """Whether it is of a workspace that was not published."""

    @property
    def under_way(self) -> bool:
        """Whether it is being done, or waits for another one."""
        return self.state in {"waiting", "running"}


async def progress(visit: Visit, subject: str, against: str = "", draft: tuple[str, str] = NO_DRAFT) -> Progress | None:
    """Return how far an examination has come of the release that rules, or of a draft by the release it makes and its mark.

    None for whoever may not see it, and for a draft of which nobody asked for it.
    """
    if not visit.may(LOOK):
        return None
    asked = {"against": against, "release": draft[0], "draft": draft[1]}
    try:
        told = await visit.ask(LOOK, path={"subject": subject}, query=asked)
    except ProblemError as problem:
        if draft == NO_DRAFT or problem.code != "release-unknown":
            raise
        return None
    parts = (told.state, told.at, told.done, told.total, told.now, told.fault, told.remedy, told.report)
    return Progress(subject, *parts, visit.may(BEGIN), draft != NO_DRAFT)


async def begin(visit: Visit, subject: str, against: str = "") -> None:
    """Have the release that rules examined, unless it was."""
    await visit.ask(BEGIN, path={"subject": subject}, query={"against": against})
