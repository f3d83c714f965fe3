"""The audit trail of a besluit: who may read it, and what it tells."""

from tests.services.zaken.besluiten.registering import BESLUITEN, NOWHERE, Besluiten
from tests.services.zaken.catalogi import typen
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import RSIN


async def test_without_the_scope_on_its_type_is_refused(besluiten: Besluiten) -> None:
    path = f"{(await besluiten.besluit())['url']}/audittrail"
    [line] = (await besluiten.client.get(path)).json()
    other = await typen.make(besluiten.zaken, "besluittypen", publish=True, name="Bezwaar")
    for url in (path, f"{path}/{line['uuid']}"):
        for client in (
            besluiten.limited("lezer", "besluiten.lezen"),
            besluiten.limited("ander", "audittrails.lezen", besluittype=other),
        ):
            assert (await client.get(url)).status_code == 403
        assert (await besluiten.limited("auditor", "audittrails.lezen").get(url)).status_code == 200


async def test_tells_of_the_besluit_and_its_documents(besluiten: Besluiten, elsewhere: Elsewhere) -> None:
    made = await besluiten.besluit(identificatie="B1")
    changed = (
        await besluiten.client.patch(made["url"], json={"toelichting": "x"}, headers={"X-Audit-Toelichting": "fout"})
    ).json()
    document = await besluiten.document(made["url"], besluiten.informatieobject(elsewhere))
    lines = (await besluiten.client.get(f"{made['url']}/audittrail")).json()
    assert [(line["resource"], line["actie"], line["resultaat"]) for line in lines] == [
        ("besluit", "create", 201),
        ("besluit", "partial_update", 200),
        ("besluitinformatieobject", "create", 201),
    ]
    assert {(line["bron"], line["hoofdObject"]) for line in lines} == {("brc", made["url"])}
    assert lines[1]["wijzigingen"] == {"oud": made, "nieuw": changed}
    assert (lines[1]["toelichting"], lines[1]["resourceWeergave"]) == ("fout", f"{RSIN} - B1")
    assert (lines[2]["resourceUrl"], lines[2]["wijzigingen"]["nieuw"]) == (document["url"], document)
    assert lines[2]["resourceWeergave"] == f"{document['informatieobject']} bij {made['url']}"


async def test_one_line_of_its_own_besluit(besluiten: Besluiten) -> None:
    one, two = await besluiten.besluit(), await besluiten.besluit()
    [line] = (await besluiten.client.get(f"{one['url']}/audittrail")).json()
    assert (await besluiten.client.get(f"{one['url']}/audittrail/{line['uuid']}")).json() == line
    assert (await besluiten.client.get(f"{two['url']}/audittrail/{line['uuid']}")).status_code == 404
    assert (await besluiten.client.get(f"{BESLUITEN}/besluiten/{NOWHERE}/audittrail")).status_code == 404
