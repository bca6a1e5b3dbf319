"""Publishing: a workspace is sent, its impact is looked at step by step, and it rules; or the last publication is undone."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import msgspec

from xop.engine.publication import Fate, StepImpact
from xop.faces.console.examinations import LOOK, progress
from xop.faces.console.governance.differences import FileDifference, difference
from xop.faces.console.governance.trial import Trial, trial_of
from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Shown
from xop.faces.console.pages.drafts import EDIT, PREVIEW, journey_named, overtaken
from xop.faces.console.pages.workspace import FILE, HOME, MOST_FILES, PUBLISH, UNDO, text_of
from xop.faces.console.uploads import LARGEST_UPLOAD, Upload, unpacked
from xop.faces.console.visit import Visit
from xop.faces.http.problems import ProblemError
from xop.workspace.difference import FileChange

PREVIEW_UNDOING = "GET /v1/releases/undo"
OBSERVE = "POST /v1/shadow"
TRY = "POST /v1/examinations/{subject}/preview"

_FATE = "fate."

_OUTDATED = "publication-outdated"

_TRIALS = ("scenarios", "simulation")
"""What a draft is tried by."""


async def _upload(visit: Visit) -> Answer:
    """Take a ZIP file in and look at what publishing it would do."""
    name, body = visit.files.get("workspace", ("", b""))
    if not body:
        return Moved(HOME, visit.words.text("Choose the ZIP file of a workspace first."), "problem")
    upload = unpacked(name, body)
    visit.desk.uploads.keep(visit.session, upload)
    return Moved(_place({"upload": upload.digest}))


async def _preview(visit: Visit) -> Answer:
    """Show what publishing would do with the choices that were made, and every problem where it cannot be."""
    source = _source(visit.query)
    if "live" in visit.query:
        return Shown("workspace_publish", {"tried": await _tried(visit, source, ())})
    if source.get("upload") and _upload_of(visit, source) is None:
        return Moved(HOME, visit.words.text("What was sent is not here any more: send it again."), "problem")
    choices, upload = _choices(visit.query.items()), _upload_of(visit, source) if source.get("upload") else None
    found, problem = None, None
    try:
        found = await visit.ask(PREVIEW, body={**_workspace(visit, source), "choices": choices})
    except ProblemError as error:
        problem = error.document()
    model = {
        "source": source,
        "called": _called(visit, source),
        "preview": found,
        "problem": problem,
        "fates": _fates(found, choices, visit) if found is not None else [],
        "chosen": [(name, value) for name, value in visit.query.items() if name.startswith(_FATE)],
        "files": await _differences(visit, found.changes.files, found.before, source) if found is not None else [],
        "may_observe": visit.may(OBSERVE),
        "may_try": visit.may(TRY, LOOK) and found is not None,
        "tried": await _tried(visit, source, [each.journey for each in found.changes.journeys] if found else ()),
        "tried_as": [(name, visit.query[name]) for name in ("tried", "draft", "against") if visit.query.get(name)],
        "again": _place(source),
        "edited": [
            (path, f"{EDIT}?{urlencode({'path': path, **source})}", _download(path, source))
            for path in (upload.files if upload is not None and upload.bases else ())
        ],
        "overtaken": await overtaken(visit, upload) if upload is not None else [],
    }
    return Shown("workspace_publish", model)


async def _publish(visit: Visit) -> Answer:
    """Let it rule, if what was looked at is still what it would do."""
    sent = {name: visit.field(name) for name in visit.form}
    source = _source(sent)
    if source.get("upload") and _upload_of(visit, source) is None:
        return Moved(HOME, visit.words.text("What was sent is not here any more: send it again."), "problem")
    body = {**_workspace(visit, source), "choices": _choices(sent.items()), "before": visit.field("before")}
    try:
        done = await visit.ask(PUBLISH, body=body)
    except ProblemError as problem:
        if problem.code != _OUTDATED:
            raise
        said = visit.words.text(
            "Another workspace was published meanwhile: this is what publishing yours would do now."
        )
        return Moved(_place(source), said, "problem")
    said = visit.words.text("It rules from now on: {release}.").format(release=done.digest)
    upload = _upload_of(visit, source) if source.get("upload") else None
    if upload is None or not upload.bases:
        return Moved(HOME, said)
    said = visit.words.text(
        "It rules from now on: {release}. Put what you changed into your repository too, or the next publication from "
        "there undoes it."
    ).format(release=done.digest)
    named = [name for name in map(journey_named, upload.files) if name]
    return Moved(f"{PREFIX}/journeys/{named[0]}" if named else HOME, said)


async def _try(visit: Visit) -> Answer:
    """Have what would rule tried by its scenarios or by a made-up population, before it rules."""
    source = _source({name: visit.field(name) for name in visit.form})
    if source.get("upload") and _upload_of(visit, source) is None:
        return Moved(HOME, visit.words.text("What was sent is not here any more: send it again."), "problem")
    begun = await visit.ask(TRY, path={"subject": visit.field("subject")}, body=_workspace(visit, source))
    tried = {"tried": begun.release, "draft": begun.draft, "against": visit.desk.platform.engine.release.digest}
    return Moved(f"{_place({**source, **tried})}#tried", visit.words.text("It is being tried; nothing leaves."), "note")


async def _tried(visit: Visit, source: dict[str, str], changed: Iterable[str]) -> list[tuple[str, Any, Trial | None]]:
    """Return how far the trials of what would rule have come, with what was found."""
    draft, against = (visit.query.get("tried", ""), visit.query.get("draft", "")), visit.query.get("against", "")
    found = []
    for subject in _TRIALS if all(draft) else ():
        known = await progress(visit, subject, against if subject == "simulation" else "", draft)
        if known is None:
            continue
        trial = None
        if subject == "simulation" and known.report is not None:
            trial = trial_of(known.report, changed or _journeys_of(visit, source))
        found.append((subject, known, trial))
    return found


def _journeys_of(visit: Visit, source: dict[str, str]) -> list[str]:
    upload = _upload_of(visit, source) if source.get("upload") else None
    return [name for name in map(journey_named, upload.files if upload is not None else ()) if name]


async def _preview_undoing(visit: Visit) -> Answer:
    found, problem = None, None
    try:
        found = await visit.ask(PREVIEW_UNDOING)
    except ProblemError as error:
        problem = error.document()
    return Shown("workspace_undo", {"preview": found, "problem": problem})


async def _undo(visit: Visit) -> Answer:
    try:
        done = await visit.ask(UNDO, query={"before": visit.field("before")})
    except ProblemError as problem:
        if problem.code != _OUTDATED:
            raise
        said = visit.words.text("Another workspace was published meanwhile: this is what rolling back would do now.")
        return Moved(f"{HOME}/undo", said, "problem")
    said = visit.words.text("The last publication is undone. This rules from now on: {release}.")
    return Moved(HOME, said.format(release=done.digest))


async def _observe(visit: Visit) -> Answer:
    """Have the workspace observed: it decides beside the release that rules, and nothing follows from it."""
    source = _source({name: visit.field(name) for name in visit.form})
    if source.get("upload") and _upload_of(visit, source) is None:
        return Moved(HOME, visit.words.text("What was sent is not here any more: send it again."), "problem")
    await visit.ask(OBSERVE, body=_workspace(visit, source))
    said = visit.words.text("It is in shadow: it decides beside the release that rules, and nothing follows from it.")
    return Moved(f"{HOME}/shadow" if visit.may("GET /v1/shadow") else HOME, said)


def _source(given: Any) -> dict[str, str]:
    """Return where the workspace comes from: an upload of this session, or a release."""
    return {name: given[name] for name in ("release", "upload") if given.get(name)}


def _upload_of(visit: Visit, source: dict[str, str]) -> Upload | None:
    return visit.desk.uploads.find(visit.session, source["upload"])


def _workspace(visit: Visit, source: dict[str, str]) -> dict[str, Any]:
    upload = _upload_of(visit, source) if source.get("upload") else None
    if upload is None:
        return {"release": source.get("release", "")}
    over = {"release": visit.desk.platform.engine.release.digest} if upload.bases else {}
    return {"files": upload.files, **over}


def _called(visit: Visit, source: dict[str, str]) -> str:
    upload = _upload_of(visit, source) if source.get("upload") else None
    return upload.name if upload is not None else source.get("release", "")


def _download(path: str, source: dict[str, str]) -> str:
    return f"{HOME}/file?{urlencode({'path': path, **source})}"


def _place(source: dict[str, str]) -> str:
    return f"{HOME}/publish?{urlencode(source)}"


def _choices(given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return what becomes of runs by journey and step, as fields named `fate.journey.step` say."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, fate in given:
        journey, _, step = name.removeprefix(_FATE).partition(".")
        if name.startswith(_FATE) and step and _is_fate(fate) and fate != "stay":
            found.setdefault(journey, {"steps": {}})["steps"][step] = fate
    return found


def _is_fate(text: str) -> bool:
    try:
        msgspec.convert(text, Fate)
    except msgspec.ValidationError:
        return False
    return True


def _fates(
    found: Any, choices: dict[str, Any], visit: Visit
) -> list[tuple[StepImpact, str, list[tuple[str, str]], str]]:
    """Return each step where runs stand, with the field that says what becomes of them and what can be chosen."""
    shown: set[str] = set()
    rows = []
    for each in found.impact:
        name = f"{_FATE}{each.journey}.{each.step}"
        steps = found.steps.get(each.journey, [])
        chosen = choices.get(each.journey, {}).get("steps", {}).get(each.step, "stay")
        # One choice holds for a step in every former version.
        rows.append((each, "" if name in shown else name, _options(each.step, steps, visit), chosen))
        shown.add(name)
    return rows


def _options(step: str, steps: list[str], visit: Visit) -> list[tuple[str, str]]:
    text = visit.words.text
    found = [("stay", text("stay on the old version"))]
    if step in steps:
        found.append(("migrate", text("go on at the same step of the new one")))
    found += [
        (f"migrate:{each}", text("go on at {step}").format(step=each.replace("_", " ")))
        for each in steps
        if each != step
    ]
    return [*found, ("leave", text("leave the journey"))]


async def _differences(
    visit: Visit, changed: list[FileChange], before: str, source: dict[str, str]
) -> list[FileDifference]:
    if not visit.may(FILE):
        return []
    upload = _upload_of(visit, source) if source.get("upload") else None
    found = []
    for each in changed[:MOST_FILES]:
        was = await text_of(visit, before, each.path) if each.change != "new" else ""
        now = "" if each.change == "gone" else upload.files.get(each.path, "") if upload is not None else ""
        if each.change != "gone" and upload is None:
            now = await text_of(visit, source.get("release", ""), each.path)
        found.append(difference(each.path, each.change, was, now))
    return found


PAGES = (
    Page(path="/workspace/publish", title="Publish", view=_preview, asks=(PREVIEW,), live=("tried",)),
    Page(path="/workspace/undo", title="Roll back", view=_preview_undoing, asks=(PREVIEW_UNDOING,)),
)

ACTS = (
    Act(path="/workspace/upload", view=_upload, asks=(PREVIEW,), upload=LARGEST_UPLOAD),
    Act(path="/workspace/publish", view=_publish, asks=(PUBLISH,)),
    Act(path="/workspace/tried", view=_try, asks=(TRY, LOOK)),
    Act(path="/workspace/undo", view=_undo, asks=(UNDO,)),
    Act(path="/workspace/observed", view=_observe, asks=(OBSERVE,)),
)
