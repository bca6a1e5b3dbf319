"""Drafts: one file of the workspace is changed in the browser, checked as `xop check` does, and looked at before it rules."""

import re
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import msgspec

from xop.faces.console.governance.differences import folders
from xop.faces.console.page import PREFIX, Act, Answer, Moved, Page, Plain, Shown
from xop.faces.console.pages.workspace import ACTIVE, FILE, FILES, HOME, text_of
from xop.faces.console.uploads import Upload
from xop.faces.console.visit import Visit
from xop.faces.http.problems import ProblemError

PREVIEW = "POST /v1/releases/preview"

EDIT = f"{HOME}/edit"

_JOURNEY = """\
name: new_journey
description: What it is for, in one sentence.
entries:
  - api: true
steps:
  pause:
    wait: {for: 1d}
  done:
    end: {outcome: done}
"""

_STARTERS = {"journeys/": _JOURNEY}
"""What a new file begins with, by its folder."""

_LEAST_ROWS, _MOST_NUMBERS = 18, 3_000

_LONGEST_DIGEST = 100

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def editing(visit: Visit, path: str) -> str:
    """Return the address at which somebody changes a file; empty for whoever may not."""
    return f"{EDIT}?{urlencode({'path': path})}" if visit.may(PREVIEW, FILE) else ""


async def _edit(visit: Visit) -> Answer:
    """Show a file as it rules, or as this session has changed it."""
    path, draft = visit.query.get("path", ""), _draft(visit, visit.query.get("upload", ""))
    known = await _paths(visit)
    new = path not in known
    if new and not visit.query.get("new") and (draft is None or path not in draft.files):
        raise ProblemError("file-unknown", f"the release has no file {path[:200]!r}", "open one from the workspace")
    if draft is not None and path in draft.files:
        text = draft.files[path]
    else:
        text = _starter(path) if new else await text_of(visit, _rules(visit), path)
    base = draft.bases.get(path) if draft is not None else None
    gone = draft is None and bool(visit.query.get("upload"))
    return _shown(path, text, draft, known, base or _rules(visit), gone=gone)


def _shown(
    path: str, text: str, draft: Upload | None, known: list[str], base: str, *, problem: Any = None, gone: bool = False
) -> Answer:
    """`base` is the release that ruled when the file was taken up; `gone` says that what was changed before is lost."""
    upload = draft.digest if draft is not None else ""
    lines = text.splitlines()
    also = [each for each in draft.files if each != path] if draft is not None else []
    faults = [(each, _line(each.where, path, lines)) for each in problem.errors or ()] if problem is not None else []
    model = {
        "path": path,
        "new": path not in known,
        "text": text,
        "rows": max(_LEAST_ROWS, len(lines) + 2),
        "numbers": "\n".join(str(number + 1) for number in range(min(_MOST_NUMBERS, len(lines) + 400))),
        "upload": upload,
        "base": base,
        "gone": gone,
        "problem": problem,
        "faults": faults,
        "back": f"{PREFIX}/journeys/{journey_named(path)}" if journey_named(path) and path in known else "",
        "also": [(each, f"{EDIT}?{urlencode({'path': each, 'upload': upload})}") for each in also],
        "folders": [
            (folder, [(name, f"{EDIT}?{urlencode(_query(name, upload))}", name == path) for name in inside])
            for folder, inside in folders(sorted({*known, *also})).items()
            if inside
        ],
    }
    return Shown("workspace_edit", model, path, 422 if problem is not None else 200)


async def _take(visit: Visit) -> Answer:
    """Check what was typed: go on to what publishing it would do, or show what is wrong beside it."""
    path, before = visit.field("file"), _draft(visit, visit.field("upload"))
    text = _ended("".join(visit.form.get("text", ())[:1]).replace("\r\n", "\n"))
    known = await _paths(visit)
    # The text was made of the file as it ruled when the form was opened, whatever rules by now.
    base = visit.field("base")[:_LONGEST_DIGEST] or _rules(visit)
    refused = _refused(path, taken=path in known and bool(visit.field("new")))
    if refused is not None:
        return _shown(path, text, before, known, base, problem=refused.document())
    files = {**(before.files if before is not None else {}), path: text}
    if path in known and text == _ended(await text_of(visit, _rules(visit), path)):
        del files[path]
    if not files:
        return Moved(f"{EDIT}?{urlencode({'path': path})}", "It is as it rules: nothing was changed.", "note")
    bases = {**(before.bases if before is not None else {}), path: base}
    bases = {each: bases.get(each, base) for each in files}
    draft = Upload(", ".join(files)[:200], _digest(files, bases), files, bases)
    visit.desk.uploads.keep(visit.session, draft)
    try:
        await visit.ask(PREVIEW, body={"release": _rules(visit), "files": files})
    except ProblemError as problem:
        return _shown(path, text, draft, known, base, problem=problem.document())
    to = f"{HOME}/publish?{urlencode({'upload': draft.digest})}"
    if before is None and visit.field("also"):
        said = visit.words.text("What you had changed with it is not here any more, change it again: {files}.")
        return Moved(to, said.format(files=visit.field("also")[:1000]), "problem")
    return Moved(to, "It passes every check.")


