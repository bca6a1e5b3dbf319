"""The extract: choices as the table that analysers of next-best-action results read.

The columns are those of Pega's explainability extract: one row for each candidate that reached arbitration, and none
twice in one choice. Priority is the product of FinalPropensity, Value, ContextWeight and Weight, so what trying a
candidate costs is taken off its value: at a propensity p a cost c is worth c / p less.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from xop.faces.cli.failure import MISUSED, CommandFailed

_TEXTS = ("pySubjectID", "pxInteractionID", "pyIssue", "pyGroup", "pyName", "pyChannel", "pyDirection")
_NUMBERS = (
    "Value",
    "ContextWeight",
    "Weight",
    "pyModelPropensity",
    "pyPropensity",
    "FinalPropensity",
    "Priority",
)

COLUMNS = (*_TEXTS, *_NUMBERS, "pxRank", "ModelControlGroup", "pxDecisionTime")
"""The columns in their order."""

_DIRECTIONS = {"inbound": "Inbound", "outbound": "Outbound"}


class Sheet(Protocol):
    """Takes rows one page after the other."""

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Add rows."""
        ...


def extract_rows(choices: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows of choices as the API tells them, the highest priority first within each."""
    for choice in choices:
        told = {
            "pySubjectID": choice["customer"],
            "pxInteractionID": choice["choice"],
            "ModelControlGroup": "Test" if choice["arm"] == "business" else "Control",
            "pxDecisionTime": _gmt(choice["at"]),
        }
        for each in sorted(choice["candidates"], key=lambda each: each.get("rank", 0)):
            yield {**told, **_candidate(each)}


def _candidate(each: dict[str, Any]) -> dict[str, Any]:
    propensity, value, cost = (float(each.get(name, 0.0)) for name in ("propensity", "value", "cost"))
    return {
        "pyIssue": each.get("issue", ""),
        "pyGroup": each.get("group", ""),
        "pyName": each["name"],
        "pyChannel": each.get("channel", "") or "none",
        "pyDirection": _DIRECTIONS.get(each.get("direction", ""), "Outbound"),
        "Value": value - cost / propensity if propensity else value,
        "ContextWeight": float(each.get("context", 1.0)),
        "Weight": float(each.get("lever", 1.0)),
        "pyModelPropensity": float(each.get("model_propensity", 0.0)),
        "pyPropensity": propensity,
        "FinalPropensity": propensity,
        "Priority": float(each.get("priority", 0.0)),
        "pxRank": int(each.get("rank", 0)),
    }


def _gmt(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d} GMT"


def sheet(path: Path, form: str) -> AbstractContextManager[Sheet]:
    """Return a sheet that writes a new file; raises `CommandFailed` when the form needs what is not installed."""
    if form == "csv":
        return _CsvSheet(path)
    if find_spec("pyarrow") is None:
        remedy = "install it with `pip install 'xop[parquet]'`, or use --format csv"
        raise CommandFailed("Parquet needs the package pyarrow, which is not installed", remedy, code=MISUSED)
    return _ParquetSheet(path)


class _CsvSheet:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._file = self._path.open("w", encoding="utf-8", newline="")
        self._writer = csv.DictWriter(self._file, COLUMNS)
        self._writer.writeheader()
        return self

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        self._writer.writerows(rows)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


class _ParquetSheet:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
        kinds = dict.fromkeys(COLUMNS, arrow.string()) | dict.fromkeys(_NUMBERS, arrow.float64())
        self._schema = arrow.schema(list((kinds | {"pxRank": arrow.int32()}).items()))
        self._table = arrow.Table
        self._writer = parquet.ParquetWriter(self._path, self._schema)
        return self

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self._writer.write_table(self._table.from_pylist(list(rows), schema=self._schema))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._writer.close()
