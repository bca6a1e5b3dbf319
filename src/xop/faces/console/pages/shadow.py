"""Shadow: where a release, an agent or a rule that is only observed would have decided otherwise."""

from xop.faces.console.page import Act, Answer, Moved, Page, Shown
from xop.faces.console.pages.workspace import HOME, RELEASES, SHADOW, tabs
from xop.faces.console.visit import Visit

END = "POST /v1/shadow/end"
BEGIN = "POST /v1/shadow"


async def _report(visit: Visit) -> Answer:
    releases = (await visit.ask(RELEASES)).releases
    model = {
        "tabs": tabs(visit, "shadow"),
        "report": await visit.ask(SHADOW),
        "options": [(each.digest, f"{visit.words.moment(each.at)}, {each.by}") for each in releases if not each.active],
        "may_begin": visit.may(BEGIN),
        "may_end": visit.may(END),
    }
    return Shown("workspace_shadow", model)


async def _end(visit: Visit) -> Answer:
    await visit.ask(END)
    said = visit.words.text("No release is in shadow any more. What was found out stays.")
    return Moved(f"{HOME}/shadow" if visit.may(SHADOW) else HOME, said)


PAGES = (
    Page(
        path="/workspace/shadow",
        title="Shadow",
        view=_report,
        asks=(SHADOW, RELEASES),
        live=("differences",),
        common=True,
    ),
)

ACTS = (Act(path="/workspace/shadow/end", view=_end, asks=(END,)),)
