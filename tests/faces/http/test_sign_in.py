"""Agents sign in with access tokens, and only with those that were meant for this server."""

import base64
import hmac
import json
import re
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from tests.faces.http.authority import ADDRESS, issuer_of, open_authority, open_with, trusting_files
from tests.faces.http.bakery import KEYS, problem
from xop.faces.http.keys import SignIn
from xop.faces.http.problems import ProblemError

METADATA = f"{ADDRESS}/.well-known/oauth-protected-resource"
ANN = "email:ann@example.org"


@pytest.fixture
async def authority():
    async with open_authority() as opened:
        yield opened


@pytest.fixture
async def bakery(tmp_path, authority):
    async with open_with(tmp_path, trusting_files(issuer_of(authority))) as opened:
        yield opened


async def ask(bakery, token, path="/v1/decisions"):
    return await bakery.ask("GET", path, None, headers={"authorization": f"Bearer {token}"})


def told(response) -> dict[str, str]:
    """Return the parameters of a Bearer challenge."""
    scheme, _, rest = response.headers["www-authenticate"].partition(" ")
    assert scheme == "Bearer"
    return dict(re.findall(r'(\w+)="([^"]*)"', rest))


def refused(response) -> dict[str, str]:
    """Return the challenge of a response after checking that it refuses the token."""
    document = problem(response, 401, "token-invalid")
    challenge = told(response)
    assert challenge["error"] == "invalid_token"
    assert challenge["resource_metadata"] == METADATA
    assert challenge["scope"] == "xop:decisions"
    assert challenge["error_description"] == document["detail"]
    return challenge


async def test_a_token_signs_the_agent_in_that_its_client_is(bakery, authority):
    customer = await bakery.customer(ANN)
    body = {"action": "send_note", "customer": customer, "arguments": {"text": "fresh"}}
    headers = {"authorization": f"Bearer {authority.token()}"}
    response = await bakery.ask("POST", "/v1/proposals", None, json=body, headers=headers)
    assert response.status_code in {200, 422}
    assert (await ask(bakery, authority.token())).status_code == 200
    facts = await bakery.get("/v1/facts")
    assert facts.status_code == 200


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (RSAKey.generate_key(2048, {"kid": "rsa"}), "PS256"),
        (ECKey.generate_key("P-256", {"kid": "ec"}), "ES256"),
        (OKPKey.generate_key("Ed25519", {"kid": "ed"}), "Ed25519"),
    ],
)
async def test_every_algorithm_that_is_accepted_by_default_is_checked(bakery, authority, key, algorithm):
    authority.keys.append(key)
    assert (await ask(bakery, authority.token(key, {"alg": algorithm}))).status_code == 200
    wrong = type(key).import_key({**type(key).generate_key(*_size(algorithm)).as_dict(private=True), "kid": key.kid})
    refused(await ask(bakery, authority.token(wrong, {"alg": algorithm})))


def _size(algorithm):
    return {"PS256": (2048,), "ES256": ("P-256",), "Ed25519": ("Ed25519",)}[algorithm]


async def test_without_a_token_a_client_is_told_where_to_get_one(bakery):
    response = await bakery.ask("GET", "/v1/facts", None)
    problem(response, 401, "key-missing")
    assert told(response) == {"scope": "xop:facts", "resource_metadata": METADATA}


async def test_an_unknown_key_is_told_where_to_get_a_token(bakery):
    response = await ask(bakery, "guessed")
    problem(response, 401, "key-unknown")
    assert told(response)["error"] == "invalid_token"


@pytest.mark.parametrize("face", ["", "/mcp", "/a2a"])
async def test_each_resource_has_its_metadata(bakery, authority, face):
    response = await bakery.get(f"/.well-known/oauth-protected-resource{face}", None)
    assert response.status_code == 200
    document = response.json()
    assert document["resource"] == ADDRESS + face
    assert document["authorization_servers"] == [authority.issuer]
    assert document["scopes_supported"] == ["xop:customers", "xop:decisions", "xop:proposals"]
    assert document["bearer_methods_supported"] == ["header"]


