"""The JSON Schemas of workspace files as files of their own."""

import json
from typing import Any

from xop.workspace.schemas import schemas


def schema_files() -> dict[str, dict[str, Any]]:
    """Return each schema by the name of its file; a folder of files of one kind shares the schema of the single file."""
    files: dict[str, dict[str, Any]] = {}
    for pattern, schema in schemas().items():
        kind = pattern.partition("/")[0].partition(".")[0]
        files.setdefault(f"{kind}.schema.json", schema)
    return files


def json_text(document: Any) -> str:
    """Return a JSON document as it lies in a file: indented, sorted, one line feed at the end."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
