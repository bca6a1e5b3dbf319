"""What can be wrong with the bytes of a log; every error is a value error that says what is wrong in a sentence."""


class LogError(ValueError):
    """Something of a log is not as it must be."""


class FormatError(LogError):
    """Bytes are not in the form their file or line must have."""


class ProofError(LogError):
    """Bytes are in good form, but do not prove what they are to prove."""


class TileError(LogError):
    """A file of the tree is missing or has the wrong length; `path` names it."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path} {problem}")
        self.path = path