async def test_what_is_no_resource_has_no_metadata(bakery):
    problem(await bakery.get("/.well-known/oauth-protected-resource/elsewhere", None), 404, "path-unknown")


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"aud": "https://elsewhere.test"}, "another resource"),
        ({"aud": None}, "another resource"),
        ({"aud": ADDRESS + "/mcp"}, "another resource"),
        ({"aud": [ADDRESS + ".evil.test", 7]}, "another resource"),
        ({"exp": int(time.time()) - 600}, "expired"),
        ({"exp": None}, "not valid now"),
        ({"exp": "tomorrow"}, "not valid now"),
        ({"nbf": int(time.time()) + 86_400}, "not valid now"),
        ({"iat": int(time.time()) + 86_400}, "not valid now"),
        ({"iss": "https://elsewhere.test"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"iss": ["x"]}, "issuer"),
        ({"client_id": "stranger"}, "no principal"),
        ({"client_id": ""}, "names no client"),
        ({"client_id": None, "sub": None}, "names no client"),
        ({"client_id": None, "azp": "stranger", "sub": "helper-client"}, "no principal"),
        ({"cnf": {"jkt": "x"}}, "bound to a key"),
    ],
)
async def test_a_token_that_was_not_meant_for_this_is_refused(bakery, authority, claims, words):
    challenge = refused(await ask(bakery, authority.token(**claims)))
    assert words in challenge["error_description"]


@pytest.mark.parametrize("header", [{"typ": "logout+jwt"}, {"typ": "dpop+jwt"}, {"alg": "RS384"}])
async def test_a_token_of_another_kind_is_refused(bakery, authority, header):
    refused(await ask(bakery, authority.token(header=header)))


@pytest.mark.parametrize("claim", ["azp", "sub"])
async def test_a_client_is_known_by_azp_or_sub_where_client_id_is_missing(bakery, authority, claim):
    token = authority.token(client_id=None, **{claim: "helper-client"})
    assert (await ask(bakery, token)).status_code == 200


def _segment(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_an_unsigned_token_is_refused(bakery, authority):
    _, claims, signature = authority.token().split(".")
    for algorithm in ("none", "None", "nOnE"):
        header = _segment({"alg": algorithm, "typ": "at+jwt", "kid": "one"})
        refused(await ask(bakery, f"{header}.{claims}."))
        refused(await ask(bakery, f"{header}.{claims}.{signature}"))


async def test_a_public_key_is_no_shared_secret(bakery, authority):
    _, claims, _ = authority.token().split(".")
    header = _segment({"alg": "HS256", "typ": "at+jwt", "kid": "one"})
    secret = authority.keys[0].as_pem(private=False)
    signed = hmac.digest(secret, f"{header}.{claims}".encode(), "sha256")
    signature = base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
    refused(await ask(bakery, f"{header}.{claims}.{signature}"))


async def test_a_key_within_the_token_counts_for_nothing(bakery, authority):
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    refused(await ask(bakery, authority.token(stranger, {"jwk": stranger.as_dict(private=False)})))


@pytest.mark.parametrize(
    "mangle", [lambda t: t[:-6] + "AAAAAA", lambda t: t.replace(".", ".A", 1), lambda _: "ey.ey.ey"]
)
async def test_a_token_that_was_changed_is_refused(bakery, authority, mangle):
    refused(await ask(bakery, mangle(authority.token())))


async def test_an_endless_token_is_refused(bakery, authority):
    refused(await ask(bakery, authority.token(note="x" * 20_000)))


async def test_a_new_key_is_fetched_when_it_is_first_named(bakery, authority):
    assert (await ask(bakery, authority.token())).status_code == 200
    old = authority.token(note="old")
    authority.keys = [RSAKey.generate_key(2048, {"kid": "two"})]
    assert (await ask(bakery, authority.token())).status_code == 200
    assert authority.asked == 2
    refused(await ask(bakery, old))


async def test_a_token_that_was_accepted_is_not_once_its_key_is_gone(bakery, authority):
    token = authority.token()
    assert (await ask(bakery, token)).status_code == 200
    authority.keys = [RSAKey.generate_key(2048, {"kid": "two"})]
    assert (await ask(bakery, authority.token())).status_code == 200
    refused(await ask(bakery, token))


async def test_made_up_key_ids_do_not_flood_the_issuer(bakery, authority):
    stranger = RSAKey.generate_key(2048)
    for number in range(20):
        refused(await ask(bakery, authority.token(stranger, {"kid": f"made-up-{number}"})))
    assert authority.asked <= 2


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"x" * 300_000),
        (200, b"no json"),
        (200, b"[]"),
        (200, b'{"keys": 7}'),
        (500, b""),
        (302, b""),
    ],
)
async def test_without_the_issuers_keys_nobody_is_let_in_and_trying_again_is_asked(bakery, authority, status, content):
    authority.status, authority.content = status, content
    for _ in range(3):
        response = await ask(bakery, authority.token())
        problem(response, 503, "token-unchecked")
        assert response.headers["retry-after"] == "1"
    assert authority.asked == 1


