"""Extraction: every text of the console, and every sentence that the kernel makes, into the catalogue of translators.

Texts stand in templates and modules, and the kernel's in the templates of its phrases.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from xop.faces.console.vocabulary import vocabulary
from xop.faces.languages import CATALOGUES, placeholders

FOLDER = Path(__file__).parent

KERNEL = FOLDER.parent.parent / "kernel"

TEMPLATE = CATALOGUES / "console.pot"
"""The catalogue without a translation."""

_HEADER = """\
# The texts of the console. Translations are `<language>.po` files of the same form:
# docs/guides/console-languages.md says how to make one. Written by scripts/catalogue."""

_TITLED = frozenset({"Page", "Shown"})
"""What has a title that the layout looks up."""

_SAID = frozenset({"ProblemError", "ProviderRefused", "PasskeyRefused", "ArgumentFault"})
"""What is raised with the reason in words, which pages look up."""

_CODED = frozenset({"ProblemError", "ArgumentFault"})
"""Those of them that begin with what is no text: the code, or the name of a field."""

Found = tuple[int, str, Any, list[str]]


def python_texts(file: IO[bytes], *_: Any, **__: Any) -> Iterator[Found]:
    """Yield the texts of a module, as Babel takes them: of `text(…)`, `texts(…)`, `marked(…)`, notices, refusals and titles.

    Raises ValueError for a text that is put together where it is looked up: no catalogue can have it.
    """
    for node in ast.walk(ast.parse(file.read())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "texts" and len(node.args) > 1:
            one, many = (next(_of_call(each), "") for each in node.args[:2])
            yield node.lineno, "ngettext", (one, many), []
        elif name == "text" and node.args:
            yield from ((node.lineno, "gettext", each, []) for each in _of_call(node.args[0]))
        elif name == "marked":
            yield from ((node.lineno, "gettext", each, []) for each in _of_value(node.args[0]))
        elif name in _SAID:
            said = node.args[1:] if name in _CODED else node.args
            yield from ((node.lineno, "gettext", each, []) for given in said for each in _of_given(given))
        elif name == "Moved" and len(node.args) > 1:
            yield from ((node.lineno, "gettext", each, []) for each in _of_value(node.args[1]))
        elif name in _TITLED:
            titles = (each.value for each in node.keywords if each.arg == "title")
            yield from ((node.lineno, "gettext", each, []) for title in titles for each in _of_given(title))


def phrases(file: IO[bytes], *_: Any, **__: Any) -> Iterator[Found]:
    """Yield the texts of a module of the kernel, as Babel takes them: of `phrase(…)`, `joined(…)` and `marked(…)`."""
    for node in ast.walk(ast.parse(file.read())):
        if not isinstance(node, ast.Call):
            continue
        name, texts = getattr(node.func, "id", ""), list[str]()
        if name == "marked":
            texts += _of_value(node.args[0])
        elif name == "phrase":
            texts += _of_call(node.args[0])
        elif name == "joined":
            for each in (*node.args[1:], *(given.value for given in node.keywords)):
                texts += _of_given(each)
        yield from ((node.lineno, "gettext", each, []) for each in texts)


def _of_given(node: ast.expr) -> Iterator[str]:
    """Yield a text that is given to something; what holds values is no text of the catalogue."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _of_call(node: ast.expr) -> Iterator[str]:
    """Yield the texts that a call may look up; what is a name or a part of a table is marked where it is written."""
    if isinstance(node, ast.IfExp):
        yield from _of_call(node.body)
        yield from _of_call(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for each in node.values:
            yield from _of_call(each)
    elif isinstance(node, ast.JoinedStr | ast.BinOp):
        cause = f"{ast.unparse(node)}: write a text as a whole, with {{places}} for values"
        raise ValueError(cause)  # noqa: TRY004 - the text is wrong, and no type
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value


def _of_value(node: ast.expr) -> Iterator[str]:
    """Yield every text of a value; the keys of a mapping are names."""
    if isinstance(node, ast.Dict):
        for each in node.values:
            yield from _of_value(each)
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for each in node.elts:
            yield from _of_value(each)
    else:
        yield from _of_call(node)


def catalogue(folder: Path = FOLDER) -> Catalog:
    """Return every text of the console, with the file it stands in."""
    found = Catalog(project="XOP", charset="utf-8", header_comment=_HEADER, fuzzy=False)
    methods: list[tuple[str, Any]] = [("**.html", "jinja2"), ("**.py", python_texts)]
    # Without these the extractor of Jinja reads blocks otherwise than the console does.
    options = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
    of_kernel: list[tuple[str, Any]] = [("**.py", phrases)]
    both = (*extract_from_dir(folder, methods, options), *extract_from_dir(KERNEL, of_kernel))
    for path, _, message, _, _ in sorted(both, key=lambda each: each[0]):
        if any(message if isinstance(message, tuple) else [message]):
            _add(found, message, path)
    for message in vocabulary():
        _add(found, message, "vocabulary.py")
    return found


def _add(found: Catalog, message: str | tuple[str, ...], path: str) -> None:
    texts = message if isinstance(message, tuple) else (message,)
    flags = ["python-brace-format"] if any(each.startswith("{") for each in placeholders(texts[0])) else []
    found.add(message, locations=[(path, 1)], flags=flags)


def written(texts: Catalog) -> bytes:
    """Return a catalogue as it stands in a file: in the order of the texts, with nothing that changes by itself."""
    file = BytesIO()
    write_po(file, texts, sort_output=True, include_lineno=False, omit_header=True, width=0)
    head = (
        f"{_HEADER}\n"
        'msgid ""\nmsgstr ""\n'
        '"Project-Id-Version: XOP\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    return head.encode() + file.getvalue()


def main(arguments: list[str] | None = None) -> int:
    """Write the catalogue, or with `--check` only say whether it is up to date."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    texts = written(catalogue())
    if not parser.parse_args(arguments).check:
        CATALOGUES.mkdir(exist_ok=True)
        TEMPLATE.write_bytes(texts)
    elif not TEMPLATE.is_file() or TEMPLATE.read_bytes() != texts:
        sys.stderr.write(f"{TEMPLATE} is not up to date: run scripts/catalogue\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
