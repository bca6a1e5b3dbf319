"""The page of all problems: those of the HTTP API, the kernel's refusals and the codes that no rule gives."""

from collections.abc import Iterable
from itertools import groupby

from xop.faces.cli.failure import CommandFailed
from xop.faces.cli.reference.markdown import code, page, table
from xop.faces.cli.reference.refusals import own_codes, refusals
from xop.faces.http.problems import KINDS, TYPE_PREFIX

_INTRODUCTION = f"""Whatever the platform refuses, it says what happened and what to do next. Over HTTP a refusal is a problem
document (RFC 9457) whose `type` is `{TYPE_PREFIX}` and the code; `remedy` says what to do next, and `errors` lists every
single thing that is wrong where there are several. The command line prints the same and ends with exit code 1."""

_REFUSALS = """What the kernel and the engine say; `…` stands for what the case at hand puts there. Identifiers that are
refused are not linked: the fact `IdentifierDeclined` names the code."""

_OWN = """Beside the names of rules, these stand as the `code` of a decision, of a denied proposal, of a cancelled invocation or
of a contrast. Those of the rules that every workspace begins with are on [their own page](policies.md)."""

_CODES = {
    "xop.action_gone": "The release that rules now has no such action any more.",
    "xop.approval_expired": "Nobody answered the request for approval in time.",
    "xop.edited_by_person": "A person approved something else in its place, which is a proposal of their own.",
    "xop.error": "The rules could not be applied; what cannot be judged is denied.",
    "xop.expired": "It had not started within the time the action's contract gives it.",
    "xop.fact_unknown": "A fact that the action needs could not be had, and unknown never permits.",
    "xop.halted": "It is halted; what the rules need could not even be asked for.",
    "xop.halted_meanwhile": "It was halted after it was permitted, and waits until it is resumed.",
    "xop.nobody_permits": "No rule permits it, and what nobody permits is denied.",
    "xop.not_judged": "A release in shadow had nothing to judge, or refused the command before it judged.",
    "xop.observed": "Whoever asked is in shadow: what would follow is recorded, and nothing is done.",
    "xop.probe": "It was a known-wrong proposal put among the requests for approval; whatever is answered, nothing is done.",
    "xop.refused_by_person": "A person refused it.",
    "xop.run_over": "The journey's run that asked for it is over.",
    "xop.withdrawn": "Whoever asked took it back before it began.",
}


def problems_page() -> str:
    """Return the page of all problems."""
    kinds = [(code(name), str(kind.status), kind.title, kind.remedy) for name, kind in KINDS.items()]
    kernel = [*refusals("xop.kernel"), *refusals("xop.engine")]
    refused = [
        (code(name), _texts(form.cause for form in forms), _texts(form.remedy for form in forms))
        for name, group in groupby(sorted(kernel), key=lambda form: form.code)
        for forms in [list(group)]
    ]
    codes = sorted({*own_codes("xop.kernel"), *own_codes("xop.engine")})
    return page(
        "Problems",
        _INTRODUCTION,
        "## Problems of the HTTP API",
        table(("code", "status", "what happened", "what to do next"), kinds),
        "## Refusals",
        _REFUSALS,
        table(("code", "what happened", "what to do next"), refused),
        "## Codes that no rule gives",
        _OWN,
        table(("code", "meaning"), [(code(name), _meaning(name)) for name in codes]),
    )


def _meaning(name: str) -> str:
    if name not in _CODES:
        cause = f"the code {name!r} has no meaning in the page of problems"
        raise CommandFailed(cause, f"add {name!r} to `_CODES` in src/xop/faces/cli/reference/problems.py")
    return _CODES[name]


def _texts(texts: Iterable[str]) -> str:
    """Return different texts one after the other; those known only at run time say nothing here."""
    return "<br>".join(dict.fromkeys(text for text in texts if text.strip("… ")))
