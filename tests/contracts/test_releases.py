"""What every keeper of releases promises."""

from tests.contracts.material import START
from xop.ports.releases import ReleaseRecord

FILES = {"workspace.toml": b"name = 'x'\n", "actions/mail.yaml": b"\x00\xff", "empty": b""}


async def test_without_a_release_none_is_active(runtime):
    assert await runtime.releases.active() is None
    assert list(await runtime.releases.history()) == []
    assert await runtime.releases.files("sha256:1") is None


async def test_a_release_is_kept_with_its_files_and_becomes_active(runtime, reopen):
    await runtime.releases.publish("sha256:1", "shop", FILES, START, "ada")
    again = await reopen()
    assert await again.releases.files("sha256:1") == FILES
    assert await again.releases.active() == "sha256:1"
    assert list(await again.releases.history()) == [ReleaseRecord("sha256:1", "shop", START, "ada", active=True)]


async def test_the_release_published_last_is_active_and_the_others_stay(runtime):
    await runtime.releases.publish("sha256:1", "shop", FILES, START, "ada")
    await runtime.releases.publish("sha256:2", "shop", FILES | {"empty": b"now full"}, START + 1, "ben")
    assert await runtime.releases.active() == "sha256:2"
    assert await runtime.releases.files("sha256:1") == FILES
    assert await runtime.releases.files("sha256:2") == FILES | {"empty": b"now full"}
    assert [(each.digest, each.active) for each in await runtime.releases.history()] == [
        ("sha256:2", True),
        ("sha256:1", False),
    ]


async def test_publishing_a_known_release_again_lets_it_rule_again_with_the_files_that_came_last(runtime, reopen):
    scenarios = {"scenarios/one.yaml": b"scenarios: []\n"}
    await runtime.releases.publish("sha256:1", "shop", FILES, START, "ada")
    await runtime.releases.publish("sha256:2", "shop", {}, START + 1, "ben")
    await runtime.releases.publish("sha256:1", "other", FILES | scenarios, START + 2, "cleo")
    again = (await reopen()).releases
    assert await again.active() == "sha256:1"
    assert await again.files("sha256:1") == FILES | scenarios
    assert await again.files("sha256:2") == {}
    assert list(await again.history()) == [
        ReleaseRecord("sha256:1", "shop", START + 2, "cleo", active=True),
        ReleaseRecord("sha256:2", "shop", START + 1, "ben", active=False),
    ]
    await again.publish("sha256:1", "shop", FILES, START + 3, "ada")
    assert await again.files("sha256:1") == FILES
    assert (await again.history())[0].by == "cleo"


async def test_publishing_the_release_that_rules_changes_nothing(runtime):
    await published(runtime, "1", "2")
    before = list(await runtime.releases.history())
    await published(runtime, "2")
    assert list(await runtime.releases.history()) == before
    assert await runtime.releases.before() == "1"


async def published(runtime, *digests, place="above"):
    """Publish releases one after the other."""
    for digest in digests:
        await runtime.releases.publish(digest, "shop", FILES, START, "ada", place=place)


async def test_there_is_nothing_before_the_first_publication(runtime):
    assert await runtime.releases.before() is None
    await published(runtime, "1")
    assert await runtime.releases.before() is None


async def test_what_ruled_before_is_what_did_and_not_what_was_published_before(runtime, reopen):
    await published(runtime, "1", "2", "1", "3")
    assert await (await reopen()).releases.before() == "1"


async def test_undoing_goes_back_step_by_step(runtime):
    await published(runtime, "1", "2", "3")
    await published(runtime, "2 again", place="below")
    assert (await runtime.releases.active(), await runtime.releases.before()) == ("2 again", "1")
    await published(runtime, "1", place="below")
    assert (await runtime.releases.active(), await runtime.releases.before()) == ("1", None)


async def test_what_takes_the_place_of_the_last_publication_is_undone_with_it(runtime, reopen):
    await published(runtime, "1", "2")
    await published(runtime, "2 upgraded", place="instead")
    again = (await reopen()).releases
    assert (await again.active(), await again.before()) == ("2 upgraded", "1")


async def test_undoing_goes_on_down_also_where_it_comes_to_what_rules_already(runtime):
    await published(runtime, "1", "2", "2 upgraded")
    await published(runtime, "2 upgraded", place="below")
    assert (await runtime.releases.active(), await runtime.releases.before()) == ("2 upgraded", "1")


async def test_what_was_undone_does_not_come_back(runtime):
    await published(runtime, "1", "2")
    await published(runtime, "1", place="below")
    await published(runtime, "3")
    assert await runtime.releases.before() == "1"


async def test_what_is_returned_is_the_readers_own(runtime):
    await runtime.releases.publish("sha256:1", "shop", FILES, START, "ada")
    files = await runtime.releases.files("sha256:1")
    assert files is not None
    files.clear()
    assert await runtime.releases.files("sha256:1") == FILES
