"""Examinations: what the lab finds out about a release, in a process of its own; asked for, then looked at."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Meta, Struct

from xop.assembly import Platform, own_files
from xop.faces.http.operation import JSON, Call, Content, Operation, Reply
from xop.faces.http.problems import ProblemError
from xop.kernel.base.times import iso
from xop.lab.examinations import SUBJECTS, Bench, Examination, Question
from xop.lab.examinations.bench import State, Subject, Task
from xop.workspace.layout import BESIDE, bears_on_rules

Digest = Annotated[str, Meta(min_length=1, max_length=100, description="A release's digest.")]

_BENCHES: WeakKeyDictionary[Platform, Bench] = WeakKeyDictionary()
"""One for each platform, whichever of its faces asks."""


class ExaminationWish(Struct, frozen=True, forbid_unknown_fields=True):
    """Which release is examined."""

    release: Digest | None = None
    """The one that rules when left out."""
    against: Digest | None = None
    """The earlier release that a comparison is made with, or a simulation."""


class ExaminationQuery(ExaminationWish, frozen=True, forbid_unknown_fields=True):
    """Which examination is looked at."""

    draft: Digest | None = None
    """Of a workspace that was examined before it was published: what was answered as `draft`."""


class ExaminationState(Struct, frozen=True):
    """How far an examination has come."""

    subject: Subject
    release: str
    against: str
    draft: str
    """What tells the workspace apart from others that make the same release; to be given where it is not published."""
    state: State
    """`none` before it was asked for."""
    at: str | None
    """When it was asked for."""
    done: int
    total: int
    now: str
    """What was finished last."""
    fault: str
    """Why it failed; empty otherwise."""
    remedy: str
    report: dict[str, Any] | None
    """What was found, once it is done: as `xop test --json` and `xop prove --json` tell it; of a simulation, the main
    figures `after`, and `before` where there is an earlier release."""


async def _look(call: Call) -> Reply:
    asked: ExaminationQuery = call.query
    subject, release = _subject(call, asked), asked.release or call.platform.engine.release.digest
    before = await _files(call, asked.against) if asked.against else {}
    if asked.draft is None:
        question = Question(subject, release, asked.against or "", _beside(await _files(call, release), before))
        return Reply(examination_state(question, bench(call).find(question)))
    question = Question(subject, release, asked.against or "", (asked.draft, mark(before)))
    known = bench(call).find(question)
    if known is None:
        raise ProblemError("release-unknown", f"no draft {asked.draft!r} of {release[:80]!r} was examined so")
    return Reply(examination_state(question, known))


async def _begin(call: Call) -> Reply:
    asked: ExaminationWish = call.query
    subject, release = _subject(call, asked), asked.release or call.platform.engine.release.digest
    files = await _files(call, release)
    before = await _files(call, asked.against) if asked.against else {}
    return Reply(begun(call, subject, (release, asked.against or ""), Task(subject, files, before)))


def begun(call: Call, subject: Subject, releases: tuple[str, str], task: Task) -> ExaminationState:
    """Have a release examined, and against another, unless it was or is; raises ProblemError (503) when too many wait."""
    question = Question(subject, *releases, _beside(task.files, task.before))
    known = bench(call).find(question)
    if bench(call).is_full() and (known is None or known.state == "failed"):
        cause = "so many examinations wait that this one was not taken"
        raise ProblemError("overloaded", cause, "ask again when one of them is done")
    made = bench(call).begin(question, task, call.platform.runtime.clock.now())
    return examination_state(question, made)


def mark(files: Mapping[str, bytes]) -> str:
    """Return what tells a workspace apart from others that make the same release: what lies beside its rules."""
    beside = [path for path in sorted(own_files(files)) if path in BESIDE or not bears_on_rules(path)]
    return sha256(msgspec.json.encode([(path, sha256(files[path]).hexdigest()) for path in beside])).hexdigest()[:32]


def _beside(files: Mapping[str, bytes], before: Mapping[str, bytes]) -> tuple[str, str]:
    return mark(files), mark(before)


def bench(call: Call) -> Bench:
    """Return the bench of the platform that is asked."""
    known = _BENCHES.get(call.platform)
    if known is None:
        known = _BENCHES[call.platform] = Bench(call.face.closing)
    return known


def _subject(call: Call, asked: ExaminationWish) -> Subject:
    found = known_subject(call.path["subject"])
    if found != "simulation" and (found == "comparison") != (asked.against is not None):
        cause = "a comparison is made `against` an earlier release, a simulation may be, and nothing else is"
        raise ProblemError("parameter-invalid", cause, "list /v1/releases and name one of them")
    return found


async def _files(call: Call, digest: str) -> dict[str, bytes]:
    files = await call.platform.runtime.releases.files(digest)
    if files is None:
        raise ProblemError("release-unknown", f"no release {digest[:80]!r} was published")
    return files


def known_subject(subject: str) -> Subject:
    """Return what is examined by its name; raises ProblemError."""
    found = next((each for each in SUBJECTS if each == subject), None)
    if found is None:
        cause = f"there is no examination {subject[:40]!r}"
        raise ProblemError("parameter-invalid", cause, f"name one of: {', '.join(SUBJECTS)}")
    return found


def examination_state(question: Question, known: Examination | None) -> ExaminationState:
    """Return how far an examination has come; None is one that nobody asked for."""
    if known is None:
        known = Examination(question, 0, "none")
    return ExaminationState(
        subject=question.subject,
        release=question.release,
        against=question.against,
        draft=question.beside[0],
        state=known.state,
        at=iso(known.at) if known.at else None,
        done=known.done,
        total=known.total,
        now=known.now,
        fault=known.fault,
        remedy=known.remedy,
        report=known.report,
    )


SUBJECT = "`scenarios`, `invariants`, `comparison` or `simulation`."

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/examinations/{subject}",
        summary="See what was found out about a release",
        description="How far it has come, and the report once it is done. It is kept until the platform ends.",
        handler=_look,
        scope="decisions:read",
        parameters={"subject": SUBJECT},
        query=ExaminationQuery,
        answers=(Content(JSON, ExaminationState),),
        problems=("release-unknown",),
    ),
    Operation(
        method="POST",
        path="/v1/examinations/{subject}",
        summary="Examine a release",
        description=(
            "`scenarios` runs those of the workspace in virtual time, `invariants` proves them with the solver and looks "
            "for rules without effect, `comparison` finds what a release treats differently from an earlier one, and "
            "`simulation` lets a small part of population.yaml live under it. One at a time, in a process of its own; "
            "what was found already is answered at once."
        ),
        handler=_begin,
        scope="decisions:read",
        parameters={"subject": SUBJECT},
        query=ExaminationWish,
        answers=(Content(JSON, ExaminationState),),
        problems=("release-unknown",),
    ),
)
