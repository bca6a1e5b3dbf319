"""Sentences over HTTP in the language of whoever reads them, as far as there is a catalogue of it."""

import json

import pytest

from tests.faces.http.bakery import FOLDER, open_bakery, problem
from tests.faces.http.test_explanations import BOB, explained, refused_refund
from tests.faces.http.test_oversight import REGISTER
from xop.assembly import workspace_files
from xop.kernel.facts import ExplanationDelivered

SPANISH = {
    "What was decided": "Qué se decidió",
    "On {moment} we decided about this: “{what}”": "Decidimos sobre «{what}» el {moment}",
    "{day} {month} {year} at {time}": "{day} de {month} de {year} a las {time}",
    "It was refused.": "Fue rechazado.",
    "{conditions}, it would have been allowed.": "{conditions}, se habría permitido.",
    "if {what} had been at most {would} (it was {was})": "si {what} hubiera sido como máximo {would} (era {was})",
    "the {name}": "el valor «{name}»",
    "You can complain to {authority}.": "Puede reclamar ante {authority}.",
    "your data protection authority": "su autoridad de protección de datos",
    "GDPR Art. 77": "art. 77 RGPD",
    "Because: {message} (rule {rule})": "Porque: {message} (regla {rule})",
    "Nobody gives back more than 1000.00.": "Nadie devuelve más de 1000,00.",
    "{actor} is not granted {action}: its `actions` in agents.yaml do not name it.": "{action}: {actor} no tiene permiso.",
    "Forbids {what} by {who}": "Prohíbe {what} a {who}",
    "anybody": "cualquiera",
    "say that it is an AI, and on whose behalf it acts": "decir que es una IA y en nombre de quién actúa",
    "no text that tells people of it: name it as `notice`": "falta el texto que informa: nómbrelo como `notice`",
}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@pytest.fixture
async def bilingual(tmp_path):
    """A bakery that speaks Spanish too."""
    (tmp_path / "catalogues").mkdir()
    said = "\n".join(f"msgid {_quoted(each)}\nmsgstr {_quoted(SPANISH[each])}\n" for each in SPANISH)
    (tmp_path / "catalogues" / "es.po").write_text(said, encoding="utf-8")
    async with open_bakery(tmp_path) as bakery:
        yield bakery


async def letter(bakery, decision, **more):
    path = f"/v1/decisions/{decision}/explanation?audience=customer"
    return await bakery.get(path + more.pop("asked", ""), headers={"accept": "text/plain", **more})


async def test_a_customers_letter_is_in_the_language_that_is_asked_for(bilingual):
    told = (await letter(bilingual, await refused_refund(bilingual), asked="&language=es")).text
    assert told.startswith("Qué se decidió\nDecidimos sobre «")
    for each in (
        "\nFue rechazado.\n",
        "\n- Nadie devuelve más de 1000,00.\n",
        "\n- Si el valor «cents» hubiera sido como máximo 5000 (era 200000), se habría permitido.\n",
        "\n- Puede reclamar ante su autoridad de protección de datos (art. 77 RGPD).\n",
    ):
        assert each in told


@pytest.mark.parametrize(
    ("accepted", "language"), [("es", "es"), ("fr, es-MX;q=0.5", "es"), ("en-GB, es", "en"), ("fr", "en"), ("", "en")]
)
async def test_the_first_language_that_is_accepted_and_has_a_catalogue_is_spoken(bilingual, accepted, language):
    answer = await letter(bilingual, await refused_refund(bilingual), **{"accept-language": accepted})
    assert answer.headers["content-language"] == language
    assert answer.text.startswith("Qué se decidió" if language == "es" else "What was decided")
    assert "accept-language" in answer.headers["vary"]


async def test_english_is_said_where_it_is_asked_for_whatever_is_accepted(bilingual):
    asked = {"asked": "&language=en", "accept-language": "es"}
    assert (await letter(bilingual, await refused_refund(bilingual), **asked)).text.startswith("What was decided")


async def test_a_language_without_a_catalogue_is_refused_when_it_is_asked_for(bilingual):
    decision = await refused_refund(bilingual)
    refused = await bilingual.get(f"/v1/decisions/{decision}/explanation?language=fr")
    told = problem(refused, 400, "parameter-invalid")
    assert "fr.po" in told["remedy"]


