"""The runs of a part, and the entries it remembers, after a fact."""

from msgspec.structs import replace

from xop.kernel.journeys import facts as f
from xop.kernel.journeys.run import NOT_REMEMBERED, Entered, Former, Run, Token, entered_key

Runs = dict[str, Run]

KEPT_ASIDE = 90 * 86_400_000
"""Milliseconds that a run set aside can be put back."""

_MOST_FORMER = 4
"""Publications that can be undone one after the other."""


def fold_entered(entered: dict[str, Entered], fact: f.RunEntered, at: int) -> dict[str, Entered]:
    """Return the remembered entries with one more, without those that matter no longer."""
    if fact.remembered_until == NOT_REMEMBERED:
        return entered
    kept = {name: each for name, each in entered.items() if not each.until or each.until > at}
    kept[entered_key(fact.journey, fact.key)] = Entered(at, fact.remembered_until, fact.run)
    return kept


def fold_runs(runs: Runs, fact: f.JourneyFact, at: int) -> Runs:
    """Return the runs after a fact about one of them."""
    if isinstance(fact, f.RunEntered):
        run = Run(
            id=fact.run,
            journey=fact.journey,
            version=fact.version,
            at=at,
            tokens=(),
            key=fact.key,
            vars=fact.vars,
            caller=fact.caller,
            caller_token=fact.caller_token,
            asked_by=fact.asked_by,
            conversation=fact.conversation,
        )
        return {**{name: each for name, each in runs.items() if not _forgotten(each, at)}, run.id: run}
    if isinstance(fact, f.EntryDeclined):
        return runs
    run_before = runs.get(fact.run)
    if run_before is None:
        return runs
    if isinstance(fact, f.RunEnded):
        return {name: each for name, each in runs.items() if name != fact.run}
    return {**runs, fact.run: _after(run_before, fact, at)}


def _forgotten(run: Run, at: int) -> bool:
    return bool(run.aside) and run.aside_at < at - KEPT_ASIDE


def _after(run: Run, fact: f.JourneyFact, at: int) -> Run:
    match fact:
        case f.StepReached():
            token = Token(fact.token, fact.step, at, fact.waits, fact.due, fact.on, fact.parent, fact.tries)
            return replace(run, tokens=_with(run.tokens, token), moves=run.moves + 1)
        case f.VariablesSet():
            return replace(run, vars={**run.vars, **fact.values})
        case f.PathEnded():
            left = tuple(each for each in run.tokens if each.id != fact.token)
            return replace(run, tokens=left, moves=run.moves + 1)
        case f.RunParked():
            return replace(run, tokens=tuple(_parked(each, fact) for each in run.tokens))
        case f.RunTransferred():
            return _transferred(run, fact, at)
    return run


def _with(tokens: tuple[Token, ...], token: Token) -> tuple[Token, ...]:
    if any(each.id == token.id for each in tokens):
        return tuple(token if each.id == token.id else each for each in tokens)
    return (*tokens, token)


def _parked(token: Token, fact: f.RunParked) -> Token:
    return replace(token, parked=fact.by) if token.id == fact.token else token


def _transferred(run: Run, fact: f.RunTransferred, at: int) -> Run:
    if fact.change == "restore":
        return replace(run, version=fact.version, tokens=fact.tokens, aside="", aside_at=0, was=run.was[:-1])
    former = Former(fact.release, run.version, run.moves, run.tokens, fact.begun)
    was = (*run.was, former)[-_MOST_FORMER:]
    aside = fact.release if fact.change == "leave" else ""
    aside_at = at if aside else 0
    return replace(run, version=fact.version, tokens=fact.tokens, aside=aside, aside_at=aside_at, was=was)
