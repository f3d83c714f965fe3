"""The declarative file: what it says is applied once, and again only when it says something else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.problems import Invalid
from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest
from chassis.unit import unit_of_work
from services.autorisaties.autorisaties.credential import credential_of, opened
from services.autorisaties.declaratie import apply_declaration

BASE = "/autorisaties/api/v1"


class Start:
    """A service that is started again and again with a file."""

    def __init__(self, under_test: ServiceUnderTest, file: Path) -> None:
        self.under_test, self.file = under_test, file

    async def __call__(self, *, secret: str = "eerste", **fields: Any) -> None:
        entry = {"label": "Portaal", "heeftAlleAutorisaties": True} | fields
        entry["credentials"] = [{"clientId": "portaal", "secret": secret}]
        self.file.write_text(yaml.safe_dump({"applicaties": [entry]}))
        runtime = self.under_test.runtime
        settings = runtime.settings.model_copy(update={"applicaties": str(self.file)})
        await apply_declaration(replace(runtime, settings=settings))

    async def secrets(self) -> list[str] | None:
        async with unit_of_work(self.under_test.runtime) as unit:
            row = await credential_of(unit, "portaal")
            return None if row is None else opened(unit, row)

    async def url(self, path: str) -> str:
        [one] = (await self.under_test.client().get(f"{BASE}{path}")).json()["results"]
        return str(one["url"])


@pytest.fixture
async def start(service: MakeService, tmp_path: Path) -> Start:
    return Start(await service("autorisaties"), tmp_path / "applicaties.yaml")


async def test_what_it_says_is_made(start: Start) -> None:
    await start()
    [one] = (await start.under_test.client().get(f"{BASE}/applicaties")).json()["results"]
    assert (one["label"], one["clientIds"], one["heeftAlleAutorisaties"]) == ("Portaal", ["portaal"], True)
    assert await start.secrets() == ["eerste"]


async def test_starting_again_changes_nothing(start: Start) -> None:
    for _ in range(2):
        await start()
    assert len(await start.under_test.audit()) == 2


async def test_a_rotated_secret_survives_a_restart(start: Start) -> None:
    await start()
    url, client = await start.url("/credentials"), start.under_test.client()
    fresh = (await client.post(f"{url}/rotaties")).json()["secret"]
    await client.delete(f"{url}/rotaties")
    await start()
    assert await start.secrets() == [fresh]


async def test_a_revoked_credential_stays_revoked(start: Start) -> None:
    await start()
    await start.under_test.client().delete(await start.url("/credentials"))
    await start()
    assert await start.secrets() is None


async def test_withdrawn_rights_stay_withdrawn(start: Start) -> None:
    await start()
    url, client = await start.url("/applicaties"), start.under_test.client()
    await client.patch(
        url, json={"heeftAlleAutorisaties": False, "autorisaties": [{"component": "ztc", "scopes": ["catalogi.lezen"]}]}
    )
    await start()
    assert (await client.get(url)).json()["heeftAlleAutorisaties"] is False
    await client.delete(url)
    await start()
    assert (await client.get(f"{BASE}/applicaties")).json()["count"] == 0


async def test_a_new_secret_in_the_file_replaces_all(start: Start) -> None:
    await start()
    await start.under_test.client().post(f"{await start.url('/credentials')}/rotaties")
    await start(secret="tweede")
    assert await start.secrets() == ["tweede"]


async def test_other_rights_in_the_file_are_applied_and_the_secret_is_left(start: Start) -> None:
    await start()
    fresh = (await start.under_test.client().post(f"{await start.url('/credentials')}/rotaties")).json()["secret"]
    rights = [{"component": "zrc", "scopes": ["zaken.lezen"], "maxVertrouwelijkheidaanduiding": "openbaar"}]
    await start(heeftAlleAutorisaties=False, autorisaties=rights)
    [one] = (await start.under_test.client().get(f"{BASE}/applicaties")).json()["results"]
    assert one["autorisaties"] == [rights[0] | {"componentWeergave": "Zaken API"}]
    assert await start.secrets() == [fresh, "eerste"]


async def test_a_file_may_leave_the_type_out_but_not_name_a_limit_that_nobody_judges(start: Start) -> None:
    with pytest.raises(Invalid):
        await start(
            heeftAlleAutorisaties=False,
            autorisaties=[{"component": "klanten", "scopes": ["partijen.lezen"], "afdeling": "parkeren"}],
        )
    assert await start.under_test.audit() == []
