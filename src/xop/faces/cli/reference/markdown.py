"""Markdown as the reference writes it."""

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Written by scripts/reference from the code; edit the code instead. -->"


def page(title: str, *blocks: Sequence[str] | str) -> str:
    """Return a page: a title, the notice that it is generated, and blocks with a blank line between them."""
    texts = [block if isinstance(block, str) else "\n".join(block) for block in blocks]
    return "\n\n".join([f"# {title}", NOTICE, *(text for text in texts if text)]) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table."""
    lines = [_row(columns), _row(["---"] * len(columns))]
    return lines + [_row(row) for row in rows]


def code(text: str) -> str:
    """Return text as code within a line; empty text stays empty."""
    return f"`{text}`" if text else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in cells)} |"
