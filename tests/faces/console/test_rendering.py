"""Templates are compiled once, and what was compiled is kept."""

import os
import subprocess
import sys

FILL = "Rendering().page('icons', {}, SimpleNamespace(text=str, texts=str))"

IMPORTS = "import jinja2; from types import SimpleNamespace; from xop.faces.console.rendering import Rendering; "

NEVER_AGAIN = "jinja2.Environment.compile = None; "


def filled(before: str, **env: str) -> int:
    """Fill a template in a process of its own, and return how it ended."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run([sys.executable, "-c", IMPORTS + before + FILL], env={**own, **env}, check=False).returncode


def test_what_one_process_compiled_the_next_one_takes():
    assert filled("") == 0
    assert filled(NEVER_AGAIN) == 0


def test_where_python_keeps_nothing_no_template_is_kept_either():
    assert filled(NEVER_AGAIN, PYTHONDONTWRITEBYTECODE="1") != 0
