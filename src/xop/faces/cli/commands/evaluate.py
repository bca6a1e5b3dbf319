"""`xop evaluate`: what another strategy would have been worth on the choices that a data folder holds."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from xop.assembly import MODELS, Platform, WorkspaceRefused, compiled, workspace_files
from xop.faces.cli.door import opened
from xop.faces.cli.failure import MISUSED, CommandFailed
from xop.faces.cli.options import FOLDER, answers
from xop.faces.cli.output import Output
from xop.kernel.release import Release
from xop.lab.evaluate.log import Strategy, read_log
from xop.lab.evaluate.pupil import ModelElsewhere, Pupil
from xop.lab.evaluate.report import Report, report
from xop.lab.evaluate.strategy import Way
from xop.runtimes.embedded.runtime import FILE

_RELEASE = "release:"


def _time(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} is no time with a zone: write one such as 2027-01-31T00:00:00Z")
    return int(moment.timestamp() * 1000)


def _policy(_context: click.Context, _option: click.Parameter, text: str) -> str:
    ways = [each for each in get_args(Way) if each != "release"]
    if text in ways or (text.startswith(_RELEASE) and Path(text.removeprefix(_RELEASE)).is_dir()):
        return text
    if text.startswith(_RELEASE):
        raise click.BadParameter(f"{text.removeprefix(_RELEASE)!r} is no workspace folder")
    raise click.BadParameter(f"{text!r} is no strategy: name {', '.join(ways)} or release:FOLDER")


@click.command("evaluate", short_help="See what another strategy would have been worth.")
@click.argument("decision_set")
@click.option("--data", type=FOLDER, required=True, metavar="DIR", help="The data folder, while no server runs on it.")
@click.option(
    "--policy",
    default="logged",
    show_default=True,
    callback=_policy,
    metavar="STRATEGY",
    help="logged, random, fixed (without the model), or release:FOLDER (what a workspace would have chosen).",
)
@click.option("--from", "start", callback=_time, metavar="TIME", help="Leave out choices made before.")
@click.option("--to", "end", callback=_time, metavar="TIME", help="Leave out choices made from here on.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The seed of the bootstrap.")
@answers
def evaluate_command(
    *, decision_set: str, data: Path, policy: str, start: int | None, end: int | None, seed: int, output: Output
) -> None:
    """Estimate what a strategy would have been worth for each choice of DECISION_SET that the data folder holds.

    Nothing is changed and nothing is sent. Estimates come with 95 % intervals, or with why there is not enough evidence.
    """
    if start is not None and end is not None and start >= end:
        raise click.UsageError("--from must be earlier than --to")
    if not (data / FILE).exists():
        remedy = "name the folder that `xop serve --data` was given"
        raise CommandFailed(f"{data} holds no history", remedy, code=MISUSED)
    found = asyncio.run(_evaluated(data, decision_set, policy, (start or 0, end, seed), output))
    output.answer(_document(found), lambda: _tell(found, output))


async def _evaluated(
    data: Path, decision_set: str, policy: str, span: tuple[int, int | None, int], output: Output
) -> Report:
    platform = await opened(data)
    try:
        strategy = _strategy(policy, decision_set)
        total = await platform.runtime.ledger.last()
        with output.progress() as progress:
            task = progress.add_task("Reading", total=total)
            log = await read_log(
                platform.runtime.ledger,
                decision_set,
                strategy,
                platform.release,
                lambda count: progress.advance(task, count),
            )
        if not log:
            raise _unknown(platform, decision_set)
        return report(decision_set, policy, log, span[:2], span[2])
    finally:
        await platform.stop()


def _unknown(platform: Platform, decision_set: str) -> CommandFailed:
    known = sorted(platform.engine.release.decision_sets)
    if decision_set in known:
        remedy = f"ask it first with `xop choose {decision_set}`, or by a `choose` step of a journey"
        return CommandFailed(f"the data folder holds no choice of {decision_set!r}", remedy, code=MISUSED)
    remedy = f"name one of: {', '.join(known)}" if known else "this workspace has no decision sets"
    return CommandFailed(f"there is no decision set {decision_set!r}", remedy, code=MISUSED)


def _strategy(policy: str, decision_set: str) -> Strategy:
    if not policy.startswith(_RELEASE):
        return Strategy(msgspec.convert(policy, Way))
    folder = Path(policy.removeprefix(_RELEASE))
    release = _compiled(folder)
    if decision_set not in release.decision_sets:
        known = ", ".join(sorted(release.decision_sets)) or "none"
        cause = f"the workspace {folder} has no decision set {decision_set!r}"
        raise CommandFailed(cause, f"it has: {known}", code=MISUSED)
    try:
        return Strategy("release", release, Pupil(release, decision_set, MODELS))
    except ModelElsewhere as error:
        remedy = "evaluate a model of the platform's own, or try this one on a share of customers"
        raise CommandFailed(str(error), remedy, code=MISUSED) from error


def _compiled(folder: Path) -> Release:
    try:
        return compiled(workspace_files(folder))
    except WorkspaceRefused as error:
        details = {"problems": msgspec.to_builtins(error.problems)}
        remedy = f"list them with `xop check {folder}` and correct them"
        raise CommandFailed(f"{folder}: {error}", remedy, code=MISUSED, details=details) from error


def _document(found: Report) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(found)
    told["evaluation"]["evidence"]["enough"] = found.evaluation.evidence.enough
    return told


def _tell(found: Report, output: Output) -> None:
    if found.waiting and not found.known:
        counted = "1 choice still waits for its result" if found.waiting == 1 else _still_waiting(found.waiting)
        output.line(f"{counted}, the first is due {found.first_due}: there is nothing to evaluate before.")
        return
    evaluation, evidence = found.evaluation, found.evaluation.evidence
    output.fields(
        {
            "decision set": found.decision_set,
            "strategy": found.policy,
            "choices": f"{found.choices:,} ({_left_out(found)})",
            "worth of": f"{evidence.effective:,.0f} equally weighted ones, about {evidence.customers:,} customers",
            "largest weight": f"{evidence.largest_weight:.3g}",
            "successes": f"{evidence.successes:,} among {evidence.matched:,} that the strategy might have chosen too",
        }
    )
    output.line()
    named = (
        ("logged", evaluation.logged),
        ("IPS", evaluation.ips),
        ("SNIPS", evaluation.snips),
        ("DR", evaluation.dr),
        ("DR less logged", evaluation.gain),
    )
    rows = [(name, f"{each.value:.5f}", _range(each.interval), _range(each.bootstrap)) for name, each in named]
    output.table(("reward of each choice", "value", "95 % interval", "bootstrap"), rows, "")
    output.line()
    output.line(_concluded(found))
    for lack in evidence.lacking:
        output.line(f"→ {lack}")
    _tell_arms(found, output)


def _still_waiting(count: int) -> str:
    return f"{count:,} choices still wait for results"


def _left_out(found: Report) -> str:
    counted = (
        (found.waiting, "still wait for their results"),
        (found.displaced, "made room for others"),
        (found.holdout, "in the holdout"),
        (found.unjudged, "of releases that cannot be compiled any more"),
    )
    told = [f"{count:,} {words}" for count, words in counted if count]
    return ", ".join((f"{found.evaluation.evidence.decisions:,} evaluated", *told))


def _concluded(found: Report) -> str:
    if not found.evaluation.evidence.enough:
        return "Not enough evidence: nothing is concluded."
    if found.policy == "logged":
        return "This is what was done, and what came of it."
    told = {
        "better": "The strategy would have been better than what was done.",
        "worse": "The strategy would have been worse than what was done.",
    }
    return told.get(found.evaluation.finding, "No clear difference from what was done.")


def _tell_arms(found: Report, output: Output) -> None:
    tests = {each.arm: each for each in found.tests}
    rows = []
    for each in found.arms:
        test = tests.get(each.arm)
        told = ("", "") if test is None or test.z is None else (f"{test.z:.2f}", f"{test.p:.4f}")
        against = "" if test is None else f"{test.difference:+.5f}"
        rows.append((each.arm, f"{each.customers:,}", f"{each.decisions:,}", f"{each.rate:.5f}", against, *told))
    output.line()
    columns = ("arm", "customers", "choices", "success rate", "business less this", "z", "p")
    output.table(columns, rows, "No result is known yet.")


def _range(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.5f} to {interval[1]:.5f}"
