"""Log lines that name nobody: no identifiers, nothing a customer said or is, no text that came from outside."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from hashlib import blake2b
from traceback import TracebackException
from typing import Any, get_args

from xop.kernel.base.actor import ActorKind
from xop.kernel.privacy.detect import mask

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_OWN = "xop"
_CUSTOMER = re.compile(r"\b(cus)_[0-9a-f]{12,}")
_COMMAND = re.compile(r"([a-z_]{1,32}):(?!//)(.+)", re.DOTALL)
"""Names of commands and timers: a word of ours, then what may come from outside."""

_ACTORS = frozenset(get_args(ActorKind))
_QUOTED = re.compile(r"[:'\"{\[(<\n]")
"""Where a library's message goes over from its own words to what it was given."""

_TELLING = ("xop.ports.", "xop.faces.sign_in.")
"""Modules whose errors speak of files, servers and variables, never of customers."""

_DIGEST_BYTES = 5
_LONGEST = 1_000


class LogLines(logging.Formatter):
    """Writes log lines in which customers are pseudonyms and what was found to be personal is masked.

    A pseudonym is a keyed digest: the same customer has the same one for as long as the key is, and nobody without the
    key can tell whose it is.
    """

    def __init__(self, key: bytes, pattern: str = FORMAT) -> None:
        super().__init__(pattern)
        self._key = key

    def format(self, record: logging.LogRecord) -> str:
        """Return one record as a line, with the places that a fault came through but not what it says."""
        told = copy(record)
        told.msg, told.args = self._message(record), ()
        told.exc_info = told.exc_text = told.stack_info = None
        line = super().format(told)
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        return line if error is None else "\n".join((line, *self._places(TracebackException.from_exception(error))))

    def pseudonym(self, text: str) -> str:
        """Return a short keyed digest of a text."""
        return f"~{blake2b(text.encode('utf-8', 'replace'), digest_size=_DIGEST_BYTES, key=self._key).hexdigest()}"

    def _message(self, record: logging.LogRecord) -> str:
        template = str(record.msg)
        if record.name.partition(".")[0] != _OWN:
            # What others put into their words is unknown, so that only the words are written.
            return mask(template.partition("\n")[0] if record.args else _QUOTED.split(template, 1)[0])[:_LONGEST]
        given = record.args if isinstance(record.args, tuple) else ()
        try:
            text = template % tuple(self._said(each) for each in given) if given else template
        except (TypeError, ValueError):
            text = template
        return mask(_CUSTOMER.sub(lambda found: f"{found[1]}{self.pseudonym(found[0])}", text))[:_LONGEST]

    def _said(self, given: Any) -> Any:
        if isinstance(given, BaseException):
            module = type(given).__module__ + "."
            return str(given) if isinstance(given, OSError) or module.startswith(_TELLING) else type(given).__name__
        found = _COMMAND.fullmatch(given) if isinstance(given, str) else None
        if found is None or found[1] in _ACTORS:
            return given
        return f"{found[1]}:{self.pseudonym(found[2])}"

    def _places(self, told: TracebackException, deepest: int = 8) -> list[str]:
        """Where an error and those behind it came through, with the type of each."""
        kind = told.exc_type.__name__
        lines = [f"{kind}, through:", *(line.rstrip("\n") for line in told.stack.format())]
        behind = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
        return lines if behind is None or not deepest else [*self._places(behind, deepest - 1), "which led to", *lines]


def write_log_lines(level: int = logging.WARNING) -> None:
    """Have everything that is logged in this process written to stderr in lines that name nobody."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogLines(os.urandom(32)))
    logging.basicConfig(level=level, handlers=[handler])


@contextmanager
def errors_only() -> Iterator[None]:
    """Log nothing of the platform but errors until the block ends."""
    logger = logging.getLogger("xop")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
