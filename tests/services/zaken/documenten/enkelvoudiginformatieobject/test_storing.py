"""Making and destroying documents: what is filled in, what is refused, what is left."""

from typing import Any

import pytest

from tests.services.zaken.documenten.making import DOCUMENTEN, INHOUD, Documenten, base64_of
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import wrong

EIOS = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"


class TestCreate:
    async def test_with_its_content(self, documenten: Documenten) -> None:
        document = await documenten.make(trefwoorden=["verhuizing"])
        assert document["versie"] == 1
        assert document["lock"] == ""
        assert document["locked"] is False
        assert document["bestandsdelen"] == []
        assert document["vertrouwelijkheidaanduiding"] == "zaakvertrouwelijk"  # drc-007
        assert document["indicatieGebruiksrecht"] is None
        assert document["identificatie"].startswith("DOCUMENT-")
        assert document["inhoud"] == f"{document['url']}/download?versie=1"
        assert (await documenten.client.get(document["inhoud"])).content == INHOUD
        shown = (await documenten.client.get(document["url"])).json()
        assert shown == {name: value for name, value in document.items() if name != "lock"}

    async def test_without_content(self, documenten: Documenten) -> None:
        document = await documenten.make(inhoud=None, bestandsomvang=None)
        assert (document["inhoud"], document["bestandsomvang"], document["locked"]) == (None, None, False)
        assert (await documenten.client.get(f"{document['url']}/download")).status_code == 404

    async def test_of_an_empty_file(self, documenten: Documenten) -> None:
        document = await documenten.make(inhoud=None, bestandsomvang=0)
        assert (document["bestandsomvang"], document["lock"]) == (0, "")
        assert (await documenten.client.get(document["inhoud"])).content == b""
        lock = await documenten.lock(document)
        await documenten.client.patch(document["url"], json={"titel": "Leeg", "lock": lock})
        assert len(await documenten.zaken.service.runtime.database.fetch("SELECT FROM bestand")) == 1

    async def test_content_that_comes_in_parts_locks_it(self, documenten: Documenten) -> None:
        document = await documenten.make(inhoud=None, bestandsomvang=12)
        assert document["locked"] is True
        assert len(document["lock"]) == 32
        assert document["inhoud"] is None
        [deel] = document["bestandsdelen"]
        assert (deel["volgnummer"], deel["omvang"], deel["voltooid"], deel["lock"]) == (1, 12, False, document["lock"])

    @pytest.mark.parametrize(
        ("fields", "name", "code"),
        [
            ({"bestandsomvang": 3}, "nonFieldErrors", "file-size"),
            ({"inhoud": "geen base64!"}, "inhoud", "invalid"),
            ({"status": "in_bewerking", "ontvangstdatum": "2026-01-01"}, "status", "invalid_for_received"),
            ({"status": "ter_vaststelling", "ontvangstdatum": "2026-01-01"}, "status", "invalid_for_received"),
            (
                {"status": "in_bewerking", "ondertekening": {"soort": "digitaal", "datum": "2026-01-01"}},
                "ondertekening",
                "invalid",
            ),
            ({"indicatieGebruiksrecht": True}, "indicatieGebruiksrecht", "missing-gebruiksrechten"),
            ({"titel": ""}, "titel", "min_length"),
            ({"bronorganisatie": "123456789"}, "bronorganisatie", "invalid"),
            ({"vertrouwelijkheidaanduiding": "top"}, "vertrouwelijkheidaanduiding", "invalid_choice"),
            ({"taal": "nl"}, "taal", "min_length"),
        ],
    )
    async def test_refuses(self, documenten: Documenten, fields: dict[str, Any], name: str, code: str) -> None:
        answer = await documenten.client.post(EIOS, json=documenten.body(**fields))
        assert (name, code) in wrong(answer)
        assert (await documenten.client.get(EIOS)).json()["count"] == 0

    async def test_the_type_is_a_published_informatieobjecttype(
        self, documenten: Documenten, elsewhere: Elsewhere
    ) -> None:
        concept = await documenten.make_type(publish=False, omschrijving="Concept")
        for url, code in (
            (concept, "not-published"),
            (f"{documenten.type[:-12]}000000000000", "bad-url"),
            (documenten.zaken.zaaktype, "invalid-resource"),
            (elsewhere.put("iets", {"x": 1}), "invalid-resource"),
        ):
            answer = await documenten.client.post(EIOS, json=documenten.body(informatieobjecttype=url))
            assert wrong(answer) == {("informatieobjecttype", code)}, url

    async def test_an_identificatie_is_unique_per_organisation(self, documenten: Documenten) -> None:
        await documenten.make(identificatie="D1")
        answer = await documenten.client.post(EIOS, json=documenten.body(identificatie="D1"))
        assert wrong(answer) == {("identificatie", "identificatie-niet-uniek")}


class TestDestroy:
    async def test_nothing_is_left(self, documenten: Documenten) -> None:
        document = await documenten.make()
        lock = await documenten.lock(document)
        assert wrong(await documenten.client.delete(document["url"])) == {("nonFieldErrors", "destroy-locked")}
        await documenten.client.patch(document["url"], json={"inhoud": base64_of(b"twee"), "lock": lock})
        await documenten.unlock(document, lock)
        assert (await documenten.client.delete(document["url"])).status_code == 204
        assert (await documenten.client.get(document["url"])).status_code == 404
        assert (await documenten.client.get(document["inhoud"])).status_code == 404
        fetch = documenten.zaken.service.runtime.database.fetch
        for table in ("enkelvoudiginformatieobject", "eerdere_versie", "bestand", "segment"):
            assert await fetch(f"SELECT FROM {table}") == []
        main = document["url"].rsplit("/", 1)[1]
        assert await fetch("SELECT FROM auditregel WHERE hoofdobject = $1::uuid AND actie <> 'destroy'", main) == []
