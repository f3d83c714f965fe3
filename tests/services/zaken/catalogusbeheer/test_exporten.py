import httpx
import pytest

from chassis.testing.service import ServiceUnderTest
from services.zaken.catalogusbeheer import plain_yaml
from services.zaken.catalogusbeheer.kinds import PARTS
from tests.services.zaken.catalogusbeheer.filling import BEHEER, exported, fill, find_catalogus, imported
from tests.services.zaken.making import Zaken

UNKNOWN = f"{BEHEER}/exporten/00000000-0000-4000-8000-000000000000"


def place(zaken: Zaken) -> str:
    return f"{BEHEER}/exporten/{zaken.catalogus.rpartition('/')[2]}"


async def test_without_rights_nothing_is_exported(zaken: Zaken) -> None:
    assert (await zaken.service.anonymous().get(place(zaken))).status_code == 401
    others = [
        {"component": "ztc", "scopes": ["catalogi.lezen", "catalogi.schrijven"]},
        {"component": "catalogusbeheer", "scopes": ["importen.aanmaken"]},
    ]
    refused = zaken.service.client("ander", others)
    for url in (place(zaken), UNKNOWN):
        assert (await refused.get(url)).status_code == 403
    reader = zaken.service.client("lezer", [{"component": "catalogusbeheer", "scopes": ["exporten.lezen"]}])
    assert (await reader.get(place(zaken))).status_code == 200


async def test_an_export_is_a_file_with_an_etag(zaken: Zaken) -> None:
    answer = await zaken.client.get(place(zaken))
    assert answer.headers["content-type"] == "application/yaml; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="catalogus-517439943.yaml"'
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await zaken.client.get(place(zaken), headers=known)).status_code == 304
    assert (await zaken.client.get(UNKNOWN)).status_code == 404


async def by_zaaktype(client: httpx.AsyncClient, catalogus: str) -> dict[str, dict[str, list[object]]]:
    document = plain_yaml.read(await exported(client, catalogus))
    return {one["identificatie"]: one for one in document["zaaktypen"]}


@pytest.mark.timeout(180)
async def test_fifty_types_come_back_byte_for_byte(zaken: Zaken, other: ServiceUnderTest) -> None:
    await fill(zaken, zaaktypen=50)
    there = other.client()
    document = await exported(zaken.client, zaken.catalogus)
    report = await imported(there, document)
    assert (report["toegevoegd"], report["geweigerd"]) == (1 + 3 + 1 + 51, 0)
    catalogus = await find_catalogus(there)
    assert await exported(there, catalogus) == document
    found = await by_zaaktype(there, catalogus)
    assert {kind.section for kind in PARTS} <= found["zaaktype-07"].keys()
    assert {one["concept"] for one in found.values()} == {"true", "false"}
    text = document.decode()
    assert not any(word in text for word in ("meent.test", "elders.test", *(row for row in await ids(zaken))))
    again = await imported(there, document)
    assert (again["ongewijzigd"], again["toegevoegd"], again["gewijzigd"], again["gepubliceerd"]) == (56, 0, 0, 0)


async def ids(zaken: Zaken) -> list[str]:
    rows = await zaken.service.runtime.database.fetch("SELECT id FROM zaaktype UNION SELECT id FROM statustype")
    return [str(row["id"]) for row in rows]
