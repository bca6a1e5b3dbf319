"""`xop prove`: what holds of every request a workspace will ever judge, and what a change of it changes."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from xop.faces.cli.commands.workspace import tell_problems
from xop.faces.cli.door import opened
from xop.faces.cli.failure import MISUSED, REFUSED, CommandFailed
from xop.faces.cli.options import FOLDER, NEW_FOLDER, answers
from xop.faces.cli.output import Output
from xop.faces.cli.source import checked
from xop.kernel.policy.model import Request
from xop.kernel.release import Release
from xop.lab.prove import (
    ONLY_EARLIER,
    Comparison,
    Proof,
    Report,
    SolverMissing,
    Witness,
    breaks,
    compare,
    examine,
    markdown,
    own_rules,
    replay,
    survey,
)
from xop.workspace import Problem
from xop.workspace.folder import read_beside
from xop.workspace.invariants import BASELINE_FILE, FILE, Declared, baseline_invariants, read_invariants

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(short_help="Prove invariants, or find the request that breaks one.")
@click.argument("folder", type=FOLDER, default=".")
@click.option(
    "--against", metavar="WHERE", help="Tell what changes from another workspace folder, or from a kept release."
)
@click.option("--data", type=FOLDER, metavar="DIR", help="The data folder that keeps the release named by --against.")
@click.option(
    "--request", "request_file", type=_FILE, metavar="FILE", help="Judge the request in this file, and no other."
)
@click.option("--out", type=NEW_FOLDER, metavar="DIR", help="Write every request found as a file that --request reads.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the report as Markdown.")
@answers
def prove(*, folder: Path, output: Output, **options: Any) -> None:
    """Prove the invariants of the workspace in FOLDER (here by default), and look for rules without effect.

    Exit code 0 when every invariant is proved and every rule has an effect, 1 otherwise, 2 for wrong usage. What
    --against finds does not change the exit code. Needs the solver: `pip install 'xop[prove]'`.
    """
    if output.as_json and options["as_markdown"]:
        raise click.UsageError("--json and --markdown are two forms of the report: give one of them")
    release = _sound(checked(folder), output)
    declared = _declared(folder, release, output)
    if options["request_file"] is not None:
        _replay(release, declared, options["request_file"], output)
        return
    other = _other(options["against"], options["data"], output)
    try:
        report, comparison = _examined(release, declared, other, output)
    except SolverMissing as error:
        raise CommandFailed(str(error), "install it: pip install 'xop[prove]'", code=MISUSED) from error
    if options["out"] is not None:
        _write(options["out"], report, comparison, output)
    if options["as_markdown"]:
        click.echo(markdown(report, comparison), nl=False)
    else:
        document = {"ok": report.sound, **msgspec.to_builtins(report), "comparison": msgspec.to_builtins(comparison)}
        output.answer(document, lambda: _tell(report, comparison, output))
    if not report.sound:
        raise click.exceptions.Exit(REFUSED)


def _sound(found: Release | list[Problem], output: Output) -> Release:
    if isinstance(found, list):
        _refuse(found, output)
    return found


def _refuse(problems: list[Problem], output: Output) -> NoReturn:
    document = {"ok": False, "problems": msgspec.to_builtins(problems)}
    output.answer(document, lambda: tell_problems(problems, output))
    raise click.exceptions.Exit(REFUSED)


def _declared(folder: Path, release: Release, output: Output) -> list[Declared]:
    """Return the baseline's invariants and the workspace's own."""
    problems: list[Problem] = []
    declared = read_invariants(baseline_invariants(), release, problems, BASELINE_FILE, "xop.")
    content = read_beside(folder, FILE)
    if isinstance(content, Problem):
        problems.append(content)
    elif content is not None:
        declared += read_invariants(content, release, problems)
    if problems:
        _refuse(sorted(set(problems)), output)
    return declared


def _other(against: str | None, data: Path | None, output: Output) -> Release | None:
    if against is None:
        if data is not None:
            raise click.UsageError("--data keeps the release that --against names: give both")
        return None
    if data is not None:
        return asyncio.run(_kept(data, against))
    if not Path(against).is_dir():
        remedy = "name a workspace folder, or a kept release together with --data DIR"
        raise CommandFailed(f"{against} is no folder", remedy, code=MISUSED)
    return _sound(checked(Path(against)), output)


async def _kept(data: Path, digest: str) -> Release:
    platform = await opened(data)
    try:
        release = await platform.release(digest)
    finally:
        await platform.stop()
    if release is None:
        raise CommandFailed(f"{data} keeps no release {digest}", f"list them with `xop releases --data {data}`")
    return release


def _examined(
    release: Release, declared: list[Declared], other: Release | None, output: Output
) -> tuple[Report, Comparison | None]:
    terrain = survey(release)
    with output.progress() as progress:
        task = progress.add_task("Proving", total=len(declared) + len(own_rules(terrain)))
        report = examine(terrain, declared, lambda _: progress.advance(task))
        if other is None:
            return report, None
        task = progress.add_task("Comparing", total=len(list(terrain.slices())))
        return report, compare(survey(other), terrain, lambda _: progress.advance(task))


def _replay(release: Release, declared: Sequence[Declared], file: Path, output: Output) -> None:
    try:
        request = msgspec.json.decode(file.read_bytes(), type=Request)
    except (OSError, msgspec.DecodeError) as error:
        remedy = "give a file that `xop prove --out DIR` wrote"
        raise CommandFailed(f"{file} holds no request: {error}", remedy, code=MISUSED) from error
    terrain = survey(release)
    found = replay(terrain, request)
    verdict = found.verdict
    broken = [each.id for each in declared if breaks(terrain, each, Witness(request, verdict))]

    def tell() -> None:
        output.fields(
            {
                "verdict": verdict.outcome,
                "because of": verdict.determining,
                "overruled": [rule for rule, _ in verdict.overruled],
                "until": verdict.until,
                "approvers": verdict.approvers,
                "obligations": verdict.obligations,
                "error": verdict.error,
                "engines": "compiled rules and reference agree"
                if found.agreed
                else "compiled rules and reference differ",
                "breaks": broken,
            }
        )

    document = {"ok": not broken, "verdict": msgspec.to_builtins(verdict), "agreed": found.agreed, "breaks": broken}
    output.answer(document, tell)
    if broken:
        raise click.exceptions.Exit(REFUSED)


def _write(folder: Path, report: Report, comparison: Comparison | None, output: Output) -> None:
    """Write each request found under the name of what it shows."""
    requests = {proof.invariant: proof.witness.request for proof in report.proofs if proof.witness is not None}
    requests |= {each.rule: each.witness.request for each in report.effectless if each.witness is not None}
    for number, each in enumerate(comparison.differences if comparison is not None else (), 1):
        requests[f"difference-{number}"] = each.new.request
        requests[f"difference-{number}-before"] = each.old.request
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, request in requests.items():
            path = folder / f"{name}.json"
            path.write_bytes(msgspec.json.format(msgspec.json.encode(request), indent=2) + b"\n")
            output.note(f"wrote {path}")
    except OSError as error:
        cause = f"{folder} cannot be written: {(error.strerror or str(error)).lower()}"
        raise CommandFailed(cause, "name a folder this user may write to", code=MISUSED) from error


def _tell(report: Report, comparison: Comparison | None, output: Output) -> None:
    rows = [(each.invariant, *_meaning(each)) for each in report.proofs]
    output.table(("invariant", "result", "meaning"), rows, "There are no invariants.")
    for each in report.proofs:
        if each.witness is not None:
            _tell_witness(f"{each.invariant} is broken by", each.witness, output)
    if report.effectless:
        output.line()
        flawed = [(each.rule, each.place, each.flaw, each.why, each.by) for each in report.effectless]
        output.table(("rule without effect", "where", "", "why", "decided by"), flawed, "")
    if report.nobody:
        output.line()
        output.line(f"Nobody may do: {', '.join(report.nobody)}.")
    if report.observed:
        output.line()
        output.line(f"Only observed, and left out: {', '.join(report.observed)}.")
    if comparison is not None:
        _tell_comparison(comparison, output)


def _meaning(proof: Proof) -> tuple[str, str]:
    """Return a proof's result and what it means; one of nothing at all is called vacuous."""
    result = "proved, vacuous" if proof.vacuous else proof.result
    return result, f"{proof.message} ({proof.why})" if proof.why else proof.message


