"""Checks and compiles `[log]`: how the log of decisions is published, and who witnesses it."""

import re
from collections.abc import Iterator

from xop.kernel.log.errors import FormatError
from xop.kernel.log.verifier import COSIGNATURE, parse_vkey
from xop.kernel.release import LogRules
from xop.ports.secret import names_secret
from xop.workspace.problem import Problem, quote
from xop.workspace.settings import LogSettings
from xop.workspace.sign_in import unsafe_address
from xop.workspace.sources import Sources

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


def log_rules(settings: LogSettings) -> LogRules:
    """Return what the engine goes by."""
    witnesses = {name: (each.key, each.url) for name, each in settings.witnesses.items()}
    return LogRules(settings.interval, settings.public, settings.quorum or len(witnesses), witnesses)


def check_log(sources: Sources) -> Iterator[Problem]:
    """Yield what is wrong with `[log]`."""
    if sources.settings is None:
        return
    settings, place = sources.settings.value.log, sources.settings.place.at("log")
    if settings.quorum > len(settings.witnesses):
        yield place.at("quorum").problem(
            f"{settings.quorum} witnesses must cosign, and the file names {len(settings.witnesses)}",
            "lower `quorum`, or add witnesses under `[log.witnesses]`",
        )
    keys: dict[str, str] = {}
    for name, each in settings.witnesses.items():
        here = place.at("witnesses", name)
        if not _NAME.fullmatch(name) or name in {"none", "quorum"}:
            remedy = "use letters, digits, `.`, `_` and `-`, and neither `none` nor `quorum`"
            yield here.problem(f"a witness cannot be called {quote(name)} in a trust policy", remedy)
        unfit = unfit_key(each.key)
        if unfit is not None:
            remedy = "write the line that `xop witness init` prints, `NAME+ID+KEY`"
            yield here.at("key").problem(f"the key {quote(each.key)} {unfit}", remedy)
        elif each.key in keys:
            remedy = "name every witness once: one that is counted twice makes the quorum worth less"
            yield here.at("key").problem(f"{name} has the key of {keys[each.key]}", remedy)
        keys.setdefault(each.key, name)
        unsafe = None if names_secret(each.url) else unsafe_address(each.url)
        if unsafe is not None:
            yield here.at("url").problem(f"the address {quote(each.url)} {unsafe}", "write it as `https://host`")


def unfit_key(key: str) -> str | None:
    """Return why a text is no verifier key of a witness, or None."""
    try:
        verifier = parse_vkey(key)
    except FormatError as error:
        return f"cannot be read: {error}"
    return None if verifier.kind == COSIGNATURE else "is that of a log, not of a witness"
