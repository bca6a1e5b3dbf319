"""Purposes: what they may be part of, and what may be sent without consent."""

import pytest

from tests.workspace.material import compiled, line_of, problems_of, with_text
from xop.kernel.consent.answer import MOST_BROADER, lineage

PURPOSES = """
channels:
  email: {medium: electronic_mail}
  robot: {medium: automated_call}
  voice: {medium: live_call}
  fax: {}
purposes:
  marketing: {basis: consent, promotional: true, channels: [email, robot]}
  news: {basis: consent, promotional: true, channels: [email], broader: marketing, dpv: dpv:DirectMarketing}
  weekly: {basis: consent, promotional: true, channels: [email], broader: news}
  similar: {basis: consent, promotional: true, channels: [email], soft_opt_in: true}
  service: {basis: contract, channels: [email]}
"""


def test_a_purpose_knows_what_it_is_part_of():
    release = compiled(with_text(purposes_yaml=PURPOSES))
    assert lineage(release.purposes, "weekly") == ("weekly", "news", "marketing")
    assert lineage(release.purposes, "marketing") == ("marketing",)


def test_the_controller_is_the_workspace_until_it_says_more():
    assert compiled(with_text(purposes_yaml=PURPOSES)).controller.name == "minimal"
    settings = b'name = "minimal"\n[controller]\nname = "Shop AG"\njurisdiction = "DE"\n'
    controller = compiled(with_text(purposes_yaml=PURPOSES) | {"workspace.toml": settings}).controller
    assert (controller.name, controller.jurisdiction) == ("Shop AG", "DE")


@pytest.mark.parametrize(
    ("old", "new", "marker", "cause", "remedy"),
    [
        ("broader: marketing", "broader: marketings", "news:", "there is no purpose 'marketings'", "marketing"),
        ("broader: marketing", "broader: service", "news:", "different legal bases", "same `basis`"),
        ("broader: marketing", "broader: weekly", "news:", "part of itself", "drop `broader`"),
        ("broader: marketing", "broader: news", "news:", "part of itself", "drop `broader`"),
        ("dpv: dpv:DirectMarketing", "dpv: marketing", "news:", "dpv", ""),
        ("channels: [email], soft_opt_in: true", "soft_opt_in: true", "similar:", "electronic mail only", "channels"),
        ("[email], soft_opt_in", "[email, robot], soft_opt_in", "similar:", "electronic mail only", "medium"),
        ("[email], soft_opt_in", "[voice], soft_opt_in", "similar:", "electronic mail only", "medium"),
        ("[email], soft_opt_in", "[fax], soft_opt_in", "similar:", "electronic mail only", "medium"),
        (
            "promotional: true, channels: [email], soft",
            "channels: [email], soft",
            "similar:",
            "direct marketing",
            "add",
        ),
        ("similar: {basis: consent", "similar: {basis: contract", "similar:", "not the basis", "drop"),
    ],
)
def test_a_mistake_in_a_purpose_is_told(old, new, marker, cause, remedy):
    assert PURPOSES.count(old) == 1
    files = with_text(purposes_yaml=PURPOSES.replace(old, new))
    found = [each for each in problems_of(files) if each.line == line_of(files, "purposes.yaml", marker)]
    assert any(cause in each.cause and remedy in each.remedy for each in found), found


def test_a_purpose_is_part_of_so_many_others_and_no_more():
    def chain(count: int) -> dict[str, bytes]:
        links = "".join(f"  p{n}: {{basis: consent, broader: p{n - 1}}}\n" for n in range(1, count + 1))
        return with_text(purposes_yaml="purposes:\n  p0: {basis: consent}\n" + links)

    deepest = compiled(chain(MOST_BROADER)).purposes
    assert len(lineage(deepest, f"p{MOST_BROADER}")) == MOST_BROADER + 1
    assert "is part of more than" in problems_of(chain(MOST_BROADER + 1))[0].cause
