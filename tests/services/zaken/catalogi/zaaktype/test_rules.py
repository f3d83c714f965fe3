"""Rules of a zaaktype: its procestype (ztc-001), what it needs to be published (ztc-012), its other fields on a change."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from chassis.fetching import Outbound
from services.zaken.settings import settings_of
from tests.services.zaken.catalogi.typen import body, do_publish, holder, make, relate
from tests.services.zaken.making import CATALOGI, Zaken, created, wrong

PATH = f"{CATALOGI}/zaaktypen"


@pytest.fixture
async def selectielijst(zaken: Zaken) -> AsyncIterator[str]:
    """The URL of a procestype; beside it `/iets` is something else."""

    async def answer(request: web.Request) -> web.Response:
        procestype = {"url": str(request.url), "nummer": 1, "jaar": 2020, "naam": "Instellen", "procesobject": "Iets"}
        bodies = {"procestype": procestype, "iets": {"url": "x", "naam": "y"}}
        found = bodies.get(request.path.strip("/"))
        return web.Response(status=404) if found is None else web.json_response(found)

    app = web.Application()
    app.router.add_get("/{path}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    runtime = zaken.service.runtime
    guarded, runtime.outbound = runtime.outbound, Outbound("127.0.0.1")
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/procestype"
    await runtime.outbound.close()
    runtime.outbound = guarded
    await runner.cleanup()


class TestProcestype:
    async def test_is_one_of_the_selectielijst(self, zaken: Zaken, selectielijst: str) -> None:
        sent = body(zaken, "zaaktypen", name="Nieuw", selectielijstProcestype=selectielijst)
        assert created(await zaken.client.post(PATH, json=sent))["selectielijstProcestype"] == selectielijst
        for url, code in (
            (selectielijst.replace("procestype", "iets"), "invalid-resource"),
            (selectielijst.replace("procestype", "niets"), "bad-url"),
            ("http://10.0.0.1/x", "bad-url"),
            (zaken.zaaktype, "invalid-resource"),
        ):
            answer = await zaken.client.post(PATH, json=sent | {"selectielijstProcestype": url})
            assert wrong(answer) == {("selectielijstProcestype", code)}

    async def test_is_judged_again_when_it_changes(self, zaken: Zaken, selectielijst: str) -> None:
        url = await make(zaken, "zaaktypen", name="Nieuw")
        refused = {"selectielijstProcestype": selectielijst.replace("procestype", "iets")}
        expected = {("selectielijstProcestype", "invalid-resource")}
        assert wrong(await zaken.client.patch(url, json=refused)) == expected
        assert wrong(await zaken.client.put(url, json=body(zaken, "zaaktypen", name="Nieuw") | refused)) == expected
        answer = await zaken.client.patch(url, json={"selectielijstProcestype": selectielijst})
        assert answer.json()["selectielijstProcestype"] == selectielijst
        assert (await zaken.client.patch(url, json={"selectielijstProcestype": ""})).status_code == 200

    async def test_that_stays_is_not_fetched(self, zaken: Zaken, selectielijst: str) -> None:
        url = await make(zaken, "zaaktypen", name="Nieuw", selectielijstProcestype=selectielijst)
        runtime = zaken.service.runtime
        open_one, runtime.outbound = runtime.outbound, Outbound("")  # calls nothing any more
        sent = body(zaken, "zaaktypen", name="Nieuw", selectielijstProcestype=selectielijst)
        assert (await zaken.client.put(url, json=sent)).status_code == 200
        assert (await zaken.client.patch(url, json={"toelichting": "x"})).status_code == 200
        await runtime.outbound.close()
        runtime.outbound = open_one

    async def test_is_not_fetched_for_who_may_not_write(self, zaken: Zaken, selectielijst: str) -> None:
        url = await make(zaken, "zaaktypen", name="Nieuw")
        refused = {"selectielijstProcestype": selectielijst.replace("procestype", "iets")}
        assert (await holder(zaken, "lezen").patch(url, json=refused)).status_code == 403


class TestPublish:
    async def test_needs_a_published_version_of_what_it_refers_to(self, zaken: Zaken) -> None:
        besluittype = await make(zaken, "besluittypen", name="BT1")
        informatieobjecttype = await make(zaken, "informatieobjecttypen", name="Brief")
        url = await make(zaken, "zaaktypen", name="Nieuw", besluittypen=["BT1"])
        await relate(zaken, url, "Brief")
        refused = await zaken.client.post(f"{url}/publish")
        assert wrong(refused) == {("nonFieldErrors", "concept-relation")}
        assert len(refused.json()["invalidParams"]) == 2
        await do_publish(zaken, besluittype)
        assert len((await zaken.client.post(f"{url}/publish")).json()["invalidParams"]) == 1
        await do_publish(zaken, informatieobjecttype)
        await make(zaken, "besluittypen", name="BT1")  # a later concept is no objection
        assert (await do_publish(zaken, url))["besluittypen"] == [besluittype]

    async def test_needs_no_parts_unless_that_is_set(self, zaken: Zaken, monkeypatch: pytest.MonkeyPatch) -> None:
        await make(zaken, "zaaktypen", name="Leeg", publish=True)
        monkeypatch.setattr(settings_of(zaken.service.runtime), "strict_publish", True)
        empty = await make(zaken, "zaaktypen", name="Nog een")
        refused = await zaken.client.post(f"{empty}/publish")
        assert wrong(refused) == {("nonFieldErrors", "concept-relation")}
        assert [one["reason"] for one in refused.json()["invalidParams"]] == [
            "Het zaaktype heeft minstens 1 roltype nodig.",
            "Het zaaktype heeft minstens 1 resultaattype nodig.",
            "Het zaaktype heeft minstens 2 statustypen nodig.",
        ]


class TestChange:
    async def test_keeps_what_is_not_sent(self, zaken: Zaken) -> None:
        bron = {"url": "https://elders.example/1", "domein": "ABC", "rsin": "517439943"}
        url = await make(zaken, "zaaktypen", name="Nieuw", broncatalogus=bron, trefwoorden=["a"])
        before = await zaken.get(url)
        assert before["bronzaaktype"] == {"url": "", "identificatie": "", "omschrijving": ""}
        answer = await zaken.client.patch(url, json={"trefwoorden": ["a", "b"]})
        assert answer.json() == before | {"trefwoorden": ["a", "b"]}
        assert (await zaken.client.put(url, json=before)).json() == before

    async def test_what_may_be_left_out_is_not_sent_as_null(self, zaken: Zaken) -> None:
        names = ("broncatalogus", "bronzaaktype", "versiedatum")
        sent = body(zaken, "zaaktypen", name="Nieuw") | dict.fromkeys(names)
        assert wrong(await zaken.client.post(PATH, json=sent)) == {(name, "null") for name in names}

    async def test_names_all_that_is_wrong(self, zaken: Zaken) -> None:
        url = await make(zaken, "zaaktypen", name="Nieuw")
        sent = {"verlengingMogelijk": True, "eindeGeldigheid": "2019-01-01", "besluittypen": ["Onbekend"]}
        assert wrong(await zaken.client.patch(url, json=sent)) == {
            ("verlengingstermijn", "required"),
            ("eindeGeldigheid", "einde-voor-begin"),
            ("besluittypen.0", "does_not_exist"),
        }
        assert wrong(await zaken.client.put(url, json={"doel": ""})) >= {
            ("doel", "min_length"),
            ("onderwerp", "required"),
        }

    async def test_open_zaken_keep_their_zaaktype(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        answer = await zaken.client.patch(zaken.zaaktype, json={"doel": "Beter omschreven doel"})
        assert answer.status_code == 200
        assert (await zaken.get(zaak["url"]))["zaaktype"] == zaken.zaaktype
