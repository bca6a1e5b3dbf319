"""`xop doctor` and `xop replay`: whether everything is as it should be, and was."""

import asyncio
import socket

from xop.runtimes.embedded import EmbeddedRuntime
from xop.runtimes.embedded.entries import place_of


def states(examined):
    return {each["subject"]: each["state"] for each in examined.json["findings"]}


def test_a_sound_machine_is_well(xop, data, workspace):
    examined = xop("doctor", "--data", data, "--workspace", workspace, "--port", free_port(), "--json")
    assert examined.code == 0
    assert set(states(examined).values()) == {"ok"}
    assert {"python", "libraries", "policies", "conditions", "time zones", "clock", "disk", "store"} <= set(
        states(examined)
    )
    told = xop("doctor", "--data", data, "--port", free_port())
    assert told.code == 0
    assert "ms for a durable write" in told.out
    assert "All is well." in told.out


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_a_port_in_use_is_a_warning(xop):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        examined = xop("doctor", "--port", taken.getsockname()[1], "--json")
    assert examined.code == 0
    assert states(examined)["port"] == "warning"


def test_a_workspace_with_problems_is_a_problem(xop, workspace):
    (workspace / "purposes.yaml").write_text("purposes: 7")
    examined = xop("doctor", "--workspace", workspace)
    assert examined.code == 1
    assert "→ list them with `xop check" in examined.out


def test_a_data_folder_that_cannot_be_made_is_a_problem(xop, tmp_path):
    (tmp_path / "file").write_text("")
    examined = xop("doctor", "--data", tmp_path / "file" / "data", "--json")
    assert examined.code == 1
    assert states(examined)["data folder"] == "problem"


def test_doctor_makes_nothing(xop, tmp_path):
    assert xop("doctor", "--data", tmp_path / "data").code == 0
    assert list(tmp_path.iterdir()) == []


def test_what_waits_for_a_person_is_a_warning(xop, data):
    lose_an_answer(xop, data)
    examined = xop("doctor", "--data", data, "--json")
    assert examined.code == 0
    assert (states(examined)["uncertain"], states(examined)["dead letters"]) == ("warning", "ok")


def lose_an_answer(xop, data):
    sent = ("send", "support.opened", "--id", "email:ada@example.com", "--data", '{"case": "1"}', "--data-folder", data)
    assert xop(*sent).code == 0
    proposal = ("propose", "move_credit", "--customer", "email:ada@example.com", "--arg", "amount=1", "--wait", "5")
    assert xop(*proposal, "--data", data).code == 0


def test_every_step_comes_out_the_same_again(xop, data):
    lose_an_answer(xop, data)
    listed = xop("decisions", "--data", data, "--json").json["decisions"]
    replayed = xop("replay", "--all", "--data", data, "--json")
    assert replayed.code == 0
    assert replayed.json["decisions"] == len(listed) > 0
    assert replayed.json["entries"] > replayed.json["decisions"]
    assert (replayed.json["differences"], replayed.json["shown"]) == (0, [])
    assert "byte for byte" in xop("replay", "--all", "--data", data).out


def test_a_step_that_comes_out_otherwise_is_shown(xop, data):
    lose_an_answer(xop, data)
    asyncio.run(falsify(data))
    replayed = xop("replay", "--all", "--data", data)
    assert replayed.code == 1
    assert "the step came out otherwise" in replayed.out
    assert "granted this person" in replayed.out
    document = xop("replay", "--all", "--data", data, "--json").json
    assert document["differences"] == len(document["shown"]) > 0


async def falsify(data):
    """Change what stored decisions say, as only somebody with the keys can."""
    old, new = b"been granted this action", b"been granted this person"
    runtime = await EmbeddedRuntime.open(data)
    seals, store = runtime._custody.seals, runtime._store
    for position, part, body in store.rows("SELECT position, part, body FROM ledger WHERE decision IS NOT NULL"):
        said = seals.opened(part, place_of(position), body)
        assert said is not None
        assert old in said
        sealed = seals.closed(part, place_of(position), said.replace(old, new))
        store.rows("UPDATE ledger SET body = ? WHERE position = ?", sealed, position)
    await runtime.close()
