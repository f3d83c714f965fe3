"""Another public base URL: the service refuses to start, `rerender` makes the stored JSON right, and then it starts."""

import pytest

from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers
from chassis.testing.service import make
from meent.rerender import rerender, stored_public_url

BODY = {"label": "Portaal", "clientIds": ["portaal"], "heeftAlleAutorisaties": True}


async def test_a_moved_installation_is_rendered_anew(live_service: MakeService, servers: Servers) -> None:
    before = await live_service("autorisaties")
    made = await before.client().post("/autorisaties/api/v1/applicaties", json=BODY)
    assert made.json()["url"].startswith("http://meent.test/")
    assert await stored_public_url(before.runtime.database) == "http://meent.test"

    moved = await make("autorisaties", servers, dsn=before.dsn, live=True, public_url="https://nieuw.example")
    try:
        with pytest.raises(RuntimeError, match="meent rerender"):
            await moved.runtime.start()
        assert await rerender(moved.runtime) == 1
        assert await rerender(moved.runtime) == 0, "what is right is left alone"
        shown = (await moved.client().get("/autorisaties/api/v1/applicaties")).json()["results"][0]
        assert shown == made.json() | {"url": shown["url"]}
        assert shown["url"].startswith("https://nieuw.example/autorisaties/")
        await moved.runtime.start()
    finally:
        await moved.runtime.stop()
