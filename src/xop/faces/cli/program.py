"""The program `xop`: its commands by part of the vocabulary, and how it ends."""

from collections.abc import Sequence

import click

from xop import __version__
from xop.faces.cli.commands.agents import agents, connections
from xop.faces.cli.commands.approvals import approvals, approve, refuse, withdraw
from xop.faces.cli.commands.backtest import backtest_command
from xop.faces.cli.commands.catalog import catalog
from xop.faces.cli.commands.comparisons import compare, retell
from xop.faces.cli.commands.consents import consent, consents
from xop.faces.cli.commands.console import console
from xop.faces.cli.commands.customers import context, find, merge, timeline, unmerge
from xop.faces.cli.commands.decide import choices, choose
from xop.faces.cli.commands.doctor import doctor
from xop.faces.cli.commands.erase import erase, erasures
from xop.faces.cli.commands.evaluate import evaluate_command
from xop.faces.cli.commands.explanations import explain
from xop.faces.cli.commands.export import export
from xop.faces.cli.commands.halts import halt, halts, resume
from xop.faces.cli.commands.handovers import handovers, queues
from xop.faces.cli.commands.incidents import incidents
from xop.faces.cli.commands.insight import insight
from xop.faces.cli.commands.journeys import journeys
from xop.faces.cli.commands.legal_holds import legal_hold
from xop.faces.cli.commands.log import log
from xop.faces.cli.commands.operations import operations
from xop.faces.cli.commands.outbox import dead_letters, outbox, reconcile
from xop.faces.cli.commands.oversight import oversight
from xop.faces.cli.commands.proposals import propose
from xop.faces.cli.commands.prove import prove
from xop.faces.cli.commands.publish import publish
from xop.faces.cli.commands.records import decisions, facts
from xop.faces.cli.commands.reference import reference
from xop.faces.cli.commands.releases import releases
from xop.faces.cli.commands.replay import replay
from xop.faces.cli.commands.retention import retention
from xop.faces.cli.commands.runs import answer, enter, questions, runs
from xop.faces.cli.commands.send import send
from xop.faces.cli.commands.serve import serve
from xop.faces.cli.commands.shadow import shadow
from xop.faces.cli.commands.simulate import simulate
from xop.faces.cli.commands.systems import inform, systems
from xop.faces.cli.commands.tasks import complete, reverse, tasks
from xop.faces.cli.commands.test import test
from xop.faces.cli.commands.witness import witness
from xop.faces.cli.commands.workspace import check, init, schemas
from xop.faces.cli.failure import INTERRUPTED, MISUSED, CommandFailed
from xop.faces.cli.output import failure_told, json_told

SECTIONS: dict[str, tuple[click.Command, ...]] = {
    "The workspace": (init, check, publish, releases, shadow, schemas, journeys, operations, catalog),
    "The lab": (test, simulate, backtest_command, evaluate_command, prove),
    "The server": (serve, doctor),
    "The console": (console,),
    "What happens": (send, propose, withdraw, reverse, choose, choices),
    "People's word": (approvals, approve, refuse, tasks, complete, halt, resume, halts),
    "AI under oversight": (agents, systems, inform, incidents, oversight),
    "Customers": (find, context, timeline, consent, consents, merge, unmerge),
    "Erasure, access, retention": (erase, erasures, legal_hold, export, retention),
    "Customers in journeys": (runs, enter, questions, answer),
    "Conversations with people": (queues, handovers),
    "What happened and why": (insight, facts, decisions, explain, compare, retell, replay),
    "What strangers can verify": (log, witness),
    "On the way to the outside": (connections, outbox, dead_letters, reconcile),
}
"""The commands under their headings, in the order of help and reference."""


class Program(click.Group):
    """A group that lists its commands under headings."""

    sections = SECTIONS

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, heading by heading."""
        width = max(len(name) for name in self.list_commands(ctx))
        for heading, commands in SECTIONS.items():
            with formatter.section(heading):
                limit = formatter.width - width - 6
                formatter.write_dl([(f"{each.name:<{width}}", each.get_short_help_str(limit)) for each in commands])


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="xop")
def program() -> None:
    """One governed loop for everything that happens to a customer and everything done for them.

    Commands reach a running server (--url, --key), or open a data folder that no server runs on (--data DIR).
    Exit codes: 0 done, 1 problems found or refused, 2 wrong usage, 3 not reachable or in use.
    """


for _command in (*(each for commands in SECTIONS.values() for each in commands), reference):
    program.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    as_json = "--json" in arguments
    try:
        ended = program.main(list(arguments), prog_name="xop", standalone_mode=False)
    except CommandFailed as failed:
        failure_told(failed, as_json=as_json)
        return failed.code
    except click.ClickException as error:
        if as_json:
            remedy = (
                f"see `{error.ctx.command_path} --help`" if isinstance(error, click.UsageError) and error.ctx else ""
            )
            json_told(CommandFailed(error.format_message(), remedy, code=MISUSED).document())
        else:
            error.show()
        return MISUSED
    except click.Abort:
        return INTERRUPTED
    return ended if isinstance(ended, int) else 0
