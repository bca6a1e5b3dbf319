"""Languages of the console: a catalogue in the data folder is enough, and a bad one does no harm."""

from io import BytesIO

import pytest
from babel import Locale

from tests.kit.pseudo import LANGUAGE, bracketed, speak
from xop.faces.console.extraction import phrases, python_texts
from xop.faces.languages import Languages

POLISH = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

msgid "Sign in"
msgstr "Zaloguj"

msgid "{who} waits"
msgstr "{somebody} czeka"

msgid "{who} goes"
msgstr "{who idzie"

#, fuzzy
msgid "Close"
msgstr "Otwórz"

msgid "one rule"
msgid_plural "%d rules"
msgstr[0] "jedna reguła"
msgstr[1] "%d reguły"
msgstr[2] "%d reguł"
"""


@pytest.fixture
def polish(tmp_path):
    (tmp_path / "pl.po").write_text(POLISH, encoding="utf-8")
    return Languages(tmp_path).of(Locale("pl"))


def test_a_text_is_said_in_the_language_of_its_catalogue(polish):
    assert polish.gettext("Sign in") == "Zaloguj"


def test_a_text_without_a_translation_stays_in_english(polish):
    assert polish.gettext("Sign out") == "Sign out"


@pytest.mark.parametrize(("count", "said"), [(1, "jedna reguła"), (3, "%d reguły"), (5, "%d reguł"), (22, "%d reguły")])
def test_every_plural_form_of_a_language_is_used(polish, count, said):
    assert polish.ngettext("one rule", "%d rules", count) == said


@pytest.mark.parametrize("text", ["{who} waits", "{who} goes"])
def test_a_translation_that_cannot_be_filled_is_not_used(polish, text):
    assert polish.gettext(text) == text


def test_a_translation_that_nobody_has_confirmed_is_not_used(polish):
    assert polish.gettext("Close") == "Close"


def test_a_catalogue_of_the_company_goes_before_one_that_comes_along(tmp_path):
    for name, text in (("own", "Log in here"), ("shared", "Log in there")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pl.po").write_text(f'msgid "Sign in"\nmsgstr "{text}"\n', encoding="utf-8")
    assert Languages(tmp_path / "own", tmp_path / "shared").of(Locale("pl")).gettext("Sign in") == "Log in here"


def test_a_country_may_have_its_own_kind_of_a_language(tmp_path):
    for name, text in (("de", "Anmelden"), ("de_CH", "Aamälde")):
        (tmp_path / f"{name}.po").write_text(f'msgid "Sign in"\nmsgstr "{text}"\n', encoding="utf-8")
    languages = Languages(tmp_path)
    said = [languages.of(Locale("de", country)).gettext("Sign in") for country in ("CH", "AT")]
    assert said == ["Aamälde", "Anmelden"]


@pytest.mark.parametrize("content", [b"msgid what", b'msgid "a"\nmsgstr "\xff"\n'])
def test_a_catalogue_that_cannot_be_read_leaves_everything_in_english(tmp_path, content):
    (tmp_path / "pl.po").write_bytes(content)
    assert Languages(tmp_path).of(Locale("pl")).gettext("Sign in") == "Sign in"


async def test_what_is_said_after_a_form_and_to_whoever_cannot_come_in_is_in_the_language_too(lobby):
    speak(lobby.data)
    stranger = lobby.browser(**{"accept-language": LANGUAGE})
    refused = await stranger.sign_in("olga", "no such password")
    assert bracketed("The name and the password do not belong together.") in refused.text
    assert bracketed("Sign in") in refused.text
    olga = await lobby.guest("olga", **{"accept-language": LANGUAGE})
    told = await olga.send("/console/account", "/console/account", zone="", locale="", theme="dark")
    assert bracketed("Kept.") in told
    assert f"{bracketed('Your account')} ·" in told


def test_a_text_that_is_put_together_where_it_is_looked_up_is_refused():
    with pytest.raises(ValueError, match="write a text as a whole"):
        list(python_texts(BytesIO(b'words.text(f"{count} rules")')))


def test_the_sentences_of_the_kernel_are_found_in_whichever_way_they_are_written():
    code = """
_SAID = marked({"a": "It is so.", "b": ("It was so.", "It will be so.")})
phrase("Yes." if so else "No.", who=who)
joined(parts, "{one} and {other}", last="{one} or {other}")
phrase(_SAID["a"])
"""
    found = [text for _, _, text, _ in phrases(BytesIO(code.encode()))]
    assert found == [
        *("It is so.", "It was so.", "It will be so.", "Yes.", "No.", "{one} and {other}", "{one} or {other}"),
    ]
    with pytest.raises(ValueError, match="write a text as a whole"):
        list(phrases(BytesIO(b'phrase(f"{count} rules")')))


@pytest.mark.parametrize("translation", ["{who!r} czeka", "{who:>99999999} czeka", "{who.x} czeka", "{} czeka"])
def test_a_translation_that_does_more_with_a_place_than_name_it_is_not_used(tmp_path, translation):
    (tmp_path / "pl.po").write_text(f'msgid "{{who}} waits"\nmsgstr "{translation}"\n', encoding="utf-8")
    assert Languages(tmp_path).of(Locale("pl")).gettext("{who} waits") == "{who} waits"


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        ("pl", "", "pl"),
        ("pt-BR", "", "pt-BR"),
        ("pl_PL", "", "pl"),
        ("", "fr, pl;q=0.5, en", "pl"),
        ("", "en-US, pl", "en"),
        ("fr", "", None),
        ("../pl", "", None),
        ("", "*", None),
    ],
)
def test_who_is_spoken_to_hears_the_first_of_their_languages_that_there_is(tmp_path, wanted, accepted, language):
    for name in ("pl", "pt_BR"):
        (tmp_path / f"{name}.po").write_text('msgid "Sign in"\nmsgstr "Zaloguj"\n', encoding="utf-8")
    languages = Languages(tmp_path)
    speech = languages.speech(wanted, accepted)
    assert (speech.language if speech is not None else None) == language
    assert languages.names() == ["pl", "pt-BR"]


def test_a_catalogue_that_cannot_be_read_is_no_language_to_be_spoken_to_in(tmp_path):
    (tmp_path / "pl.po").write_bytes(b"msgid what")
    assert Languages(tmp_path).speech("pl") is None
