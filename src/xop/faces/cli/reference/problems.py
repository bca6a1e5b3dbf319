"""The page of all problems: those of the HTTP API, the kernel's refusals and the codes that no rule gives."""

from collections.abc import Iterable
from itertools import groupby

from xop.faces.cli.reference.markdown import code, page, table
from xop.faces.cli.reference.refusals import refusals
from xop.faces.http.problems import KINDS, TYPE_PREFIX
from xop.kernel.arbiter.ruling import ERROR, NOBODY_PERMITS, UNKNOWN_FACT

_INTRODUCTION = f"""Whatever the platform refuses, it says what happened and what to do next. Over HTTP a refusal is a problem
document (RFC 9457) whose `type` is `{TYPE_PREFIX}` and the code; `remedy` says what to do next, and `errors` lists every
single thing that is wrong where there are several. The command line prints the same and ends with exit code 1."""

_REFUSALS = """What the kernel and the engine say; `…` stands for what the case at hand puts there. Identifiers that are
refused are not linked: the fact `IdentifierDeclined` names the code."""

_VERDICTS = {
    NOBODY_PERMITS: "No rule permits it, and what nobody permits is denied.",
    ERROR: "The rules could not be applied; what cannot be judged is denied.",
    UNKNOWN_FACT: "A fact that the action needs could not be had, and unknown never permits.",
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
    verdicts = [(code(name), meaning) for name, meaning in sorted(_VERDICTS.items())]
    return page(
        "Problems",
        _INTRODUCTION,
        "## Problems of the HTTP API",
        table(("code", "status", "what happened", "what to do next"), kinds),
        "## Refusals",
        _REFUSALS,
        table(("code", "what happened", "what to do next"), refused),
        "## Codes of decisions that no rule gives",
        table(("code", "meaning"), verdicts),
    )


def _texts(texts: Iterable[str]) -> str:
    """Return different texts one after the other; those known only at run time say nothing here."""
    return "<br>".join(dict.fromkeys(text for text in texts if text.strip("… ")))
