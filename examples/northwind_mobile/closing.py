"""What the demonstration ends with: the day in figures, and what to try next."""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from examples.northwind_mobile.situations import Stage

ON_PATH = "export PATH=$PWD/.venv/bin:$PATH"


def show_figures(stage: Stage, delivered: int, seconds: float) -> None:
    """Print what the day came to; `delivered` is how many messages and requests reached the outside world."""
    witness, client = stage.witness, stage.client
    verdicts = witness.verdicts()
    proposals = {verdict: count for (kind, verdict), count in verdicts.items() if kind == "proposal"}
    first, total = sum(proposals.values()), sum(verdicts.values())
    stage.screen.heading("The day in figures")
    stage.screen.table(
        {
            "customers": f"{len(stage.ids)}",
            "signals": f"{client.sent:,} sent, {len(witness.facts):,} facts became true",
            "decisions": f"{total:,}: {first:,} on proposals, {total - first:,} at a later moment",
            "verdicts on proposals": ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(proposals.items())),
            "why not": ", ".join(f"{rule} {count}" for rule, count in witness.rules().most_common(6)),
            "outcomes": ", ".join(f"{count:,} {outcome}" for outcome, count in witness.outcomes().most_common()),
            "reached the outside": f"{delivered:,} messages and requests",
            "a signal, durable": _times(client.seconds["signals"]),
            "a verdict, durable": _times(client.seconds["proposals"]),
            "the whole day": f"{seconds:.0f} seconds",
        }
    )


PEOPLE = {
    "sam": "a supervisor: approvals, handovers, halts",
    "robin": "answers calls and chats: the desk",
    "lena": "leads operations: demand, live",
    "dana": "data protection officer: why, proofs, erasure",
    "jo": "designs journeys and rules",
    "kai": "publishes",
}
"""Who looks at the console, and for what."""


def show_console(stage: Stage, store: Path) -> None:
    """Print links by which the people of the example sign in to the console."""
    stage.screen.heading("See it in a browser")
    stage.screen.line("Each link is for one person, who chooses a password there; it is good for three days:")
    for name, job in PEOPLE.items():
        command = [str(Path(sys.executable).with_name("xop")), "console", "invite", name]
        where = ["--data", str(store), "--url", stage.client.url, "--json"]
        answer = subprocess.run([*command, *where], capture_output=True, check=True, text=True)
        stage.screen.line(f"{name}, {job}:")
        stage.screen.command(json.loads(answer.stdout)["link"])


def show_live_commands(stage: Stage, workspace: Path, store: Path) -> None:
    """Print commands for the server that goes on running."""
    keys = stage.client.keys
    stage.screen.heading("Try it yourself")
    stage.screen.line("In another terminal, in the project's folder:")
    for command in (
        ON_PATH,
        f"export XOP_URL={stage.client.url} XOP_KEY={keys['sam']}",
        *_questions(stage),
        "xop facts --follow",
        'curl -s -H "Authorization: Bearer $XOP_KEY" "$XOP_URL/v1/decisions?limit=3"',
    ):
        stage.screen.command(command)
    stage.screen.line("Change a rule in the workspace and let it rule at once, as the engineer who may publish:")
    stage.screen.command(f"xop publish {_short(workspace)} --key {keys['kai']}")
    stage.screen.line("The server goes on running; Ctrl-C stops it. Then decide everything again and compare:")
    stage.screen.command(f"xop replay --all --data {store}")


def show_offline_commands(stage: Stage, store: Path) -> None:
    """Print commands for the data folder once its server has ended."""
    stage.screen.heading("Try it yourself")
    stage.screen.line("In the project's folder:")
    stage.screen.command(ON_PATH)
    for command in (*_questions(stage), "xop replay --all"):
        stage.screen.command(f"{command} --data {store}")


def _questions(stage: Stage) -> list[str]:
    return [
        f"xop context account:{stage.cast[1].account}",
        *(f"xop explain {decision}" for decision in list(stage.shown.values())[1:4]),
        f"xop consent email:{stage.cast[3].email}",
        "xop outbox",
    ]


def _short(path: Path) -> str:
    """Return a path as seen from the project's folder, where it is inside."""
    project = Path(__file__).resolve().parents[2]
    return str(path.relative_to(project) if path.is_relative_to(project) else path)


def _times(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    middle, slow = statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.99)] * 1000
    return f"{middle:.1f} ms (median), {slow:.1f} ms (99 of 100), over HTTP, one after the other"
