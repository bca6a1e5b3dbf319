"""The workspace: which release rules, every other one, their files, and what one changes of another."""

from typing import Any
from urllib.parse import quote, urlencode

from xop.faces.console.governance.differences import FileDifference, difference, folders
from xop.faces.console.page import PREFIX, Act, Answer, Page, Shown
from xop.faces.console.visit import Visit
from xop.faces.console.words import marked
from xop.faces.http.problems import ProblemError

RELEASES = "GET /v1/releases"
ACTIVE = "GET /v1/releases/active"
FILES = "GET /v1/releases/{release}/files"
FILE = "GET /v1/releases/{release}/file"
CHANGES = "GET /v1/releases/{release}/changes"
PUBLISH = "POST /v1/releases"
UNDO = "POST /v1/releases/undo"
SHADOW = "GET /v1/shadow"

MOST_FILES = 60
"""Files of which the differing lines are shown."""

_MOST_LINES = 5_000

HOME = f"{PREFIX}/workspace"


def tabs(visit: Visit, here: str) -> list[tuple[str, str, bool]]:
    """Return the pages of the workspace that somebody may see."""
    entries = (
        ("", marked("Releases"), RELEASES),
        ("changes", marked("Compare"), CHANGES),
        ("shadow", marked("Shadow"), SHADOW),
    )
    text = visit.words.text
    return [
        (text(name), f"{HOME}/{path}" if path else HOME, path == here)
        for path, name, asked in entries
        if visit.may(asked)
    ]


async def _releases(visit: Visit) -> Answer:
    releases = (await visit.ask(RELEASES)).releases
    model = {
        "tabs": tabs(visit, ""),
        "active": await visit.ask(ACTIVE),
        "releases": [(each, _address(each.digest)) for each in releases],
        "may_read": visit.may(FILES),
        "may_publish": visit.may(PUBLISH),
        "undoable": visit.may(UNDO) and len(releases) > 1,
    }
    return Shown("workspace", model)


async def _release(visit: Visit) -> Answer:
    """Show the files of a release, and the text of one."""
    digest, path = visit.path["release"], visit.query.get("path", "")
    files = (await visit.ask(FILES, path=visit.path)).files
    told = next((each for each in (await visit.ask(RELEASES)).releases if each.digest == digest), None)
    path = path or next((each.path for each in files if each.path == "workspace.toml"), files[0].path if files else "")
    found = await visit.ask(FILE, path=visit.path, query={"path": path}) if path else None
    lines = found.text.splitlines() if found is not None else []
    names = folders([each.path for each in files])
    model = {
        "release_told": told,
        "digest": digest,
        "path": path,
        "lines": lines[:_MOST_LINES],
        "more": max(0, len(lines) - _MOST_LINES),
        "folders": [
            (folder, [(name, f"{_address(digest)}?{urlencode({'path': name})}", name == path) for name in inside])
            for folder, inside in names.items()
            if inside
        ],
        "size": next((each.size for each in files if each.path == path), 0),
        "comparison": f"{HOME}/changes?{urlencode({'release': digest})}",
        "publishing": f"{HOME}/publish?{urlencode({'release': digest})}",
        "may_publish": visit.may(PUBLISH),
    }
    return Shown("workspace_release", model, path or visit.words.text("Release"))


async def _changes(visit: Visit) -> Answer:
    """Compare two releases: in words, and line by line."""
    releases = (await visit.ask(RELEASES)).releases
    active = next((each.digest for each in releases if each.active), "")
    others = [each.digest for each in releases if each.digest != active]
    before = visit.query.get("before") or (active if visit.query.get("release") else (others[0] if others else active))
    after = visit.query.get("release") or active
    found, fault, files = None, "", list[FileDifference]()
    try:
        found = await visit.ask(CHANGES, path={"release": after}, query={"before": before})
        files = [await _file_difference(visit, each, before, after) for each in found.changes.files[:MOST_FILES]]
    except ProblemError as problem:
        if problem.status not in {404, 409}:
            raise
        fault = f"{problem.detail}: {problem.remedy}"
    model = {
        "tabs": tabs(visit, "changes"),
        "options": [(each.digest, _named(each, visit)) for each in releases],
        "before": before,
        "after": after,
        "changes": found.changes if found is not None else None,
        "fault": fault,
        "files": files,
        "left_out": max(0, len(found.changes.files) - MOST_FILES) if found is not None else 0,
    }
    return Shown("workspace_changes", model)


async def _file_difference(visit: Visit, changed: Any, before: str, after: str) -> FileDifference:
    was = await text_of(visit, before, changed.path) if changed.change != "new" else ""
    now = await text_of(visit, after, changed.path) if changed.change != "gone" else ""
    return difference(changed.path, changed.change, was, now)


async def text_of(visit: Visit, release: str, path: str) -> str:
    """Return the text of a file of a release."""
    found = await visit.ask(FILE, path={"release": release}, query={"path": path})
    return str(found.text)


def _named(release: Any, visit: Visit) -> str:
    ruling = f" ({visit.words.text('rules now')})" if release.active else ""
    return f"{visit.words.moment(release.at)}, {release.by}, {release.digest[:12]}{ruling}"


def _address(digest: str) -> str:
    return f"{HOME}/releases/{quote(digest, safe='')}"


PAGES = (
    Page(
        path="/workspace",
        title="Workspace",
        view=_releases,
        asks=(RELEASES, ACTIVE),
        live=("ruling",),
        common=True,
        menu="Governance/workspace",
        keys="g w",
    ),
    Page(path="/workspace/releases/{release}", title="Release", view=_release, asks=(FILES, FILE, RELEASES)),
    Page(path="/workspace/changes", title="Compare", view=_changes, asks=(CHANGES, FILE, RELEASES)),
)

ACTS: tuple[Act, ...] = ()
