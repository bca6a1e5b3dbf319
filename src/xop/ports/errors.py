"""Errors of the ports.

XopError
└── StorageError         the store cannot be read or written now
    ├── DuplicateCommand a command id is in the ledger already
    └── DamagedError     something kept of one customer cannot be read
"""


class XopError(Exception):
    """The root of every error that XOP raises on purpose."""


class StorageError(XopError):
    """The store cannot be read or written now; nothing of the attempt was kept."""


class DamagedError(StorageError):
    """Something kept of one customer cannot be read, or not be sealed; it is no fault of what is kept of others."""


class DuplicateCommand(StorageError):  # noqa: N818 - names what happened, as facts do
    """A command id is in the ledger already; nothing of the batch was kept."""

    def __init__(self, command: str) -> None:
        super().__init__(f"the command {command!r} is in the ledger already")
        self.command = command
