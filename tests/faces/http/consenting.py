"""A bakery that asks for consent to several purposes, for the tests of consent."""

from functools import cache

from tests.faces.http.bakery import FOLDER, Bakery
from xop.assembly import compiled, workspace_files
from xop.kernel.release import Release

ANN = "phone:+442071838750"

CONDITIONS = {"sale_context": True, "similar_products": True, "optout_at_collection": True, "optout_each_message": True}

_PURPOSES = """
channels:
  email: {namespace: email, medium: electronic_mail, description: E-mail}
  sms: {namespace: phone, medium: electronic_mail, description: Text message}
  voice: {namespace: phone, medium: automated_call}
purposes:
  service: {basis: contract, channels: [email, sms], description: Your orders.}
  marketing:
    title: Offers & news
    description: What <we> bake and sell.
    basis: consent
    channels: [email, sms, voice]
    promotional: true
    gpc: true
    valid_for: 365d
    refresh_after: 300d
    dpv: dpv:DirectMarketing
    scopes: ["bread-news:read"]
    data: [pd:EmailAddress]
    recipients: [The mill]
  similar:
    title: Similar bread
    basis: consent
    channels: [email]
    promotional: true
    soft_opt_in: true
    dpv: dpv:Advertising
  study: {title: Finding better recipes, basis: legitimate_interest, dpv: dpv:ServiceOptimisation}
  training: {basis: consent, dpv: dpv:ResearchAndDevelopment}
"""

_LINKS = '{to: "{{address}}", page: "{{preferences}}", stop: "{{unsubscribe}}",'

_VENDOR = """
  vendor:
    adapter: shared_signals
    settings:
      url: http://127.0.0.1:9/events
      issuer: https://bakery.example
      audience: https://vendor.example
      key: ${env:SUE_KEY}
      pairwise: ${env:COURIER_SIGNING}
"""

_CONTROLLER = """
address = "https://bakery.example"
[controller]
name = "The Bakery"
address = "1 Oven Lane"
contact = "privacy@bakery.example"
authority = "The Commissioner"
jurisdiction = "GB"
"""


@cache
def published() -> tuple[Release, dict[str, bytes]]:
    """Return the bakery's release with these purposes, and its files."""
    files = workspace_files(FOLDER)
    settings = files["workspace.toml"].decode() + _CONTROLLER
    note = files["actions/send_note.yaml"].decode().replace('{to: "{{address}}",', _LINKS)
    files |= {"purposes.yaml": _PURPOSES.encode(), "workspace.toml": settings.encode()}
    files["actions/send_note.yaml"] = note.encode()
    files["connections.yaml"] += _VENDOR.encode()
    return compiled(files), files


async def adopt(bakery: Bakery) -> None:
    """Let the release rule in a bakery; it is compiled once for all tests."""
    release, files = published()
    runtime = bakery.platform.runtime
    await runtime.releases.publish(release.digest, release.name, files, runtime.clock.now(), "cli")
    bakery.platform.engine.adopt(release)


async def change(bakery: Bakery, change: str, purpose: str, channel: str | None = "email", **more: object) -> None:
    """Record a change of Ann's consent."""
    body = {"change": change, "purpose": purpose, **({"channel": channel} if channel else {}), **more}
    response = await bakery.post(f"/v1/customers/{ANN}/consents", body)
    assert response.status_code == 200, response.text


async def codes(bakery: Bakery) -> dict[str, str]:
    """Return the code of Ann's answer for each purpose and channel."""
    answers = (await bakery.get(f"/v1/customers/{ANN}/consents")).json()["answers"]
    return {f"{each['purpose']}/{each['channel']}": each["code"] for each in answers}
