"""Rollen: rights, what is sealed and how it is found again."""

from typing import Any

import pytest

from tests.services.zaken.making import BSN, ZAKEN, Zaken, created, wrong

OTHER_BSN = "999900031"


def body(zaken: Zaken, zaak: str, kind: str, identification: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    return {
        "zaak": zaak,
        "roltype": zaken.roltype,
        "betrokkeneType": kind,
        "roltoelichting": "toelichting",
        "betrokkeneIdentificatie": identification,
    } | fields


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        wanted = body(zaken, (await zaken.zaak())["url"], "natuurlijk_persoon", {"inpBsn": BSN})
        assert (await zaken.service.anonymous().post(f"{ZAKEN}/rollen", json=wanted)).status_code == 403
        for caller in (zaken.limited("leeg"), zaken.limited("lezer", "zaken.lezen", "zaken.aanmaken")):
            answer = await caller.post(f"{ZAKEN}/rollen", json=wanted)
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_answers_who_it_is_and_shows_in_its_zaak(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        wanted = body(
            zaken,
            zaak["url"],
            "natuurlijk_persoon",
            {"inpBsn": BSN, "geslachtsnaam": "Jansen", "inpA_nummer": "1234567890"},
            afwijkendeNaamBetrokkene="De Vries",
            contactpersoonRol={"naam": "Kees"},
            indicatieMachtiging="gemachtigde",
        )
        rol = created(await zaken.client.post(f"{ZAKEN}/rollen", json=wanted))
        assert rol["betrokkeneIdentificatie"] | wanted["betrokkeneIdentificatie"] == rol["betrokkeneIdentificatie"]
        assert (rol["omschrijving"], rol["omschrijvingGeneriek"]) == ("Aangever", "initiator")
        assert rol["contactpersoonRol"] == {"naam": "Kees", "emailadres": "", "functie": "", "telefoonnummer": ""}
        assert (rol["statussen"], rol["indicatieMachtiging"]) == ([], "gemachtigde")
        assert await zaken.get(rol["url"]) == rol
        assert (await zaken.get(zaak["url"]))["rollen"] == [rol["url"]]

    async def test_leaves_no_trace_of_the_person_in_clear(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        await zaken.rol(zaak["url"], betrokkene=f"https://brp.example/personen/{BSN}")
        event = (await zaken.service.outbox())[-1]
        assert (event["nats"], event["data"]["resource"]) == ("zgw.v1.gm9001.zaken.rol.create", "rol")
        for table in ("rol", "auditregel", "outbox", "zaak"):
            for row in await zaken.service.runtime.database.fetch(f"SELECT * FROM {table}"):
                stored = b"\n".join(bytes(value) if isinstance(value, bytes) else str(value).encode() for value in row)
                assert BSN.encode() not in stored, table
                assert b"Achternaam" not in stored, table

    @pytest.mark.parametrize(
        ("kind", "identification"),
        [
            ("niet_natuurlijk_persoon", {"innNnpId": "517439943", "innRechtsvorm": "stichting"}),
            ("vestiging", {"vestigingsNummer": "000012345678", "handelsnaam": ["Bakker"], "kvkNummer": "12345678"}),
            ("organisatorische_eenheid", {"identificatie": "parkeren", "naam": "Parkeren"}),
            ("medewerker", {"identificatie": "m1", "achternaam": "Bakker"}),
        ],
    )
    async def test_every_kind_has_its_own_shape(self, zaken: Zaken, kind: str, identification: dict[str, Any]) -> None:
        zaak = (await zaken.zaak())["url"]
        rol = created(await zaken.client.post(f"{ZAKEN}/rollen", json=body(zaken, zaak, kind, identification)))
        assert rol["betrokkeneIdentificatie"] | identification == rol["betrokkeneIdentificatie"]

    async def test_refuses_the_wrong_shape_without_repeating_it(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        identification = {"inpBsn": "99990001800", "verblijfsadres": {"aoaHuisnummer": -1}}
        answer = await zaken.client.post(
            f"{ZAKEN}/rollen", json=body(zaken, zaak, "natuurlijk_persoon", identification)
        )
        assert {name for name, _ in wrong(answer)} == {
            "betrokkeneIdentificatie.inpBsn",
            "betrokkeneIdentificatie.verblijfsadres.aoaIdentificatie",
            "betrokkeneIdentificatie.verblijfsadres.wplWoonplaatsNaam",
            "betrokkeneIdentificatie.verblijfsadres.gorOpenbareRuimteNaam",
            "betrokkeneIdentificatie.verblijfsadres.aoaHuisnummer",
        }
        assert "9999" not in answer.text

    async def test_refuses_nobody_and_a_roltype_of_another_zaaktype(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        nobody = await zaken.client.post(f"{ZAKEN}/rollen", json=body(zaken, zaak, "medewerker", None))
        assert wrong(nobody) == {("nonFieldErrors", "invalid-betrokkene")}
        *_, other = await zaken.make_zaaktype(identificatie="anders")
        wanted = body(zaken, zaak, "medewerker", {"identificatie": "m1"}, roltype=other)
        assert wrong(await zaken.client.post(f"{ZAKEN}/rollen", json=wanted)) == {
            ("nonFieldErrors", "zaaktype-mismatch")
        }


class TestRead:
    async def test_without_rights_is_refused(self, zaken: Zaken) -> None:
        url = (await zaken.rol((await zaken.zaak())["url"]))["url"]
        for path in (url, f"{ZAKEN}/rollen"):
            assert (await zaken.service.anonymous().get(path)).status_code == 403
            assert (await zaken.limited("leeg").get(path)).status_code == 403
        lower = zaken.limited("lager", "zaken.lezen", maxVertrouwelijkheidaanduiding="intern")
        assert (await lower.get(url)).status_code == 403
        assert (await lower.get(f"{ZAKEN}/rollen")).json()["count"] == 0

    async def test_finds_a_person_and_only_that_person(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        rol = (await zaken.rol(zaak))["url"]
        await zaken.rol(other, OTHER_BSN)
        by_bsn = {"betrokkeneIdentificatie__natuurlijkPersoon__inpBsn": BSN}
        assert await zaken.listed("/rollen", **by_bsn) == [rol]
        assert await zaken.listed("/rollen", zaak=zaak, roltype=zaken.roltype, betrokkeneType="natuurlijk_persoon") == [
            rol
        ]
        assert await zaken.listed("/rollen", zaak=zaak, omschrijvingGeneriek="behandelaar") == []
        assert await zaken.listed("/zaken", **{f"rol__{name}": value for name, value in by_bsn.items()}) == [zaak]

    async def test_etag_and_head(self, zaken: Zaken) -> None:
        url = (await zaken.rol((await zaken.zaak())["url"]))["url"]
        etag = (await zaken.client.get(url)).headers["etag"]
        assert (await zaken.client.head(url)).headers["etag"] == etag
        assert (await zaken.client.get(url, headers={"If-None-Match": etag})).status_code == 304
