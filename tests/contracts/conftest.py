"""Every contract test runs once for each runtime; a new runtime needs a host here and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.contracts.material import START
from xop.ports.runtime import Runtime
from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.simulated import Memory, SimulatedClock, SimulatedRuntime


class Host(Protocol):
    """Opens one and the same store, as often as asked."""

    async def open(self) -> Runtime: ...

    async def elapse(self, runtime: Runtime, milliseconds: int) -> None:
        """Let time pass."""
        ...


class EmbeddedHost:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def open(self) -> Runtime:
        return await EmbeddedRuntime.open(self.folder)

    async def elapse(self, runtime: Runtime, milliseconds: int) -> None:
        await runtime.clock.until(runtime.clock.now() + milliseconds)


class SimulatedHost:
    def __init__(self) -> None:
        self.memory = Memory()

    async def open(self) -> Runtime:
        return SimulatedRuntime(START, seed=7, memory=self.memory)

    async def elapse(self, runtime: Runtime, milliseconds: int) -> None:
        assert isinstance(runtime.clock, SimulatedClock)
        await runtime.clock.advance(milliseconds)


class Owner:
    """Has the store open, and can close and open it again."""

    def __init__(self, host: Host, runtime: Runtime) -> None:
        self.host = host
        self.runtime = runtime

    async def reopen(self) -> Runtime:
        await self.runtime.close()
        self.runtime = await self.host.open()
        return self.runtime


@pytest.fixture(params=["embedded", "simulated"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    return EmbeddedHost(tmp_path / "data") if request.param == "embedded" else SimulatedHost()


@pytest.fixture
async def owner(host: Host) -> AsyncIterator[Owner]:
    owner = Owner(host, await host.open())
    yield owner
    await owner.runtime.close()


@pytest.fixture
def runtime(owner: Owner) -> Runtime:
    return owner.runtime


@pytest.fixture
def reopen(owner: Owner):
    """Close the store and open it again; returns the new runtime."""
    return owner.reopen
