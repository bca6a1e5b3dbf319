"""`xop test`: runs a workspace's scenarios in virtual time."""

from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from difflib import get_close_matches
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import msgspec

from xop.faces.cli.commands.workspace import tell_problems
from xop.faces.cli.failure import MISUSED, REFUSED, CommandFailed
from xop.faces.cli.options import FOLDER, answers
from xop.faces.cli.output import Output
from xop.lab.scenarios.coverage import Coverage, Share, coverage
from xop.lab.scenarios.junit import junit
from xop.lab.scenarios.result import Failure, Result
from xop.lab.scenarios.suite import Suite, processes, read_suite, run_suite

_SHOWN = 12
"""Uncovered names that are printed for each kind of thing; `--json` has them all."""


@click.command(short_help="Run a workspace's scenarios in virtual time.")
@click.argument("folder", metavar="[WORKSPACE]", type=FOLDER, default=".")
@click.option("--scenario", "names", multiple=True, metavar="NAME", help="Only scenarios whose name holds this text.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="How many processes run them; by default as many as it is worth. The results are the same.",
)
@click.option("--junit", "report", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write the results as JUnit XML too.")  # fmt: skip
@click.option("--coverage-floor", "floor", type=click.FloatRange(0, 100), metavar="PERCENT",
              help="Fail when rules, triggers and journey steps together are covered less.")  # fmt: skip
@answers
def test(
    *,
    folder: Path,
    names: tuple[str, ...],
    jobs: int | None,
    report: Path | None,
    floor: float | None,
    output: Output,
) -> None:
    """Run the scenarios of WORKSPACE (here by default): what is given, what happens, what is expected then.

    The production engine runs in virtual time; every connection is made up, so that nothing leaves the process. Exit
    code 1 when an expectation is not met or the coverage is under its floor, 2 when the workspace has problems.
    """
    suite = read_suite(folder)
    if isinstance(suite, list):
        told = {"ok": False, "problems": msgspec.to_builtins(suite)}
        output.answer(told, lambda: tell_problems(suite, output))
        raise click.exceptions.Exit(MISUSED)
    chosen = _chosen(suite, names)
    begun = perf_counter()
    results = _run(suite, chosen, jobs or processes(len(chosen)), output)
    seconds = perf_counter() - begun
    covered = coverage(suite.files, suite.release, [each.touched for each in results])
    if report is not None:
        _write(report, junit(results))
    low = floor is not None and covered.percent < floor
    document = _document(results, covered, floor, ok=not low and all(each.passed for each in results))

    def tell() -> None:
        _tell(results, seconds, output)
        _tell_coverage(covered, output)
        if low:
            output.line(f"The coverage of {covered.percent} % is under its floor of {floor:g} %.", "red")

    output.answer(document, tell)
    if not document["ok"]:
        raise click.exceptions.Exit(REFUSED)


def _chosen(suite: Suite, names: Sequence[str]) -> list[int]:
    """Return the places of the scenarios meant; a text that no name holds is a mistake."""
    known = [each.scenario.name for each in suite.scenarios]
    if not known:
        remedy = "write some into scenarios/*.yaml; `xop schemas` has their schema"
        raise CommandFailed("the workspace has no scenarios", remedy, code=MISUSED)
    wanted = [name.casefold() for name in names]
    for name, text in zip(names, wanted, strict=True):
        if not any(text in each.casefold() for each in known):
            near = get_close_matches(name, known, n=1, cutoff=0.4)
            remedy = (
                f"did you mean {near[0]!r}?" if near else f"there are {len(known)}; leave the option out to see them"
            )
            raise CommandFailed(f"no scenario's name holds {name!r}", remedy, code=MISUSED)
    return [index for index, each in enumerate(known) if not wanted or any(text in each.casefold() for text in wanted)]


def _run(suite: Suite, chosen: Sequence[int], jobs: int, output: Output) -> list[Result]:
    results = []
    with output.progress() as progress:
        task = progress.add_task("Scenarios", total=len(chosen))
        try:
            for result in run_suite(suite, chosen, jobs):
                progress.advance(task)
                results.append(result)
        except BrokenProcessPool as error:
            raise CommandFailed("a process that ran scenarios was ended", "run them with --jobs 1") from error
    return results


def _write(report: Path, document: bytes) -> None:
    try:
        report.write_bytes(document)
    except OSError as error:
        cause = f"{report} cannot be written: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, "name a file this user may write", code=MISUSED) from error


def _document(results: Sequence[Result], covered: Coverage, floor: float | None, *, ok: bool) -> dict[str, Any]:
    shares = {name: getattr(covered, name) for name in Coverage.__struct_fields__}
    return {
        "ok": ok,
        "passed": sum(each.passed for each in results),
        "failed": sum(not each.passed for each in results),
        "scenarios": [{"passed": each.passed, **msgspec.to_builtins(each)} for each in results],
        "coverage": {
            "percent": covered.percent,
            "floor": floor,
            **{name: {"percent": each.percent, **msgspec.to_builtins(each)} for name, each in shares.items()},
        },
    }


def _tell(results: Sequence[Result], seconds: float, output: Output) -> None:
    file = ""
    for each in results:
        if each.file != file:
            file = each.file
            output.line(file, "bold")
        output.line(f"  {'✓' if each.passed else '✗'} {each.name}", "green" if each.passed else "red")
        for failure in each.failures:
            _tell_failure(failure, output)
    failed = sum(not each.passed for each in results)
    output.line()
    told = f"{len(results) - failed} passed" + (f", {failed} failed" if failed else "")
    output.line(f"{told} in {seconds:.2f} s", "red" if failed else "green")


def _tell_failure(failure: Failure, output: Output) -> None:
    output.line(f"      {failure.file}:{failure.line}")
    output.line(f"      expected  {failure.expected}")
    output.line(f"      happened  {failure.happened}")
    output.line(f"      → {failure.remedy}")
    for line in failure.explanation.splitlines():
        output.line(f"        {line}", "dim")


def _tell_coverage(covered: Coverage, output: Output) -> None:
    shares = {"rules": covered.rules, "triggers": covered.triggers, "journey steps": covered.steps}
    output.line()
    output.line(f"Coverage {covered.percent} %", "bold")
    for name, share in (*shares.items(), ("baseline rules", covered.baseline)):
        if share.total:
            output.line(f"  {name}  {share.covered} of {share.total}, {share.percent} %")
            if name != "baseline rules":
                _tell_missing(share, output)


def _tell_missing(share: Share, output: Output) -> None:
    for each in share.missing[:_SHOWN]:
        place = f"  {each.file}:{each.line}" if each.line else f"  {each.file}" if each.file else ""
        output.line(f"    not touched: {each.name}{place}", "dim")
    if len(share.missing) > _SHOWN:
        output.line(f"    and {len(share.missing) - _SHOWN} more; `--json` lists them all", "dim")
