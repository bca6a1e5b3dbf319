"""Plays recorded episodes of an AI agent in customer service through the platform and counts what its rules stop.

    .venv/bin/python benchmarks/arbiter_tau2.py --data DIR --domain airline|retail|telecom [--episodes FILE] [--limit N]

DIR is the folder of the tau2 records; FILE is one of its files of episodes, by default the development episodes of the
domain. An MCP server started here answers the domain's tools from the recorded results and, when the platform gathers
facts, from the exact state before the write; a real server (`xop serve`) with the rules of `examples/tau2_<domain>` stands
in between, and an MCP client makes the agent's calls in their order. What customer and agent said goes in as signals
before the call that it precedes. What is held for a supervisor's approval is approved over HTTP.

A write counts as stopped only if it never reached the MCP server. An episode is right if its records were left as the task
wants them (telecom: if it was rewarded). It is blocked if a write was stopped that had been accepted when it was recorded;
one that was held, approved and carried out once is not stopped. `per_rule` counts episodes by the rules that stopped them.
`held` tells what waited: writes for approval or for verification (a step-up), how many of them people released, and reads
for verification; `carried_out_once` counts the writes that waited, `reads_carried_out_once` the reads (those
answered with an error were released, and not carried out).
When the agent transfers a customer, the conversation is handed to people, who take it and give it back. `handovers` tells how
many packets were complete by the sufficiency check, the largest projection to 4 KB and to 32 KB in bytes and how many exceeded
theirs, how many conversations went back to the same agent, and how many could be given back again, which is none.
`added_ms` is the time of a call through the platform without the median of a direct call: policy, facts and durable
decision. After the run every decision is taken again and compared byte by byte. The last line is the result as JSON.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it can be run by its path

from benchmarks.load.figures import tell
from benchmarks.service import replayed
from benchmarks.star.progress import progress
from benchmarks.tau2.airline import AIRLINE
from benchmarks.tau2.desk import Desk
from benchmarks.tau2.episodes import Episode, read_episodes
from benchmarks.tau2.figures import costs, counted
from benchmarks.tau2.handovers import Handovers
from benchmarks.tau2.player import Played, Player
from benchmarks.tau2.premises import Served, contracts, copied, served
from benchmarks.tau2.retail import RETAIL
from benchmarks.tau2.telecom import TELECOM
from benchmarks.tau2.upstream import Upstream, serving

DOMAINS = {each.name: each for each in (AIRLINE, RETAIL, TELECOM)}

_DIRECT_CALLS = 300


def main() -> None:
    """Run the benchmark and print its figures, last of all as one line of JSON."""
    options = _options()
    file = options.episodes or options.data / "episodes" / f"{options.domain}.dev.jsonl.gz"
    if not file.is_file():
        raise SystemExit(f"There are no episodes at {file}; name a file of them with --episodes.")
    episodes = read_episodes(file)[: options.limit]
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(_run(options.domain, episodes, Path(folder)))
    tell("arbiter_tau2", {"domain": options.domain, **found})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Counts what the rules stop of what a recorded AI agent did.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="The folder of the records.")
    parser.add_argument("--domain", choices=sorted(DOMAINS), required=True)
    parser.add_argument("--episodes", type=Path, metavar="FILE", help="The episodes; by default the development ones.")
    parser.add_argument("--limit", type=int, metavar="N", help="Play the first N episodes only.")
    return parser.parse_args()


async def _run(name: str, episodes: Sequence[Episode], folder: Path) -> dict[str, Any]:
    domain, began = DOMAINS[name], perf_counter()
    tools = contracts(domain)
    upstream = Upstream(domain, tools)
    async with serving(upstream) as address:
        workspace = copied(domain, folder, address, tools)
        with served(domain, folder / "data", workspace) as premises:
            played, timed = await _played(name, episodes, upstream, address, premises)
    replay = replayed(folder / "data")
    return {
        **counted(domain, played),
        **timed,
        "replay_entries": replay["entries"],
        "replay_differences": replay["differences"],
        "seconds": round(perf_counter() - began, 1),
    }


async def _played(
    name: str, episodes: Sequence[Episode], upstream: Upstream, address: str, premises: Served
) -> tuple[list[Played], dict[str, Any]]:
    headers = {"authorization": f"Bearer {premises.keys['agent']}"}
    through = httpx2.AsyncClient(headers=headers, timeout=60)
    async with (
        aiohttp.ClientSession() as session,
        through,
        Client(streamable_http_client(f"{premises.url}/mcp", http_client=through)) as client,
        Client(address) as straight,
    ):
        direct = [await _timed(straight) for _ in range(_DIRECT_CALLS)]
        desk = Desk(session, premises)
        handovers = Handovers(DOMAINS[name], desk)
        player = Player(DOMAINS[name], upstream, client, desk, handovers.transfer)
        played: list[Played] = []
        with progress("Episodes", len(episodes)) as advance:
            for episode in episodes:
                played.append(await player.play(episode))
                advance(1)
    return played, {**costs(direct, player.read_times, player.write_times), "handovers": handovers.figures()}


async def _timed(client: Client) -> float:
    began = perf_counter()
    await client.call_tool("transfer_to_human_agents", {"summary": "a call to compare with"})
    return (perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
