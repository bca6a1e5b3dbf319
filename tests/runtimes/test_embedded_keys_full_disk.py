"""A disk that takes only a part of what is written: nothing is believed to be there that is not."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from xop.ports.errors import StorageError
from xop.runtimes.embedded.vault import BLOCK, Vault

SLOT, NUMBER = 64, 8


@contextmanager
def room(size: int) -> Iterator[None]:
    """Let files of this process grow to a size and no further."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def vault(tmp_path) -> Iterator[Vault]:
    """A vault without secrets."""
    Vault.make(tmp_path / "slots")
    made = Vault(tmp_path / "slots", tmp_path / "destroyed", os.urandom(32))
    made.begin(0)
    yield made
    made.close()


def test_slots_that_were_not_all_written_are_not_used(vault):
    with room(100 * SLOT + 7), pytest.raises(StorageError, match="slots"):
        vault.reserve(1)
    vault.reserve(1)
    assert all(vault.opened(number) is not None for number in (1, 99, 100, 101, BLOCK))


def test_of_several_parts_all_are_listed_as_destroyed_or_none(vault, tmp_path):
    vault.reserve(5)
    vault.destroy([1])
    with room(2 * NUMBER + 3), pytest.raises(StorageError, match="destroyed"):
        vault.destroy([2, 3, 4])
    assert (tmp_path / "destroyed").read_bytes() == (1).to_bytes(NUMBER, "big")
    assert vault.destroyed == {1}
    assert vault.opened(2) is not None
    vault.destroy([2, 3, 4])
    assert len((tmp_path / "destroyed").read_bytes()) == 4 * NUMBER
