"""What a release's digest is made over, file by file, so that a stranger can make it again."""

from collections.abc import Mapping

from xop.workspace.digest import FORMAT
from xop.workspace.journeys.retained import FOLDER
from xop.workspace.layout import bears_on_rules, is_ignored

BASELINE = ".baseline/"
"""Where a kept release has its baseline."""


def digest_parts(files: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    """Return the names and contents that the digest of a kept release is made over, in their order."""
    baseline = {path.removeprefix(BASELINE): path for path in files if path.startswith(BASELINE)}
    own = sorted(path for path in files if not is_ignored(path) and bears_on_rules(path))
    kept = sorted(path for path in files if path.startswith(FOLDER))
    return [
        ("format", str(FORMAT).encode()),
        *((f"baseline/{name}", files[baseline[name]]) for name in sorted(baseline)),
        *((f"workspace/{path}", files[path]) for path in own),
        *((f"kept/{path}", files[path]) for path in kept),
    ]
