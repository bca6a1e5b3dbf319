"""The store's schema and how an older store is brought up to it."""

from collections.abc import Sequence
from functools import cache
from importlib import resources

import apsw

from xop.ports.errors import StorageError

APPLICATION_ID = 0x584F5031
"""Marks a SQLite file as an XOP store: the letters XOP1."""


@cache
def steps() -> tuple[str, ...]:
    """Return every migration in order; a store of version n has had the first n."""
    files = sorted(
        (file for file in resources.files("xop.runtimes.embedded.migrations").iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return tuple(file.read_text(encoding="utf-8") for file in files)


def migrate(connection: apsw.Connection, migrations: Sequence[str]) -> None:
    """Apply the migrations a store has not had yet, each in a transaction of its own.

    Raises `StorageError` when the file is another program's, or of a newer schema than this one.
    """
    version = int(connection.pragma("user_version"))
    owner = int(connection.pragma("application_id"))
    if owner != APPLICATION_ID and (owner or version or connection.execute("SELECT 1 FROM sqlite_schema").get):
        raise StorageError(f"{connection.filename}: this database is not an XOP store: choose another data folder")
    if version > len(migrations):
        raise StorageError(
            f"{connection.filename}: the store has schema {version}, this program knows {len(migrations)}: "
            "use the newer program that wrote it, or restore an older backup"
        )
    for number, migration in enumerate(migrations[version:], version + 1):
        with connection:
            connection.execute(migration)
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", number)
