"""Logs that another one has followed are listed for whoever verifies them."""

from tests.faces.http.bakery import open_bakery
from xop.ports.log import CHECKPOINT, CLOSED


async def test_a_log_that_was_followed_is_listed_with_what_was_signed_of_it(tmp_path):
    async with open_bakery(tmp_path) as bakery:
        await bakery.customer("user_id:u1")
        assert (await bakery.get("/v1/log/closed")).json() == {"logs": [], "next": None}
        await bakery.platform.engine.log.head.reached(0, "integrated", 20)
        head = (await bakery.get("/v1/log")).json()
        assert head["size"]
        wish = {"origin": "bakery.test/second", "reason": "The disk was lost."}
        begun = await bakery.post("/v1/log", wish, "paul")
        assert begun.status_code == 200, begun.text
        follows = begun.json()["follows"]
    async with open_bakery(tmp_path) as bakery:
        (closed,) = (await bakery.get("/v1/log/closed")).json()["logs"]
        assert closed["origin"] == head["origin"]
        assert closed["size"] >= follows["size"]  # what was written until it ended is signed too
        assert (closed["number"], closed["address"], closed["fault"]) == (1, "/log/closed/1/", "")


async def test_many_closed_logs_are_listed_page_by_page(tmp_path):
    async with open_bakery(tmp_path) as bakery:
        tiles = bakery.platform.runtime.tiles
        await tiles.write({f"{CLOSED}/{number}/{CHECKPOINT}": b"no checkpoint" for number in range(1, 6)})
        pages: list[list[int]] = []
        after: int | None = 0
        while after is not None:
            page = (await bakery.get(f"/v1/log/closed?limit=2&after={after}")).json()
            pages.append([each["number"] for each in page["logs"]])
            after = page["next"]
        assert pages == [[1, 2], [3, 4], [5]]
        assert (await bakery.get("/v1/log/closed?limit=5")).json()["next"] is None
