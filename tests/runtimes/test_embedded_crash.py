"""A process that is killed takes nothing with it that it had acknowledged."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtimes.journal import SIZE
from xop.ports.errors import StorageError
from xop.runtimes.embedded import EmbeddedRuntime

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 4
BATCHES = 40


def writer(folder: Path, first: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.runtimes.journal", str(folder), str(first)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill_after(process: subprocess.Popen[str], lines: int) -> int:
    """Kill a writer after it acknowledged so many batches, and return the last one it acknowledged."""
    assert process.stdout is not None
    acknowledged = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    acknowledged += process.stdout.readlines()
    assert process.wait(timeout=30) == -signal.SIGKILL
    process.stdout.close()
    return max(int(line) for line in acknowledged if line.endswith("\n"))


@pytest.mark.slow
async def test_whatever_was_acknowledged_is_there_after_a_kill_and_batches_are_whole(folder):
    number = 0
    for _ in range(ROUNDS):
        acknowledged = kill_after(writer(folder, number + 1), BATCHES)
        runtime = await EmbeddedRuntime.open(folder)
        number = await runtime.ledger.last() // SIZE
        assert number >= acknowledged
        assert await runtime.ledger.last() == number * SIZE
        assert await runtime.timers.count() == number * SIZE
        assert await runtime.outbox.counts() == {"pending": number * SIZE}
        expected = [f"{each}.{place}" for each in range(1, number + 1) for place in range(SIZE)]
        assert set(await runtime.ledger.answered(expected)) == set(expected)
        for place in range(SIZE):
            entries = await runtime.ledger.read([f"cus_{place}"])
            assert [each.entry.seq for each in entries] == list(range(1, number + 1))
        await runtime.close()


async def test_a_folder_another_process_has_is_refused_until_it_is_gone(folder):
    process = writer(folder, 1)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        with pytest.raises(StorageError, match=f"in use by process {process.pid}: stop it"):
            await EmbeddedRuntime.open(folder)
    finally:
        kill_after(process, 1)
    runtime = await EmbeddedRuntime.open(folder)
    assert await runtime.ledger.last() > 0
    await runtime.close()