def _ended(text: str) -> str:
    """Return a text with one end of a line at its end, as files have it."""
    return f"{text.rstrip()}\n" if text.strip() else ""


def _refused(path: str, *, taken: bool) -> ProblemError | None:
    """Return why a file cannot be changed under a path; `taken` says that a new one is meant, and there is one already."""
    if path.startswith("."):
        cause = "a file whose name begins with a dot is no part of a workspace"
        return ProblemError("parameter-invalid", cause, "begin its name with a letter")
    if taken:
        cause = f"there is a file {path[:200]!r} already, and this would take its place"
        return ProblemError("parameter-invalid", cause, "give the new one another name, or open that one and change it")
    return None


async def _file(visit: Visit) -> Answer:
    """Hand a file out as it stands in a release, or as this session has changed it."""
    path, draft = visit.query.get("path", ""), _draft(visit, visit.query.get("upload", ""))
    if draft is not None and path in draft.files:
        text = draft.files[path]
    else:
        text = await text_of(visit, visit.query.get("release") or _rules(visit), path)
    name = _UNSAFE.sub("_", path.rpartition("/")[2]) or "file"
    headers = ((b"content-disposition", f'attachment; filename="{name}"'.encode()),)
    return Plain(text.encode(), "text/plain; charset=utf-8", headers)


async def overtaken(visit: Visit, draft: Upload) -> list[str]:
    """Return the files of a draft that another publication has changed since they were taken up."""
    rules = _rules(visit)
    return [
        path
        for path, base in draft.bases.items()
        if base != rules and await _text(visit, base, path) != await _text(visit, rules, path)
    ]


async def _text(visit: Visit, release: str, path: str) -> str | None:
    try:
        return await text_of(visit, release, path)
    except ProblemError as problem:
        if problem.code not in {"release-unknown", "file-unknown"}:
            raise
        return None


async def _paths(visit: Visit) -> list[str]:
    files = (await visit.ask(FILES, path={"release": _rules(visit)})).files
    return [each.path for each in files]


def _rules(visit: Visit) -> str:
    return visit.desk.platform.engine.release.digest


def _draft(visit: Visit, digest: str) -> Upload | None:
    return visit.desk.uploads.find(visit.session, digest) if digest else None


def _digest(files: dict[str, str], bases: dict[str, str]) -> str:
    return sha256(msgspec.json.encode([bases, files], order="deterministic")).hexdigest()[:24]


def _query(path: str, upload: str) -> dict[str, str]:
    return {"path": path, **({"upload": upload} if upload else {})}


def journey_named(path: str) -> str:
    """Return the journey that a file holds by its name; empty for any other file."""
    folder, _, name = path.rpartition("/")
    return name.removesuffix(".yaml") if folder == "journeys" else ""


def _starter(path: str) -> str:
    return next((text for folder, text in _STARTERS.items() if path.startswith(folder)), "")


def _line(where: str | None, path: str, lines: list[str]) -> str:
    """Return the line that a problem speaks of; empty where it stands in another file."""
    file, _, number = (where or "").rpartition(":")
    if file != path or not number.isdigit() or not 0 < int(number) <= len(lines):
        return ""
    return lines[int(number) - 1].strip()


PAGES = (
    Page(path="/workspace/edit", title="Change a file", view=_edit, asks=(PREVIEW, FILES, FILE, ACTIVE)),
    Page(path="/workspace/file", title="File", view=_file, asks=(FILE,)),
)

ACTS = (Act(path="/workspace/edit", view=_take, asks=(PREVIEW, FILES, FILE)),)