async def test_a_key_set_beyond_measure_is_not_read(bakery, authority):
    many = [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "kid": str(number)} for number in range(200)]
    authority.content = json.dumps({"keys": many}).encode()
    problem(await ask(bakery, authority.token()), 503, "token-unchecked")


async def test_an_answer_beyond_measure_is_not_read_to_its_end(bakery, authority):
    found = KeySet(authority.keys).as_dict()
    authority.content = json.dumps({**found, "note": "x" * 300_000}).encode()
    problem(await ask(bakery, authority.token()), 503, "token-unchecked")


@pytest.mark.filterwarnings("ignore:.*>= 2048")
async def test_a_weak_key_checks_nothing(bakery, authority):
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the weakness is what is tested
    authority.keys = [RSAKey.import_key(weak, {"kid": "one"})]
    refused(await ask(bakery, authority.token()))


async def test_a_key_for_encryption_checks_nothing(bakery, authority):
    found = KeySet(authority.keys).as_dict()
    found["keys"][0]["use"] = "enc"
    authority.content = json.dumps(found).encode()
    refused(await ask(bakery, authority.token()))


async def test_a_scope_that_the_token_lacks_is_asked_for(bakery, authority):
    response = await ask(bakery, authority.token(client_id="clerk-client"), "/v1/facts")
    document = problem(response, 403, "scope-missing")
    assert "authorization server" in document["remedy"]
    challenge = told(response)
    assert challenge["error"] == "insufficient_scope"
    assert challenge["scope"] == "xop:facts"
    assert challenge["resource_metadata"] == METADATA
    more = authority.token(client_id="clerk-client", scope="xop:proposals xop:facts")
    assert (await ask(bakery, more, "/v1/facts")).status_code == 200


async def test_no_token_gives_what_the_workspace_does_not(bakery, authority):
    response = await ask(bakery, authority.token(scope="xop:facts xop:releases"), "/v1/facts")
    document = problem(response, 403, "scope-missing")
    assert "agents.yaml" in document["remedy"]
    assert "www-authenticate" not in response.headers


@pytest.mark.parametrize(
    "claims", [{"scope": None}, {"scope": "decisions:read"}, {"scope": 7}, {"scope": "xop:decisionsx"}]
)
async def test_a_token_without_the_scope_gives_nothing(bakery, authority, claims):
    problem(await ask(bakery, authority.token(**claims)), 403, "scope-missing")


async def test_scopes_may_come_as_a_list_in_scp(bakery, authority):
    assert (await ask(bakery, authority.token(scope=None, scp=["xop:decisions:read", 7]))).status_code == 200


