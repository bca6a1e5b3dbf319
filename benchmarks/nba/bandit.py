"""Reads the logs of a bandit: what each policy showed, how likely that was, and whether it was clicked."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from msgspec import Struct

_COLUMNS = {"timestamp", "item_id", "click", "propensity_score"}


class Row(Struct, frozen=True):
    """One item shown."""

    at: str
    """When, as text that sorts by time."""
    item: str
    probability: float
    click: bool


def campaigns(folder: Path, policies: tuple[str, ...]) -> dict[str, dict[str, list[Row]]]:
    """Return the logs of every campaign that has one of each policy, in order of time, by campaign and policy.

    A log is `POLICY/CAMPAIGN/CAMPAIGN.csv.gz` (or `.csv`) in the folder or in its `obd` folder. Ends the program with what
    is missing when there is none.
    """
    for place in (folder, folder / "obd"):
        names = sorted(each.name for each in (place / policies[0]).glob("*") if each.is_dir())
        found = {name: {policy: _file(place, policy, name) for policy in policies} for name in names}
        complete = {name: files for name, files in found.items() if all(files.values())}
        if complete:
            return {
                name: {policy: _read(file) for policy, file in files.items() if file is not None}
                for name, files in complete.items()
            }
    wanted = " and ".join(f"{policy}/CAMPAIGN/CAMPAIGN.csv.gz" for policy in policies)
    raise SystemExit(f"There is no {wanted} in {folder} or {folder / 'obd'}")


def _file(place: Path, policy: str, campaign: str) -> Path | None:
    names = (f"{campaign}.csv.gz", f"{campaign}.csv")
    return next((file for name in names if (file := place / policy / campaign / name).is_file()), None)


def _read(file: Path) -> list[Row]:
    return sorted(_rows(file), key=lambda row: row.at)


def _rows(file: Path) -> Iterator[Row]:
    with _opened(file) as lines:
        table = csv.DictReader(lines)
        missing = _COLUMNS - set(table.fieldnames or ())
        if missing:
            raise SystemExit(f"{file} has no column {', '.join(sorted(missing))}")
        for row in table:
            probability = float(row["propensity_score"])
            if 0 < probability <= 1:
                yield Row(row["timestamp"], row["item_id"], probability, float(row["click"]) > 0)


def _opened(file: Path) -> IO[str]:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8", newline="")
    return file.open(encoding="utf-8", newline="")
