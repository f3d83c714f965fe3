"""The brondatum: each afleidingswijze finds its day in our registers or at another provider, or leaves it unknown."""

from typing import Any

import pytest

from tests.services.zaken.catalogi import typen
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import RSIN, ZAKEN, Zaken, created

BESLUITEN = "/besluiten/api/v1/besluiten"
KEPT = ("archiefactiedatum", "startdatumBewaartermijn")


async def kept(zaken: Zaken, zaak: str, afleidingswijze: str, **brondatum: Any) -> list[str | None]:
    """Close a zaak whose dossier is kept for a month, and see until when and from when."""
    archiving = {"afleidingswijze": afleidingswijze} | brondatum
    await zaken.resultaat(zaak, brondatum_archiefprocedure=archiving, archiefactietermijn="P1M")
    content = await zaken.close(zaak)
    return [content[name] for name in KEPT]


async def test_afgehandeld_and_termijn_count_from_the_einddatum(zaken: Zaken) -> None:
    zaak = (await zaken.zaak())["url"]
    assert await kept(zaken, zaak, "afgehandeld") == ["2026-03-01", "2026-02-01"]
    other = (await zaken.zaak())["url"]
    fields = {"omschrijving": "Termijn", "archiefactietermijn": "P1M"}
    archiving = {"afleidingswijze": "termijn", "procestermijn": "P1Y6M"}
    await zaken.resultaat(other, brondatum_archiefprocedure=archiving, **fields)
    content = await zaken.close(other)
    assert [content[name] for name in KEPT] == ["2027-09-01", "2027-08-01"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2030-01-31"], ["2030-02-28", "2030-01-31"]),
        (["20300131", "2029-05-05"], ["2030-02-28", "2030-01-31"]),
        (["2030-01-31", "geen dag"], [None, None]),
        ([], [None, None]),
    ],
)
async def test_eigenschap(zaken: Zaken, values: list[str], expected: list[str | None]) -> None:
    zaak = (await zaken.zaak())["url"]
    eigenschap = await zaken.make_eigenschap("vervalt", lengte="20", kardinaliteit="N")
    for waarde in values:
        body = {"zaak": zaak, "eigenschap": eigenschap, "waarde": waarde}
        created(await zaken.client.post(f"{zaak}/zaakeigenschappen", json=body))
    assert await kept(zaken, zaak, "eigenschap", datumkenmerk="vervalt") == expected


async def test_zaakobject_by_its_own_fields(zaken: Zaken) -> None:
    zaak = (await zaken.zaak())["url"]
    for day in ("2008-1-1", "2013-1-1"):
        known = {
            "waardepeildatum": day,
            "isVoor": {
                "wozObjectNummer": "1",
                "aanduidingWozObject": {
                    "aoaIdentificatie": "1",
                    "wplWoonplaatsNaam": "W",
                    "gorOpenbareRuimteNaam": "S",
                    "aoaHuisnummer": 1,
                },
            },
        }
        body = {"zaak": zaak, "objectType": "woz_waarde", "objectIdentificatie": known}
        created(await zaken.client.post(f"{ZAKEN}/zaakobjecten", json=body))
    other = {"zaak": zaak, "objectType": "pand", "objectIdentificatie": {"identificatie": "1"}}
    created(await zaken.client.post(f"{ZAKEN}/zaakobjecten", json=other))
    where = {"datumkenmerk": "waardepeildatum", "objecttype": "woz_waarde"}
    assert await kept(zaken, zaak, "zaakobject", **where) == ["2013-02-01", "2013-01-01"]


async def test_zaakobject_at_another_provider(zaken: Zaken, elsewhere: Elsewhere) -> None:
    zaak = (await zaken.zaak())["url"]
    for number, day in enumerate(("2030-06-01", "2031-06-01")):
        url = elsewhere.put(f"pand/{number}", {"sloop": day})
        body = {"zaak": zaak, "objectType": "pand", "object": url}
        created(await zaken.client.post(f"{ZAKEN}/zaakobjecten", json=body))
    where = {"datumkenmerk": "sloop", "objecttype": "pand"}
    assert await kept(zaken, zaak, "zaakobject", **where) == ["2031-07-01", "2031-06-01"]


async def test_zaakobject_that_does_not_answer_leaves_it_unknown(zaken: Zaken, elsewhere: Elsewhere) -> None:
    zaak = (await zaken.zaak())["url"]
    for number in range(2):
        url = elsewhere.put(f"pand/{number}", {"sloop": "2031-06-01"})
        body = {"zaak": zaak, "objectType": "pand", "object": url}
        created(await zaken.client.post(f"{ZAKEN}/zaakobjecten", json=body))
    elsewhere.put("pand/1", "<html>")
    where = {"datumkenmerk": "sloop", "objecttype": "pand"}
    assert await kept(zaken, zaak, "zaakobject", **where) == [None, None]


