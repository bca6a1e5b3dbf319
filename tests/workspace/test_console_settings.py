"""What is wrong about how people sign in to the console is told before anything is published."""

import pytest

from tests.workspace.test_sign_in import ADDRESS, HEAD, found

OIDC = '[console.oidc]\nissuer = "https://login.test"\nclient = "console"\n'


@pytest.mark.parametrize(
    "toml",
    [
        HEAD + "[console]\nlocal_accounts = true\n",
        HEAD + '[console]\nproxies = ["10.0.0.0/8", "2001:db8::/32"]\n',
        HEAD + ADDRESS + OIDC,
        HEAD + ADDRESS + OIDC + 'secret = "${env:CONSOLE_SECRET}"\nrequired = {groups = ["care"]}\n',
        HEAD + ADDRESS + OIDC.replace("https://login.test", "${env:LOGIN}"),
        HEAD + ADDRESS + "[console]\nlocal_accounts = false\n" + OIDC,
    ],
)
def test_what_is_sound_compiles(toml):
    assert found(toml) == []


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        (HEAD + "[console]\nlocal_accounts = false\n", "nobody can sign in"),
        (HEAD + '[console]\nproxies = ["10.0.0.1/8"]\n', "no network"),
        (HEAD + OIDC, "no address"),
        (HEAD + ADDRESS + OIDC.replace("https:", "http:"), "https://"),
        (HEAD + ADDRESS + OIDC.replace('"console"', '""'), "no name"),
        (HEAD + ADDRESS + OIDC + 'secret = "in the clear"\n', "secret"),
        (HEAD + ADDRESS + OIDC + 'claim = ""\n', "who signs in"),
        (HEAD + ADDRESS + OIDC + 'scopes = ["email"]\n', "openid"),
        (HEAD + ADDRESS + OIDC + "algorithms = []\n", "no signature"),
        (HEAD + ADDRESS + OIDC + 'algorithms = ["HS256"]\n', "HS256"),
        (HEAD + ADDRESS + OIDC + "required = {groups = []}\n", "no value"),
        (HEAD + ADDRESS + OIDC + "issuers = 1\n", "no field"),
        (HEAD + ADDRESS + OIDC + 'operators = {"sam@shop.test" = "smm"}\n', "there is no operator 'smm'"),
    ],
)
def test_what_is_wrong_is_told(toml, words):
    told = found(toml)
    assert told
    assert words in " ".join(text for _, _, text in told)
