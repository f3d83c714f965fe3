"""The audit trail of a document: who may read it, and what it tells."""

from tests.services.zaken.documenten.making import DOCUMENTEN, Documenten
from tests.services.zaken.making import BSN, RSIN

NOWHERE = "00000000-0000-4000-8000-000000000000"


async def test_without_the_scope_on_its_type_is_refused(documenten: Documenten) -> None:
    path = f"{(await documenten.make(vertrouwelijkheidaanduiding='intern'))['url']}/audittrail"
    [line] = (await documenten.client.get(path)).json()
    other = await documenten.make_type(omschrijving="Rapport")
    for url in (path, f"{path}/{line['uuid']}"):
        for client in (
            documenten.limited("lezer", "documenten.lezen"),
            documenten.limited("ander", "audittrails.lezen", informatieobjecttype=other),
            documenten.limited("lager", "audittrails.lezen", maxVertrouwelijkheidaanduiding="openbaar"),
        ):
            assert (await client.get(url)).status_code == 403
        assert (await documenten.limited("auditor", "audittrails.lezen").get(url)).status_code == 200


async def test_tells_of_the_document_and_its_parts(documenten: Documenten) -> None:
    made = await documenten.make(identificatie="D1")
    url = made["url"]
    shown = (await documenten.client.get(url)).json()
    gebruiksrechten = await documenten.gebruiksrechten(made)
    verzending = await documenten.verzending(made, contactpersoonnaam=BSN)
    zaak, _ = await documenten.in_zaak(made)
    await documenten.unlock(made, await documenten.lock(made))
    await documenten.client.delete(verzending["url"], headers={"X-Audit-Toelichting": "fout"})
    lines = (await documenten.client.get(f"{url}/audittrail")).json()
    assert [(line["resource"], line["actie"], line["actieWeergave"]) for line in lines] == [
        ("enkelvoudiginformatieobject", "create", "Aangemaakt"),
        ("gebruiksrechten", "create", "Aangemaakt"),
        ("verzending", "create", "Aangemaakt"),
        ("objectinformatieobject", "create", "Aangemaakt"),
        ("enkelvoudiginformatieobject", "lock", "Vergrendeld"),
        ("enkelvoudiginformatieobject", "unlock", "Ontgrendeld"),
        ("verzending", "destroy", "Verwijderd"),
    ]
    assert {(line["bron"], line["hoofdObject"]) for line in lines} == {("drc", url)}
    assert lines[0]["wijzigingen"] == {"oud": {}, "nieuw": shown}
    assert [line["resourceWeergave"] for line in lines[:4]] == [
        f"{RSIN} - D1",
        f"gebruiksrechten bij {url}",
        f"verzending bij {url}",
        f"{url} bij {zaak['url']}",
    ]
    assert (lines[1]["resourceUrl"], lines[1]["wijzigingen"]["nieuw"]) == (gebruiksrechten["url"], gebruiksrechten)
    assert (lines[6]["toelichting"], lines[6]["resultaat"]) == ("fout", 204)
    assert lines[6]["wijzigingen"] == {"oud": verzending, "nieuw": {}}


async def test_one_line_of_its_own_document(documenten: Documenten) -> None:
    one, two = await documenten.make(), await documenten.make()
    [line] = (await documenten.client.get(f"{one['url']}/audittrail")).json()
    assert (await documenten.client.get(f"{one['url']}/audittrail/{line['uuid']}")).json() == line
    assert (await documenten.client.get(f"{two['url']}/audittrail/{line['uuid']}")).status_code == 404
    unknown = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten/{NOWHERE}/audittrail"
    assert (await documenten.client.get(unknown)).status_code == 404
