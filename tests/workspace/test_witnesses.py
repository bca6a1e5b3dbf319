"""`[log]` names witnesses that can be asked, and no larger quorum than there are of them."""

from pathlib import Path

import pytest

from tests.kit.logbook import LOG, WITNESSES
from xop.assembly import KINDS, workspace_files
from xop.kernel.log.verifier import log_verifier, witness_verifier
from xop.kernel.release import LogRules, Release
from xop.workspace import compile_workspace

FOLDER = Path(__file__).parents[1] / "kit" / "harbour"
HEAD = 'name = "harbour"\n'
KEYS = [witness_verifier(each).vkey for each in WITNESSES]


def compiled(toml: str):
    """Return the harbour with other settings, or what is wrong with them."""
    files = workspace_files(FOLDER)
    result = compile_workspace({**files, "workspace.toml": (HEAD + toml).encode()}, KINDS)
    return result if isinstance(result, Release) else [str(each) for each in result]


def witness(name: str, key: str = KEYS[0], url: str = "https://witness.test") -> str:
    """Return the lines of a witness."""
    return f'[log.witnesses.{name}]\nkey = "{key}"\nurl = "{url}"\n'


def test_a_workspace_that_says_nothing_of_the_log_keeps_one_to_itself():
    assert compiled("").log == LogRules(interval=500, public=False, quorum=0, witnesses={})


def test_without_a_quorum_all_witnesses_must_cosign():
    found = compiled(witness("a") + witness("b", KEYS[1], "${env:WITNESS}"))
    assert found.log.quorum == 2
    assert found.log.witnesses["b"] == (KEYS[1], "${env:WITNESS}")


def test_what_is_said_of_the_log_is_taken_over():
    found = compiled("[log]\ninterval = 200\npublic = true\nquorum = 1\n" + witness("a") + witness("b", KEYS[1]))
    assert (found.log.interval, found.log.public, found.log.quorum) == (200, True, 1)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[log]\nquorum = 2\n" + witness("a"), "2 witnesses must cosign, and the file names 1"),
        (witness("a", "nonsense"), "cannot be read"),
        (witness("a", KEYS[0].replace("+", "+0", 1)), "cannot be read"),
        (witness("a", log_verifier(LOG).vkey), "is that of a log, not of a witness"),
        (witness("a") + witness("b"), "b has the key of a"),
        (witness("a", url="http://witness.test"), "does not begin with https://"),
        (witness("none"), "cannot be called"),
        (witness('"a b"'), "cannot be called"),
        ("[log]\ninterval = 1\n", "interval"),
    ],
)
def test_what_cannot_work_is_told(toml, words):
    (told,) = compiled(toml)
    assert words in told
