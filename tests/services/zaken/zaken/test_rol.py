"""Rollen: rights, what is sealed and how it is found again."""

from typing import Any

import pytest

from tests.services.zaken.making import BSN, ZAKEN, Zaken, created, wrong
from tests.services.zaken.zaken.behaviour import PartBehaviour

OTHER_BSN = "999900031"


def body(zaken: Zaken, zaak: str, kind: str, identification: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    return {
        "zaak": zaak,
        "roltype": zaken.roltype,
        "betrokkeneType": kind,
        "roltoelichting": "toelichting",
        "betrokkeneIdentificatie": identification,
    } | fields


class TestRol(PartBehaviour):
    resource, path, shown = "rol", "/rollen", "rollen"
    roltype = ""

    async def make(self, zaken: Zaken, zaak: str) -> dict[str, Any]:
        self.roltype = self.roltype or await zaken.make_roltype()
        return body(zaken, zaak, "medewerker", {"identificatie": "m1"}, roltype=self.roltype)


class TestCreate:
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
        nobody = body(zaken, zaak, "medewerker", None)
        assert wrong(await zaken.client.post(f"{ZAKEN}/rollen", json=nobody)) == {
            ("nonFieldErrors", "invalid-betrokkene")
        }
        *_, other = await zaken.make_zaaktype(identificatie="anders")
        answer = await zaken.client.post(f"{ZAKEN}/rollen", json=nobody | {"roltype": other})
        assert [one["code"] for one in answer.json()["invalidParams"]] == ["zaaktype-mismatch", "invalid-betrokkene"]

    async def test_a_zaak_has_one_initiator_and_one_zaakcoordinator(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        for roltype in (zaken.roltype, await zaken.make_roltype("zaakcoordinator")):
            await zaken.rol(zaak, roltype=roltype)
            await zaken.rol(other, roltype=roltype)
            second = body(zaken, zaak, "medewerker", {"identificatie": "m1"}, roltype=roltype)
            assert wrong(await zaken.client.post(f"{ZAKEN}/rollen", json=second)) == {("roltype", "max-occurences")}
        several = await zaken.make_roltype("behandelaar")
        assert {(await zaken.rol(zaak, roltype=several))["omschrijving"] for _ in range(2)} == {"Behandelaar"}

    async def test_a_betrokkene_by_url_has_the_empty_structure(self, zaken: Zaken) -> None:
        wanted = body(zaken, (await zaken.zaak())["url"], "medewerker", None, betrokkene="https://hr.example/m1")
        rol = created(await zaken.client.post(f"{ZAKEN}/rollen", json=wanted))
        empty = {"identificatie": "", "achternaam": "", "voorletters": "", "voorvoegselAchternaam": ""}
        assert rol["betrokkeneIdentificatie"] == empty
        assert rol["contactpersoonRol"] == {"emailadres": "", "functie": "", "telefoonnummer": "", "naam": ""}

    async def test_refuses_a_contactpersoon_without_name_or_with_half_an_address(self, zaken: Zaken) -> None:
        wanted = body(zaken, (await zaken.zaak())["url"], "medewerker", {"identificatie": "m1"})
        answer = await zaken.client.post(
            f"{ZAKEN}/rollen", json=wanted | {"contactpersoonRol": {"emailadres": "kees@"}}
        )
        assert wrong(answer) == {("contactpersoonRol.naam", "required"), ("contactpersoonRol.emailadres", "invalid")}


class TestRead:
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

    @pytest.mark.parametrize(
        ("kind", "name", "identification"),
        [
            ("natuurlijk_persoon", "natuurlijkPersoon__anpIdentificatie", "anpIdentificatie"),
            ("natuurlijk_persoon", "natuurlijkPersoon__inpA_nummer", "inpA_nummer"),
            ("niet_natuurlijk_persoon", "nietNatuurlijkPersoon__innNnpId", "innNnpId"),
            ("niet_natuurlijk_persoon", "nietNatuurlijkPersoon__annIdentificatie", "annIdentificatie"),
            ("vestiging", "vestiging__vestigingsNummer", "vestigingsNummer"),
            ("organisatorische_eenheid", "organisatorischeEenheid__identificatie", "identificatie"),
            ("medewerker", "medewerker__identificatie", "identificatie"),
        ],
    )
    async def test_by_whatever_identifies(self, zaken: Zaken, kind: str, name: str, identification: str) -> None:
        zaak = (await zaken.zaak())["url"]
        roltype, value = await zaken.make_roltype(), "123456789" if identification == "innNnpId" else "1234567890"
        sought = {"betrokkeneType": kind, "roltype": roltype}
        rol = await zaken.rol(zaak, **sought, betrokkeneIdentificatie={identification: value[:10]})
        await zaken.rol(zaak, **sought, betrokkeneIdentificatie={identification: f"2{value[1:]}"})
        assert await zaken.listed("/rollen", **{f"betrokkeneIdentificatie__{name}": value}) == [rol["url"]]
        assert await zaken.listed("/rollen", betrokkene=f"https://elders.example/{value}") == []

    async def test_etag_and_head(self, zaken: Zaken) -> None:
        url = (await zaken.rol((await zaken.zaak())["url"]))["url"]
        etag = (await zaken.client.get(url)).headers["etag"]
        assert (await zaken.client.head(url)).headers["etag"] == etag
        assert (await zaken.client.get(url, headers={"If-None-Match": etag})).status_code == 304


class TestDestroy:
    async def test_leaves_the_statussen_it_set(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        rol = (await zaken.rol(zaak))["url"]
        status = {"zaak": zaak, "statustype": zaken.first, "datumStatusGezet": "2026-02-01T10:00:00Z", "gezetdoor": rol}
        url = created(await zaken.client.post(f"{ZAKEN}/statussen", json=status))["url"]
        assert (await zaken.client.delete(rol)).status_code == 204
        assert (await zaken.get(url))["gezetdoor"] == ""
        kept = [(line["resource"], line["actie"]) for line in (await zaken.service.audit())[-2:]]
        assert sorted(kept) == [("rol", "destroy"), ("status", "update")]
