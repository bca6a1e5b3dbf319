"""Results as JUnit XML, which continuous integration reads."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from xop.lab.scenarios.result import Failure, Result

_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML has no place for."""


def junit(results: Sequence[Result]) -> bytes:
    """Return results as a document with a test suite for each file and a test case for each scenario."""
    top = Element("testsuites", _counts(results))
    for file, grouped in groupby(results, key=lambda each: each.file):
        cases = list(grouped)
        suite = SubElement(top, "testsuite", {"name": _clean(file), **_counts(cases)})
        for each in cases:
            place = {"file": _clean(each.file), "line": str(each.line)}
            case = SubElement(suite, "testcase", {"classname": _clean(file), "name": _clean(each.name), **place})
            for failure in each.failures:
                told = SubElement(case, "failure", {"type": "expectation", "message": _clean(_message(failure))})
                told.text = _clean(_text(failure))
    indent(top)
    document: bytes = tostring(top, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _counts(results: Iterable[Result]) -> dict[str, str]:
    listed = list(results)
    failed = sum(not each.passed for each in listed)
    return {"tests": str(len(listed)), "failures": str(failed), "errors": "0", "skipped": "0"}


def _message(failure: Failure) -> str:
    return f"{failure.file}:{failure.line}: expected {failure.expected}; {failure.happened}"


def _text(failure: Failure) -> str:
    lines = (
        f"{failure.file}:{failure.line}",
        f"expected  {failure.expected}",
        f"happened  {failure.happened}",
        f"→ {failure.remedy}",
        failure.explanation,
    )
    return "\n".join(line for line in lines if line)


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("�", text)
