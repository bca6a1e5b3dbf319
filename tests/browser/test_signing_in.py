"""In a real browser: people choose a password, make a passkey, come in by it, and keep their account in order."""

from shutil import copytree

import pytest

from tests.kit.browser import Person
from tests.kit.console import PASSWORD, consoling
from tests.kit.harbour import FOLDER

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    with consoling(tmp_path_factory.mktemp("signing_in")) as opened:
        # Passkeys need a host that has a name.
        yield opened._replace(server=opened.server._replace(url=opened.url.replace("127.0.0.1", "localhost")))


@pytest.fixture
def person(browser, console):
    somebody = Person(browser, console)
    yield somebody
    somebody.close()


def device(person):
    """Give somebody's browser a device for passkeys, and return what counts those it holds."""
    session = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": _DEVICE})
    return lambda: len(session.send("WebAuthn.getCredentials", made)["credentials"])


def test_a_passkey_is_made_and_lets_its_owner_in_without_a_name(person):
    count, page = device(person), person.page
    person.sign_in("olga")
    page.goto("/console/account")
    page.get_by_label("Name of the device").fill("my phone")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("status").get_by_text("lets you in from now on").wait_for()
    assert count() == 1
    page.get_by_role("button", name="Sign out").click()
    # The device offers itself in the field for the name, and nobody has to press anything.
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto("/console/account")
    assert page.get_by_role("row", name="this one").get_by_text("passkey").count() == 1
    assert person.faults == []


def test_everything_is_done_by_keyboard_alone(person):
    page = person.page
    page.goto(person.console.invitation("otto"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "invitations" not in url)
    page.goto("/console/account")
    page.get_by_label("Present password").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type("a lamp in the harbour at dusk")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("The password is changed").wait_for()
    page.get_by_role("button", name="Sign out").press("Enter")
    page.get_by_label("Name").wait_for()
    page.keyboard.type("otto")
    page.keyboard.press("Tab")
    page.keyboard.type("a lamp in the harbour at dusk")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    assert person.faults == []


def test_a_wrong_password_is_told_beside_what_was_typed(person):
    page = person.page
    page.goto("/console/account")
    page.get_by_label("Name").fill("olga")
    page.get_by_label("Password").fill("not at all the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("alert").get_by_text("do not belong together").wait_for()
    assert page.get_by_label("Name").input_value() == "olga"
    assert page.get_by_label("Password").input_value() == ""


def test_nothing_keeps_anybody_from_using_the_pages(person):
    page = person.page
    pages = ["/console/sign-in", person.console.invitation("fay"), "/console/account"]
    for theme in ("light", "dark"):
        person.wear(theme)
        for path in pages[:2]:
            page.goto(path)
            assert person.blemishes() == []
    person.sign_in("fay")
    page.wait_for_url(lambda url: "invitations" not in url)
    page.goto(pages[2])
    for theme in ("light", "dark"):
        person.wear(theme)
        assert person.blemishes() == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert person.faults == []


def test_on_a_phone_the_menu_leads_out_again(person):
    page = person.sign_in("fay")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_label("Menu").first.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")


def test_a_cookie_for_https_alone_is_kept_on_this_machine_too(browser, tmp_path):
    workspace = tmp_path / "workspace"

    copytree(FOLDER, workspace)
    settings = workspace / "workspace.toml"
    settings.write_text(f'address = "https://harbour.test"\n{settings.read_text()}')
    with consoling(tmp_path, workspace) as console:
        person = Person(browser, console)
        person.sign_in("olga")
        person.page.goto("/console/account")
        assert [each["name"] for each in person.context.cookies() if each["secure"]] == ["__Host-xop_session"]
        assert "account" in person.page.url
        person.close()
