"""Figures in a file that another program wrote to, or numbered its words otherwise."""

import apsw
import pytest

from xop.ports.errors import StorageError
from xop.ports.insight import DAY, HOUR, Figure, Happened
from xop.runtimes.embedded.insight import FILE, EmbeddedFigures

HERE = 20_000 * DAY


def figure(label: str) -> Figure:
    return Figure(HERE, "decisions", label, 1)


@pytest.fixture
def figures(tmp_path):
    opened = EmbeddedFigures.open(tmp_path)
    yield opened
    opened.close()


async def counted(figures: EmbeddedFigures) -> dict[str, int]:
    return (await figures.totals(HOUR, HERE, HERE + DAY)).get("decisions", {})


async def test_words_that_were_numbered_from_one_are_no_obstacle(figures, tmp_path):
    await figures.add(1, [figure("permit")], [])
    figures.close()
    with apsw.Connection(str(tmp_path / FILE)) as connection:
        connection.execute("UPDATE words SET number = number + 10; UPDATE figures SET measure = measure + 10")
        connection.execute("UPDATE figures SET label = label + 10")
    connection.close()
    again = EmbeddedFigures.open(tmp_path)
    for number in range(12):
        await again.add(2 + number, [figure(f"new {number}")], [])
    assert (await counted(again)).keys() == {"permit", *(f"new {number}" for number in range(12))}
    again.close()


async def test_two_programs_that_count_in_one_file_count_nothing_twice(figures, tmp_path):
    await figures.add(1, [figure("permit")], [])
    other = EmbeddedFigures.open(tmp_path)
    await figures.add(2, [figure("deny")], [])
    with pytest.raises(StorageError, match="another program"):
        await other.add(2, [figure("deny")], [])
    assert await other.position() == 2
    await other.add(3, [figure("hold")], [])
    assert await counted(other) == {"permit": 1, "deny": 1, "hold": 1}
    with pytest.raises(StorageError, match="another program"):
        await figures.add(3, [figure("hold")], [])
    assert await figures.position() == 3
    assert await counted(figures) == {"permit": 1, "deny": 1, "hold": 1}
    other.close()


async def test_what_was_cleared_is_counted_from_the_beginning(figures):
    await figures.add(5, [figure("permit")], [])
    await figures.clear()
    await figures.add(1, [figure("deny")], [])
    assert await counted(figures) == {"deny": 1}
    assert await figures.position() == 1


async def test_a_file_from_before_things_were_found_again_is_counted_from_the_beginning(figures, tmp_path):
    await figures.add(7, [figure("permit"), Figure(HERE, "latency", "12", 3)], [])
    figures.close()
    with apsw.Connection(str(tmp_path / FILE)) as connection:
        connection.execute("DROP TABLE happenings; PRAGMA user_version = 1")
    connection.close()
    again = EmbeddedFigures.open(tmp_path)
    assert await again.position() == 0
    assert await again.totals(HOUR, HERE, HERE + DAY) == {"latency": {"12": 3}}
    await again.add(1, [figure("deny")], [], [Happened(1, HERE, "demand", "bill")])
    assert list(await again.happened("demand", ["bill"], HERE, HERE + DAY, 9, 9)) == [1]
    again.close()
