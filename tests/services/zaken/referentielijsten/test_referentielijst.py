"""The reference lists: public, in the shape of the national ones, and not served beside other lists."""

import pytest

from services.zaken.referentielijsten.referentielijst import BASE, own_row, rows
from services.zaken.settings import settings_of
from tests.services.zaken.making import Zaken

HERE = "http://meent.test"
LISTS = ("procestypen", "resultaten", "resultaattypeomschrijvingen", "communicatiekanalen")


def test_a_row_keeps_its_url() -> None:
    """Zaken and types refer to them: these may never change."""
    assert next(iter(rows(HERE)["procestypen"])) == "293f24e2-a623-5ce9-98c8-31d841055c75"
    assert next(iter(rows(HERE)["resultaten"])) == "0b9e89c7-6062-581f-a9a3-398e7fff82ed"


def test_every_procestermijn_is_there() -> None:
    terms = {row.procestermijn for row in rows(HERE)["resultaten"].values()}  # type: ignore[attr-defined]
    assert terms >= {"nihil", "ingeschatte_bestaansduur_procesobject", "vast_te_leggen_datum", ""}


def test_a_url_of_ours_leads_to_its_row_whatever_our_base_was() -> None:
    row_id, row = next(iter(rows(HERE)["communicatiekanalen"].items()))
    for base in (HERE, "http://vroeger.test"):
        found = own_row(
            (HERE, "http://vroeger.test"), "communicatiekanalen", f"{base}{BASE}/communicatiekanalen/{row_id}"
        )
        assert found == row
    assert own_row((HERE,), "procestypen", f"{HERE}{BASE}/communicatiekanalen/{row_id}") is None
    assert own_row((HERE,), "communicatiekanalen", f"http://elders.test{BASE}/communicatiekanalen/{row_id}") is None


class TestRead:
    @pytest.mark.parametrize("name", LISTS)
    async def test_needs_no_token(self, zaken: Zaken, name: str) -> None:
        anonymous = zaken.service.anonymous()
        answer = await anonymous.get(f"{BASE}/{name}")
        assert answer.status_code == 200
        found = answer.json()["results"] if name == "resultaten" else answer.json()
        assert [one["url"] for one in found] == [f"{HERE}{BASE}/{name}/{row_id}" for row_id in rows(HERE)[name]]
        one = await anonymous.get(found[-1]["url"])
        assert one.json() == found[-1]
        assert (
            await anonymous.get(found[-1]["url"], headers={"If-None-Match": one.headers["etag"]})
        ).status_code == 304

    async def test_cannot_be_written(self, zaken: Zaken) -> None:
        assert (await zaken.client.post(f"{BASE}/procestypen", json={})).status_code == 405

    async def test_what_is_not_there_is_404(self, zaken: Zaken) -> None:
        for path in ("procestypen/00000000-0000-0000-0000-000000000000", "procestypen/1", "resultaten?page=2"):
            assert (await zaken.client.get(f"{BASE}/{path}")).status_code == 404, path

    async def test_resultaten_of_a_procestype(self, zaken: Zaken) -> None:
        process = (await zaken.client.get(f"{BASE}/procestypen", params={"jaar": 2026})).json()[2]
        page = await zaken.get(f"{BASE}/resultaten", procesType=process["url"], pageSize=2)
        assert (page["count"], len(page["results"])) == (3, 2)
        assert [one["volledigNummer"] for one in page["results"]] == ["3.1", "3.2"]
        assert (await zaken.get(page["next"]))["results"][0]["volledigNummer"] == "3.3"
        assert (await zaken.client.get(f"{BASE}/procestypen", params={"jaar": 2017})).json() == []

    async def test_not_beside_the_lists_of_another(self, zaken: Zaken, monkeypatch: pytest.MonkeyPatch) -> None:
        other = "https://lijst.example/api/v1"
        monkeypatch.setattr(settings_of(zaken.service.runtime), "selectielijst", other)
        for name in LISTS:
            answer = await zaken.service.anonymous().get(f"{BASE}/{name}")
            assert answer.status_code == 404
            assert other in answer.json()["detail"]
