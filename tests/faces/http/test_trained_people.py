"""Whose training to oversee AI systems is about to end."""

import json

from tests.faces.http.bakery import FOLDER
from tests.faces.http.test_oversight import REGISTER
from xop.assembly import workspace_files


async def test_those_whose_training_ends_first_are_told_first_with_the_days_that_are_left(bakery):
    files = workspace_files(FOLDER) | {"systems.yaml": json.dumps(REGISTER).encode()}
    training = b'    training: {record: T-%d, valid_until: "%s", systems: %s}\n'
    late = training % (1, b"2090-01-01", b"[writer]")
    over = training % (2, b"2020-01-01", b'["*"]')
    agents = files["agents.yaml"].replace(b"  olga:\n", b"  olga:\n" + late).replace(b"  paul:\n", b"  paul:\n" + over)
    assert (await bakery.get("/v1/systems")).json()["people"] == []
    await bakery.platform.publish(files | {"agents.yaml": agents}, "cli")
    paul, olga = (await bakery.get("/v1/systems")).json()["people"]
    assert (paul["person"], paul["record"], paul["systems"], paul["valid"]) == ("operator:paul", "T-2", ["*"], False)
    assert (olga["person"], olga["valid"], olga["valid_until"]) == ("operator:olga", True, "2090-01-01")
    assert paul["left"] < 0 < olga["left"]
