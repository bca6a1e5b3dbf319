"""`xop reference`: writes the reference pages of the documentation."""

from pathlib import Path

import click
import msgspec

from xop.faces.cli.failure import CommandFailed
from xop.faces.cli.options import NEW_FOLDER, answers
from xop.faces.cli.output import Output
from xop.faces.cli.reference.pages import pages, staleness, write


@click.command(hidden=True)
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit code 1 when a page is stale.")
@click.option("--out", type=NEW_FOLDER, default=Path("docs/reference"), show_default=True, metavar="DIR")
@answers
def reference(*, only_check: bool, out: Path, output: Output) -> None:
    """Write the pages of the documentation that follow from the code."""
    program = click.get_current_context().find_root().command
    expected = pages(program, getattr(program, "sections", {}))
    found = staleness(out, expected) if only_check else write(out, expected)
    if only_check and found:
        stale = ", ".join((*found.missing, *found.different, *found.needless))
        raise CommandFailed(f"stale in {out}: {stale}", "run scripts/reference and commit what it writes")
    document = {"pages": sorted(expected), **msgspec.to_builtins(found)}
    output.answer(document, lambda: output.line(f"{out}: {len(expected)} pages are up to date."))
