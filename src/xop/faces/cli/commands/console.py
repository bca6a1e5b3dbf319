"""`xop console`: who may sign in to the console in a browser."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xop.faces.cli.failure import CommandFailed
from xop.faces.cli.options import DEFAULT_URL, FOLDER, answers
from xop.faces.cli.output import Output
from xop.kernel.base.times import iso

if TYPE_CHECKING:
    from xop.faces.console.sign_in.doorkeeper import Doorkeeper

_DATA = click.option("--data", type=FOLDER, required=True, metavar="DIR", help="The data folder of the server.")


@click.group(short_help="Say who may sign in to the console.")
def console() -> None:
    """Say who may sign in to the console in a browser; the server may be running.

    What somebody may see and do there is said by their roles and scopes in agents.yaml.
    """


@console.command(short_help="Invite an operator to choose a password.")
@click.argument("operator")
@_DATA
@click.option("--url", envvar="XOP_URL", show_envvar=True, default=DEFAULT_URL, show_default=True, metavar="URL",
              help="Where people reach the server; `xop serve` says it.")  # fmt: skip
@answers
def invite(*, operator: str, data: Path, url: str, output: Output) -> None:
    """Print a link by which OPERATOR of agents.yaml chooses a password, once; a link printed before is no longer good.

    Their earlier password and passkeys count until then.
    """
    with _opened(data) as keeper:
        token, until = keeper.accounts.invite(operator), keeper.clock.now() + keeper.lasting
    answer = {"operator": operator, "link": f"{url.rstrip('/')}/console/invitations/{token}", "until": iso(until)}
    output.answer(answer, lambda: output.fields(answer))


@console.command(short_help="End all sessions of an operator.")
@click.argument("operator")
@_DATA
@answers
def dismiss(*, operator: str, data: Path, output: Output) -> None:
    """End every session of OPERATOR and take their password and passkeys away, until they are invited again."""
    with _opened(data) as keeper:
        ended = keeper.dismiss(operator)
    answer = {"operator": operator, "sessions": ended}
    output.answer(answer, lambda: output.line(f"{operator} is signed out everywhere ({ended} sessions)."))


@contextmanager
def _opened(data: Path) -> Iterator["Doorkeeper"]:
    # The console's parts take a third of a second, which no other command should pay for.
    from xop.faces.console.sign_in.doorkeeper import Doorkeeper  # noqa: PLC0415 - as said above
    from xop.runtimes.system import SystemClock  # noqa: PLC0415 - as said above

    try:
        keeper = Doorkeeper.opened(data, SystemClock())
    except OSError as error:
        raise CommandFailed(f"{data} cannot be used: {error}", "let this user write to the folder") from error
    with closing(keeper):
        yield keeper
