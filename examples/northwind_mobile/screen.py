"""What the demonstration prints: at most 100 columns, colours on a terminal only."""

import os
import sys
import textwrap

WIDTH = 100

_COLOURS = {"permit": "32", "done": "32", "hold": "33", "deny": "31", "bold": "1", "dim": "2", "message": "36"}
_LABELS = {"permit": "PERMIT", "deny": "DENY", "hold": "HOLD"}
_NAME, _ACTION, _VERDICT = 16, 19, 6


class Screen:
    """Prints headings, decisions and tables."""

    def __init__(self) -> None:
        plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self._colours = {} if plain else _COLOURS

    def line(self, text: str = "", style: str = "") -> None:
        """Print text, wrapped, in a style."""
        for row in _wrapped(text, WIDTH, len(text) - len(text.lstrip())) if text else [""]:
            self._print(row, style)

    def heading(self, text: str, style: str = "bold") -> None:
        """Print a line that a new part begins with."""
        self._print("")
        self._print(f"{text} {'─' * max(3, WIDTH - len(text) - 1)}", style)

    def step(self, text: str) -> None:
        """Print what happens next in a situation."""
        self.line(f"  > {text}")

    def story(self, text: str, verdict: str) -> None:
        """Print the platform's own account of a decision."""
        for number, row in enumerate(text.splitlines()):
            for piece in _wrapped(f"    | {row}", WIDTH, 8):
                self._print(piece, verdict if number == 0 else "")

    def message(self, text: str) -> None:
        """Print what reached the outside world."""
        self.line(f"    = {text}", "message")

    def decision(self, clock: str, name: str, action: str, verdict: str, reason: str) -> None:
        """Print a decision in a row of its own, with its reason; a long reason goes on below."""
        left = f"  {clock}  {name[:_NAME]:<{_NAME}} {action[:_ACTION]:<{_ACTION}} "
        label = f"{_LABELS[verdict]:<{_VERDICT}} "
        first, *rest = textwrap.wrap(reason, WIDTH - len(left) - len(label)) or [""]
        self._print(f"{left}{self._styled(label, verdict)}{first}")
        for row in rest:
            self._print(" " * (len(left) + len(label)) + row)

    def table(self, rows: dict[str, str]) -> None:
        """Print names and values; a long value goes on below itself."""
        width = max(len(name) for name in rows)
        for name, value in rows.items():
            for number, piece in enumerate(textwrap.wrap(value, WIDTH - width - 4)):
                self._print(f"  {name if number == 0 else '':<{width}}  {piece}")

    def command(self, text: str) -> None:
        """Print something to type as it is: never wrapped."""
        self._print(f"  {text}", "bold")

    def _styled(self, text: str, style: str) -> str:
        code = self._colours.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if code else text

    def _print(self, row: str, style: str = "") -> None:
        encoding = sys.stdout.encoding or "utf-8"
        print(self._styled(row, style).encode(encoding, "replace").decode(encoding), flush=True)


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    lead = text[: len(text) - len(text.lstrip())]
    rows = textwrap.wrap(text.lstrip(), width - len(lead), subsequent_indent=" " * (indent - len(lead)))
    return [lead + row for row in rows] or [""]
