"""`xop export`: all that is known of a customer, for them to keep and to take elsewhere."""

from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import click

from xop.faces.cli.door import place
from xop.faces.cli.failure import CommandFailed
from xop.faces.cli.options import Reach, answers, reaches
from xop.faces.cli.output import Output

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="Hand out all that is known of a customer.")
@click.argument("customer", metavar="REF")
@click.option("--out", type=_FILE, required=True, metavar="FILE.zip", help="Where to write it; made anew.")
@reaches()
@answers
def export(*, customer: str, out: Path, reach: Reach, output: Output) -> None:
    """Write all that is known of the customer REF into a ZIP file: open formats, with a README that explains each file.

    It is for the customer (GDPR Articles 15 and 20). It leaves out other people's data and the rules; that it was handed
    out is recorded.
    """
    try:
        out.touch(0o600, exist_ok=False)
    except FileExistsError as error:
        raise CommandFailed(f"{out} is there already", "name another file") from error
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error.strerror}", "name another place") from error
    try:
        with out.open("wb") as file, reach.door(changes=True) as door:
            door.save(place("customers", customer, "export"), file)
        files = _checked(out)
    except BaseException:
        out.unlink(missing_ok=True)
        raise

    def tell() -> None:
        output.table(("file", "bytes"), [(each["name"], each["bytes"]) for each in files], "")
        output.note(f"Written to {out}; it holds personal data.")

    output.answer({"file": str(out), "files": files}, tell)


def _checked(out: Path) -> list[dict[str, Any]]:
    """Return the files of an archive that came whole."""
    try:
        with ZipFile(out) as archive:
            whole = archive.testzip() is None
            files = [{"name": each.filename, "bytes": each.file_size} for each in archive.infolist()]
    except BadZipFile:
        whole = False
    if not whole:
        raise CommandFailed("the export came to an early end", "look at the server's log and try again")
    return files