async def besluit(zaken: Zaken, zaak: str, **dates: str) -> str:
    """A besluit of our own in a zaak."""
    type_url = (await zaken.get("/catalogi/api/v1/besluittypen"))["results"][0]["url"]
    body = {"verantwoordelijkeOrganisatie": RSIN, "besluittype": type_url, "zaak": zaak, "datum": "2026-01-20"} | dates
    return str(created(await zaken.client.post(BESLUITEN, json=body))["url"])


class TestBesluit:
    @pytest.fixture(autouse=True)
    async def _types(self, zaken: Zaken) -> None:
        await typen.make(zaken, "besluittypen", publish=True)
        made = await zaken.make_zaaktype(publish=False, identificatie="besluit", besluittypen=["Vergunning"])
        zaken.zaaktype, zaken.first, zaken.last, zaken.roltype = made
        await typen.do_publish(zaken, zaken.zaaktype)

    async def test_counts_from_the_last_of_them(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        for one in (zaak, other):
            await besluit(zaken, one, ingangsdatum="2026-05-01", vervaldatum="2027-01-01")
            await besluit(zaken, one, ingangsdatum="2026-04-01", vervaldatum="2028-01-31")
        assert await kept(zaken, zaak, "ingangsdatum_besluit") == ["2026-06-01", "2026-05-01"]
        archiving = {"afleidingswijze": "vervaldatum_besluit"}
        await zaken.resultaat(
            other, omschrijving="Anders", brondatum_archiefprocedure=archiving, archiefactietermijn="P1M"
        )
        content = await zaken.close(other)
        assert [content[name] for name in KEPT] == ["2028-02-29", "2028-01-31"]

    async def test_one_that_does_not_lapse_leaves_it_unknown(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        await besluit(zaken, zaak, ingangsdatum="2026-05-01", vervaldatum="2027-01-01")
        await besluit(zaken, zaak, ingangsdatum="2026-05-01")
        assert await kept(zaken, zaak, "vervaldatum_besluit") == [None, None]

    async def test_is_also_a_zaakobject_of_our_own(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        url = await besluit(zaken, zaak, ingangsdatum="2026-05-01")
        body = {"zaak": zaak, "objectType": "besluit", "object": url}
        created(await zaken.client.post(f"{ZAKEN}/zaakobjecten", json=body))
        where = {"datumkenmerk": "ingangsdatum", "objecttype": "besluit"}
        assert await kept(zaken, zaak, "zaakobject", **where) == ["2026-06-01", "2026-05-01"]

    async def test_without_any_it_is_unknown(self, zaken: Zaken) -> None:
        assert await kept(zaken, (await zaken.zaak())["url"], "ingangsdatum_besluit") == [None, None]


class TestGerelateerdeZaak:
    async def related(self, zaken: Zaken, *urls: str) -> str:
        relations = [{"url": url, "aardRelatie": "vervolg"} for url in urls]
        return str((await zaken.zaak(relevanteAndereZaken=relations))["url"])

    async def test_counts_from_the_last_that_ended(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        urls = [(await zaken.zaak())["url"] for _ in range(2)]
        for url, at in zip(urls, ("2026-04-10T10:00:00Z", "2026-03-10T10:00:00Z"), strict=True):
            await zaken.close(url, at)
        foreign = {"identificatie": "1", "bronorganisatie": RSIN, "zaaktype": "x", "einddatum": "2026-06-30"}
        urls.append(elsewhere.put("zaak", foreign))
        zaak = await self.related(zaken, *urls)
        archiving = {"afleidingswijze": "gerelateerde_zaak"}
        await zaken.resultaat(
            zaak, omschrijving="Gerelateerd", brondatum_archiefprocedure=archiving, archiefactietermijn="P1M"
        )
        content = await zaken.close(zaak)
        assert [content[name] for name in KEPT] == ["2026-07-30", "2026-06-30"]

    async def test_one_that_still_runs_leaves_it_unknown(self, zaken: Zaken) -> None:
        ended, running = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        zaak = await self.related(zaken, ended, running)
        archiving = {"afleidingswijze": "gerelateerde_zaak"}
        await zaken.resultaat(ended)
        await zaken.close(ended)
        await zaken.resultaat(zaak, omschrijving="Gerelateerd", brondatum_archiefprocedure=archiving)
        assert (await zaken.close(zaak))["archiefactiedatum"] is None


async def test_hoofdzaak_that_there_is_not_leaves_it_unknown(zaken: Zaken) -> None:
    assert await kept(zaken, (await zaken.zaak())["url"], "hoofdzaak") == [None, None]


async def test_another_datumkenmerk_is_filled_in_by_hand(zaken: Zaken) -> None:
    where = {"datumkenmerk": "sloop", "objecttype": "pand", "registratie": "BAG"}
    assert await kept(zaken, (await zaken.zaak())["url"], "ander_datumkenmerk", **where) == [None, None]