async def test_that_an_explanation_was_given_is_recorded_with_its_language(bilingual):
    decision = await refused_refund(bilingual)
    assert (await explained(bilingual, decision, "customer", headers={"accept-language": "es"}))["language"] == "es"
    entries = [stored.entry for stored in await bilingual.platform.runtime.ledger.page(0, 1000)]
    given = [fact for entry in entries for fact in entry.facts if isinstance(fact, ExplanationDelivered)]
    assert [each.language for each in given] == ["es"]


async def test_an_auditor_is_told_in_their_language_too(bilingual):
    decision, spanish = await refused_refund(bilingual), {"accept-language": "es"}
    because = "Porque: Nadie devuelve más de 1000,00. (regla bakery.huge_refund)"
    assert because in (await explained(bilingual, decision, "auditor", headers=spanish))["text"]
    path = (await bilingual.get(f"/v1/decisions/{decision}", headers=spanish)).json()
    assert because in path["story"]
    assert path["determined_by"][0]["message"] == "Nadie devuelve más de 1000,00."


async def test_rules_and_reasons_are_said_in_the_language_of_the_reader(bilingual):
    decision, spanish = await refused_refund(bilingual), {"accept-language": "es"}
    rule = (await bilingual.get("/v1/policies/bakery.huge_refund", headers=spanish)).json()["policy"]
    assert rule["sentence"].startswith("Prohíbe give_refund a cualquiera")
    listed = (await bilingual.get("/v1/decisions", params={"customer": BOB}, headers=spanish)).json()["decisions"]
    assert {each["decision"]: each["reason"] for each in listed}[decision] == "Nadie devuelve más de 1000,00."


async def test_a_reason_that_the_ledger_has_with_its_values_is_said_with_them(bilingual):
    await bilingual.customer(BOB)
    ruled = await bilingual.propose("bake_cake", BOB, "shy", arguments={})
    kept = (await bilingual.get(f"/v1/decisions/{ruled['decision']}")).json()["determined_by"][0]
    assert kept["message"].startswith("agent:shy is not granted bake_cake")
    spanish = {"accept-language": "es"}
    told = (await bilingual.get(f"/v1/decisions/{ruled['decision']}", headers=spanish)).json()["determined_by"][0]
    assert told["message"] == "bake_cake: agent:shy no tiene permiso."


async def test_a_customer_is_told_in_the_language_that_the_rule_itself_has(bilingual):
    files = workspace_files(FOLDER)
    name = "policies/bakery.cedar"
    message = '@message("Nobody gives back more than 1000.00.")'
    written = f'{message} @customer("Not so much.") @customer_es("No tanto.")'
    await bilingual.platform.publish({**files, name: files[name].replace(message.encode(), written.encode())}, "cli")
    decision = await refused_refund(bilingual)
    assert "\n- No tanto.\n" in (await letter(bilingual, decision, asked="&language=es")).text
    assert "\n- Not so much.\n" in (await letter(bilingual, decision)).text
    shown = (await bilingual.get("/v1/policies/bakery.huge_refund")).json()
    assert (shown["customer"], shown["translated"]) == ("Not so much.", {"es": "No tanto."})


async def test_duties_and_what_is_lacking_are_told_in_the_language_of_the_reader(bilingual):
    register = json.loads(json.dumps(REGISTER))
    register["systems"]["writer"]["risk_class"] = "annex_iii:5b"
    files = workspace_files(FOLDER) | {"systems.yaml": json.dumps(register).encode()}
    await bilingual.platform.publish(files, "cli")
    for path in ("/v1/systems", "/v1/systems/writer"):
        told = (await bilingual.get(path, headers={"accept-language": "es"})).json()
        duties = {each["duty"]: each for each in (told["systems"][0] if "systems" in told else told)["duties"]}
        assert duties["disclosure"]["asks"] == "decir que es una IA y en nombre de quién actúa"
        assert duties["notice"]["lacks"] == "falta el texto que informa: nómbrelo como `notice`"
