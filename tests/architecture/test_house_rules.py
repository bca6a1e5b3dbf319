"""The tree keeps the rules a reviewer would otherwise repeat."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

VAGUE = re.compile(r"(utils?|helpers?|common|misc|shared|managers?|base_\w+|\w+_(utils?|helpers?|managers?))")
UNFINISHED = re.compile(r"\b(TO(?:)DO|FIX(?:)ME|XX(?:)X)\b")
REGISTRY = re.compile(
    r"\b(pypi\b\.org|python(?:)hosted\.org|npmjs\b\.(?:org|com)|crates\b\.io|proxy\.golang\b\.org|rubygems\b\.org"
    r"|anaconda\b\.org|unpkg\b\.com|jsdelivr\b\.net|index-(?:)url\s*[= ]\s*\S*://)"
)
MACHINE_PATH = re.compile(r"(?<![\w.}~*])/(work|root|home|Users|tmp|private/tmp|var/folders)/[\w.<{$]")
IMPURE_CALLS = {"breakpoint", "eval", "exec", "hash", "id", "input", "open", "print", "vars", "globals", "__import__"}
RULE_COMPILER = "src/xop/kernel/policy/compiler.py"
"""The one place where text becomes code: rules, by way of generated names only."""
SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore)\b")
SILENCED_WITH_REASON = re.compile(
    r"#\s*(noqa:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\])\s*(#|-|:)*\s*\w+\s+\w+"
)


def vague_names(path: str) -> list[str]:
    names = [*Path(path).parent.parts, Path(path).stem]
    return [f"'{name}' says nothing: name the thing" for name in names if VAGUE.fullmatch(name)]


def unfinished_marks(text: str) -> list[str]:
    return [f"'{match[0]}' is unfinished work" for match in UNFINISHED.finditer(text)]


def registry_addresses(text: str) -> list[str]:
    return [f"'{match[0]}' ties the project to one registry" for match in REGISTRY.finditer(text)]


def machine_paths(text: str) -> list[str]:
    return [f"'{match[0]}...' is a path of one machine" for match in MACHINE_PATH.finditer(text)]


def unexplained_silence(source: str) -> list[str]:
    comments = (
        token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    )
    return [
        f"'{comment}' needs the rule's code and a reason after it"
        for comment in comments
        if SILENCED.search(comment) and not SILENCED_WITH_REASON.search(comment)
    ]


def impure_calls(source: str) -> list[str]:
    return [
        f"{node.func.id}() on line {node.lineno} asks the process or the world: pass the value in"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS
    ]


def missing_docstrings(source: str) -> list[str]:
    tree = ast.parse(source)
    module = [] if ast.get_docstring(tree) else ["the module has no docstring"]
    return module + [f"{name} has no docstring" for name, node in public(tree) if not ast.get_docstring(node)]


def public(
    parent: ast.Module | ast.ClassDef, prefix: str = ""
) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.iter_child_nodes(parent):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_") or is_overload(node):
            continue
        yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public(node, f"{prefix}{node.name}.")


def is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


@pytest.fixture(scope="module")
def paths() -> list[str]:
    """Every file that is, or is about to be, under version control, relative to the root."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so what belongs to the project is not known")
    listing = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return sorted(path for path in set(listing.stdout.split("\0")) if path and (ROOT / path).is_file())


@pytest.fixture(scope="module")
def texts(paths) -> dict[str, str]:
    """The content of each of those files that is text."""
    contents = {path: (ROOT / path).read_bytes() for path in paths}
    return {path: content.decode() for path, content in contents.items() if b"\0" not in content}


def complaints(check, texts: dict[str, str]) -> list[str]:
    return [f"{path}: {problem}" for path, text in texts.items() for problem in check(text)]


def python(texts: dict[str, str], folder: str = "") -> dict[str, str]:
    return {path: text for path, text in texts.items() if path.endswith(".py") and path.startswith(folder)}


def test_modules_are_named_after_what_they_hold(paths):
    modules = [path for path in paths if path.endswith(".py")]
    assert [f"{path}: {problem}" for path in modules for problem in vague_names(path)] == []


def test_nothing_is_left_unfinished(texts):
    assert complaints(unfinished_marks, texts) == []


def test_no_file_names_a_package_registry(texts):
    assert complaints(registry_addresses, texts) == []


def test_no_file_names_a_path_of_one_machine(texts):
    tree = {path: text for path, text in texts.items() if path != "tests/architecture/test_house_rules.py"}
    assert complaints(machine_paths, tree) == []


def test_lock_files_hold_no_address(texts):
    locks = {path: text for path, text in texts.items() if path.endswith(".lock")}
    assert locks
    assert [path for path, text in locks.items() if re.search(r"://|^--", text, re.MULTILINE)] == []


def test_a_silenced_rule_is_named_and_explained(texts):
    assert complaints(unexplained_silence, python(texts)) == []


def test_every_public_name_in_the_source_has_a_docstring(texts):
    assert complaints(missing_docstrings, python(texts, "src/")) == []


def test_the_kernel_calls_nothing_that_differs_between_processes(texts):
    kernel = python(texts, "src/xop/kernel/")
    compiler = kernel.pop(RULE_COMPILER)
    assert complaints(impure_calls, kernel) == []
    assert len(impure_calls(compiler)) == 1


@pytest.mark.parametrize(
    ("check", "allowed", "refused"),
    [
        (vague_names, "src/xop/kernel/base/money.py", "src/xop/kernel/base_money.py"),
        (vague_names, "src/xop/kernel/commons.py", "src/xop/utils/money.py"),
        (unfinished_marks, "a method todo with money", "# FIX" + "ME later"),
        (registry_addresses, "https://example.org/simple", "https://py" + "pi.org/simple"),
        (registry_addresses, "--no-emit-index-url", "--index-" + "url https://example.org"),
        (machine_paths, "https://example.org/home/me and ./tmp/x", "open('/home/me/x')"),
        (machine_paths, "{root}/work/x", "cd /work/x"),
        (unexplained_silence, "x = 1  # noqa: S101 - shown to be safe", "x = 1  # noqa: S101"),
        (unexplained_silence, "x = '# noqa'", "x = 1  # noqa"),
        (unexplained_silence, "x = 1  # type: ignore[misc]  # the stub is wrong", "x = 1  # type: ignore[misc]"),
        (impure_calls, "digest(1); self.open()", "x = hash('a')"),
        (missing_docstrings, "'''A.'''\ndef _f(): 1", "'''A.'''\ndef f(): 1"),
        (missing_docstrings, "'''A.'''\nclass A:\n '''B.'''\n def __eq__(s, o): 1", "x = 1"),
        (missing_docstrings, "'''A.'''\nclass _A:\n def f(s): 1", "'''A.'''\nclass A:\n '''B.'''\n def f(s): 1"),
    ],
)
def test_a_rule_tells_good_from_bad(check, allowed, refused):
    assert check(allowed) == []
    assert len(check(refused)) == 1