async def test_keys_go_on_working_beside_tokens(bakery):
    assert (await bakery.get("/v1/releases", "root")).status_code == 200
    header = "Basic " + base64.b64encode(f"{KEYS['root']}:".encode()).decode()
    assert (await bakery.ask("GET", "/v1/releases", None, headers={"authorization": header})).status_code == 200


async def test_each_face_takes_tokens_of_its_own_and_those_for_everything(bakery, authority):
    sign_in = SignIn(bakery.platform.secrets, bakery.platform.runtime)
    release = bakery.platform.engine.release

    async def enter(audience, resource):
        header = b"Bearer " + authority.token(aud=audience).encode()
        return await sign_in.caller(release, header, resource, ("proposals:write",))

    for audience in (ADDRESS, ADDRESS + "/", ADDRESS + "/mcp", ["https://elsewhere.test", ADDRESS + "/mcp"]):
        assert str((await enter(audience, "/mcp")).actor) == "agent:helper"
    with pytest.raises(ProblemError) as met:
        await enter(ADDRESS + "/mcp", "/a2a")
    [(_, challenge)] = met.value.headers
    assert f'resource_metadata="{METADATA}/a2a"'.encode() in challenge


async def test_nothing_of_a_token_is_logged_or_told(bakery, authority, caplog):
    caplog.set_level("DEBUG")
    for token in (authority.token(), authority.token(aud="x"), authority.token()[:-3] + "AAA"):
        response = await ask(bakery, token)
        for part in token.split("."):
            assert part not in caplog.text
            assert part not in response.text
            assert part not in str(response.headers)


async def test_tokens_follow_the_release_that_rules(bakery, authority):
    token = authority.token()
    assert (await ask(bakery, token)).status_code == 200
    files = trusting_files(issuer_of(authority))
    agents = files["agents.yaml"].replace(b"client: helper-client", b"client: another-client")
    await bakery.platform.publish({**files, "agents.yaml": agents}, "test")
    refused(await ask(bakery, token))
    plain = {**files, "workspace.toml": b'name = "bakery"\n', "agents.yaml": _without_clients(files["agents.yaml"])}
    await bakery.platform.publish(plain, "test")
    problem(await ask(bakery, token), 401, "key-unknown")
    problem(await bakery.get("/.well-known/oauth-protected-resource", None), 404, "path-unknown")


def _without_clients(agents: bytes) -> bytes:
    return agents.replace(b"    client: helper-client\n", b"").replace(b"client: clerk-client, ", b"")


async def test_keys_may_stand_in_the_workspace_itself(tmp_path, authority):
    authority.keys = [ECKey.generate_key("P-256", {"kid": "one"})]
    [key] = KeySet(authority.keys).as_dict()["keys"]
    inline = ", ".join(f'{name} = "{value}"' for name, value in key.items())
    section = f'[oauth.issuers.realm]\nissuer = "{authority.issuer}"\njwks = {{keys = [{{{inline}}}]}}\n'
    async with open_with(tmp_path, trusting_files(section)) as bakery:
        assert (await ask(bakery, authority.token(header={"alg": "ES256"}))).status_code == 200
        stranger = ECKey.generate_key("P-256", {"kid": "two"})
        refused(await ask(bakery, authority.token(stranger, {"alg": "ES256"})))
    assert authority.asked == 0


async def test_a_client_of_one_issuer_is_not_that_of_another(tmp_path, authority):
    async with open_authority() as other:
        section = issuer_of(authority) + issuer_of(other).replace("issuers.realm", "issuers.other")
        files = trusting_files(section)
        agents = files["agents.yaml"].replace(b"client: ", b"client: realm/")
        async with open_with(tmp_path, {**files, "agents.yaml": agents}) as bakery:
            assert (await ask(bakery, authority.token())).status_code == 200
            refused(await ask(bakery, other.token()))
