"""What is wrong with the address, the issuers and the clients is told before anything is published."""

from pathlib import Path

import pytest

from xop.assembly import KINDS, workspace_files
from xop.kernel.release import Release
from xop.workspace import compile_workspace

FOLDER = Path(__file__).parents[1] / "kit" / "harbour"

HEAD = 'name = "harbour"\n'
ADDRESS = 'address = "https://harbour.test"\n'
ISSUER = '[oauth.issuers.realm]\nissuer = "https://login.test"\n'
URI = 'jwks_uri = "https://login.test/keys"\n'
KEY = 'kty = "OKP", crv = "Ed25519", x = "AAAA"'


def found(toml: str, agents: str = ""):
    """Return what is told about the harbour with other settings and clients."""
    files = workspace_files(FOLDER)
    known = files["agents.yaml"].decode().replace("  shy_bot:\n", f"  shy_bot:\n{agents}", 1)
    result = compile_workspace({**files, "workspace.toml": toml.encode(), "agents.yaml": known.encode()}, KINDS)
    return [] if isinstance(result, Release) else [(each.file, each.line, str(each)) for each in result]


@pytest.mark.parametrize(
    "toml",
    [
        HEAD + ADDRESS,
        HEAD + 'address = "http://127.0.0.1:8080"\n',
        HEAD + 'address = "${env:XOP_ADDRESS}"\n',
        HEAD + ADDRESS + ISSUER + URI,
        HEAD + ADDRESS + ISSUER + f"jwks = {{keys = [{{{KEY}}}]}}\n",
        HEAD + ADDRESS + ISSUER.replace("https://login.test", "${env:LOGIN}") + 'jwks_uri = "${env:LOGIN}/keys"\n',
    ],
)
def test_what_is_sound_compiles(toml):
    assert found(toml) == []


@pytest.mark.parametrize(
    ("toml", "line", "words"),
    [
        (HEAD + 'address = "http://harbour.test"\n', 2, "https://"),
        (HEAD + 'address = "https://harbour.test/base"\n', 2, "path"),
        (HEAD + 'address = "https://ann@harbour.test"\n', 2, "no plain URL"),
        (HEAD + 'address = "https://harbour.test:port"\n', 2, "no URL"),
        (HEAD + ISSUER + URI, 1, "no address"),
        (HEAD + ADDRESS + "[oauth]\nissuers = {}\n", 3, "no authorization server"),
        (HEAD + ADDRESS + ISSUER, 3, "where its public keys are"),
        (HEAD + ADDRESS + ISSUER + URI + f"jwks = {{keys = [{{{KEY}}}]}}\n", 3, "where its public keys are"),
        (HEAD + ADDRESS + ISSUER + 'jwks_uri = "http://login.test/keys"\n', 5, "https://"),
        (HEAD + ADDRESS + ISSUER + 'jwks_uri = "file:///etc/passwd"\n', 5, "no plain URL"),
        (HEAD + ADDRESS + ISSUER.replace("https", "ftp") + URI, 4, "iss"),
        (HEAD + ADDRESS + ISSUER + "jwks = {keys = []}\nx = 1\n", 6, "no field"),
        (HEAD + ADDRESS + ISSUER + "jwks = {keys = 7}\n", 5, "no JWK Set"),
        (HEAD + ADDRESS + ISSUER + f'jwks = {{keys = [{{{KEY}, d = "AAAA"}}]}}\n', 5, "secret parts"),
        (HEAD + ADDRESS + ISSUER + 'jwks = {keys = [{kty = "oct", k = "AAAA"}]}\n', 5, "secret parts"),
        (HEAD + ADDRESS + ISSUER + 'jwks = {keys = [{kty = "none"}]}\n', 5, "no kind"),
        (HEAD + ADDRESS + '[oauth]\nalgorithms = ["HS256"]\n' + ISSUER + URI, 4, "algorithms"),
        (HEAD + ADDRESS + "[oauth]\nalgorithms = []\n" + ISSUER + URI, 4, "no signature"),
        (HEAD + ADDRESS + ISSUER + URI + ISSUER.replace("realm", "other") + URI, 6, "same issuer"),
    ],
)
def test_what_is_not_is_told_with_its_line(toml, line, words):
    told = found(toml)
    assert any(each[:2] == ("workspace.toml", line) and words in each[2] for each in told), told


@pytest.mark.parametrize(
    ("toml", "client", "words"),
    [
        (HEAD, "bot", "no authorization server is declared"),
        (
            HEAD + ADDRESS + ISSUER + URI + ISSUER.replace("realm", "other").replace("login", "sso") + URI,
            "bot",
            "whose client it is",
        ),
    ],
)
def test_a_client_that_no_token_could_name_is_told(toml, client, words):
    told = found(toml, f"    client: {client}\n")
    assert any(each[0] == "agents.yaml" and words in each[2] for each in told), told


def test_two_principals_are_not_one_client():
    files = workspace_files(FOLDER)
    agents = files["agents.yaml"].decode().replace("  shy_bot:\n", "  shy_bot:\n    client: bot\n", 1)
    agents = agents.replace("  helper_bot:\n", "  helper_bot:\n    client: bot\n", 1)
    toml = (HEAD + ADDRESS + ISSUER + URI).encode()
    told = compile_workspace({**files, "workspace.toml": toml, "agents.yaml": agents.encode()}, KINDS)
    assert isinstance(told, list)
    assert ["same client" in str(each) for each in told] == [True]
