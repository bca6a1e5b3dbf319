"""The harbour's workspace with scenarios, and what comes of them."""

from collections.abc import Mapping
from textwrap import dedent

from tests.kit.harbour import FOLDER, release
from xop.assembly import workspace_files
from xop.lab.scenarios.coverage import Coverage, coverage
from xop.lab.scenarios.result import Failure, Result
from xop.lab.scenarios.suite import Suite, run_suite, suite_of
from xop.workspace import Problem
from xop.workspace.scenarios.reading import read_scenarios, scenario_problems

ANA = """\
scenarios:
  - name: Ana
    at: 2026-09-28T12:00:00Z
    given:
      - customer: ana
        identifiers: {account: a, email: ana@harbour.test, phone: "+442071838750"}
        consents: [{purpose: marketing, channel: email}, {purpose: marketing, channel: sms}]
"""
"""Somebody who agreed to offers, at noon; what is added below it is indented by four."""

FIRST_LINE = ANA.count("\n") + 1
"""The line of the file on which what is added begins."""


def ana(rest: str) -> str:
    """Return a scenario about Ana; `rest` goes on where her introduction ends, at the level of `given`."""
    return ANA + "".join(f"    {line}\n" for line in dedent(rest).strip("\n").splitlines())


def files_with(text: str, more: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """Return the harbour's files with a file of scenarios, and others in their place."""
    others = {path: content.encode() for path, content in (more or {}).items()}
    return {**workspace_files(FOLDER), **others, "scenarios/harbour.yaml": text.encode()}


def suite(text: str, more: Mapping[str, str] | None = None) -> Suite:
    """Return the harbour's scenarios, all of which fit."""
    files = files_with(text, more)
    # The harbour's own rules need compiling only once.
    scenarios, wrong = read_scenarios(files, release()) if not more else ([], [])
    found = wrong or (suite_of(files) if more else Suite(files, release(), scenarios))
    assert isinstance(found, Suite), "\n".join(map(str, found))
    return found


def results(text: str, more: Mapping[str, str] | None = None) -> list[Result]:
    """Return what comes of some scenarios."""
    found = suite(text, more)
    return list(run_suite(found, range(len(found.scenarios))))


def failures(text: str, more: Mapping[str, str] | None = None) -> list[Failure]:
    """Return every expectation that was not met."""
    return [failure for result in results(text, more) for failure in result.failures]


def the_failure(text: str, more: Mapping[str, str] | None = None) -> Failure:
    """Return the one expectation that was not met."""
    [failure] = failures(text, more)
    return failure


def problems(text: str) -> list[Problem]:
    """Return what is wrong with some scenarios."""
    found = scenario_problems(files_with(text), release())
    assert found, "the scenarios fit"
    return found


def covered(text: str) -> Coverage:
    """Return what some scenarios touch."""
    found = suite(text)
    return coverage(
        found.files, found.release, [each.touched for each in run_suite(found, range(len(found.scenarios)))]
    )