def _tell_witness(title: str, found: Witness, output: Output) -> None:
    request = found.request
    output.line()
    output.line(f"{title}:", "red")
    output.fields(
        {
            "request": f"{request.principal_type} {request.principal} asks for {request.action}",
            "verdict": found.verdict.outcome,
            "because of": found.verdict.determining,
            **dict(_particular(request.context)),
        }
    )
    if found.carried:
        output.line(f"{ONLY_EARLIER}.")


def _particular(record: Mapping[str, Any], path: str = "context") -> Iterator[tuple[str, str]]:
    """Yield what a person has to know of a context: arguments, facts, and whatever is not empty, false or nought."""
    for name, value in record.items():
        where = f"{path}.{name}"
        if isinstance(value, dict):
            yield from _particular(value, where)
        elif value or path.endswith((".arguments", ".facts")):
            yield where, msgspec.json.encode(value).decode()


def _tell_comparison(comparison: Comparison, output: Output) -> None:
    output.line()
    rows = [
        (
            str(number),
            each.before,
            each.after,
            each.aspect,
            each.reason_after,
            each.reason_before,
            each.actions,
            each.principals,
        )
        for number, each in enumerate(comparison.differences, 1)
    ]
    columns = ("", "before", "after", "differs in", "because of", "instead of", "actions", "principals")
    output.table(columns, rows, f"No request is treated differently than by {comparison.before}.")
    for number, each in enumerate(comparison.differences, 1):
        _tell_witness(f"{number}. {each.before} → {each.after}, for instance", each.new, output)
    for note in comparison.notes:
        output.note(note)
