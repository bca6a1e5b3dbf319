"""Logs that another one has followed are listed for whoever verifies them."""

import asyncio

from tests.faces.http.bakery import open_bakery


async def others() -> None:
    """Let others go on."""
    await asyncio.sleep(0)


async def test_a_log_that_was_followed_is_listed_with_what_was_signed_of_it(tmp_path):
    async with open_bakery(tmp_path) as bakery:
        await bakery.customer("user_id:u1")
        assert (await bakery.get("/v1/log/closed")).json() == {"logs": []}
        async with asyncio.timeout(20):
            while not (head := (await bakery.get("/v1/log")).json())["size"]:
                await others()
        wish = {"origin": "bakery.test/second", "reason": "The disk was lost."}
        begun = await bakery.post("/v1/log", wish, "paul")
        assert begun.status_code == 200, begun.text
        follows = begun.json()["follows"]
    async with open_bakery(tmp_path) as bakery:
        (closed,) = (await bakery.get("/v1/log/closed")).json()["logs"]
        assert closed["origin"] == head["origin"]
        assert closed["size"] >= follows["size"]  # what was written until it ended is signed too
        assert (closed["number"], closed["address"], closed["fault"]) == (1, "/log/closed/1/", "")
