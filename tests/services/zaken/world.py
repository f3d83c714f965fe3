"""One of everything: what tests start from that look at every resource."""

from typing import Any
from uuid import UUID

from chassis import clock
from chassis.access import Caller
from chassis.unit import unit_of_work
from services.zaken.archiefbeheer.toetsing import feiten_van
from services.zaken.archiefbeheer.vernietigingslijst.fields import VERNIETIGINGSLIJST, Vernietigingslijst
from services.zaken.archiefbeheer.vernietigingsregel import VERNIETIGINGSREGEL, Vernietigingsregel
from services.zaken.archiefbeheer.vierogen import done_by
from tests.services.zaken.archiefbeheer.archief import Archief
from tests.services.zaken.catalogi import typen
from tests.services.zaken.catalogi.onderdelen import PROCESTYPE, listed
from tests.services.zaken.catalogusbeheer.small import small
from tests.services.zaken.documenten.making import GEBRUIKSRECHTEN, VERZENDING, Documenten
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import CATALOGI, RSIN, ZAKEN, Zaken, created

BESLUITEN = "/besluiten/api/v1"
ELDERS: dict[str, dict[str, Any]] = {
    "besluit": {
        "identificatie": "B-1",
        "verantwoordelijkeOrganisatie": RSIN,
        "besluittype": "https://elders.example/1",
        "datum": "2026-02-01",
    },
    "contactmoment": {"kanaal": "telefoon", "tekst": "", "registratiedatum": "2026-02-01T10:00:00Z"},
    "informatieobject": {"indicatieGebruiksrecht": None},
    "object": {"type": "adres"},
    "verzoek": {"bronorganisatie": RSIN, "tekst": "", "registratiedatum": "2026-02-01T10:00:00Z"},
}
"""What another provider has, by the name of the field that refers to it."""


UNIQUE: dict[str, tuple[str, dict[str, Any]]] = {
    "besluit_identificatie_uniek": ("besluiten/api/v1/besluiten", {"identificatie": "*"}),
    "besluitinformatieobject_uniek": ("besluiten/api/v1/besluitinformatieobjecten", {"informatieobject": ""}),
    "catalogus_uniek": ("catalogi/api/v1/catalogussen", {"domein": "*"}),
    "eigenschap_uniek": ("catalogi/api/v1/eigenschappen", {"naam": "*"}),
    "klantcontact_uniek": ("zaken/api/v1/klantcontacten", {"identificatie": "*"}),
    "enkelvoudiginformatieobject_identificatie_uniek": (
        "documenten/api/v1/enkelvoudiginformatieobjecten",
        {"identificatie": "*", "inhoud": None},
    ),
    "objectinformatieobject_uniek": ("documenten/api/v1/objectinformatieobjecten", {"object": "verzoek"}),
    "resultaat_uniek": ("zaken/api/v1/resultaten", {"zaak": ""}),
    "resultaattype_uniek": ("catalogi/api/v1/resultaattypen", {"omschrijving": "*"}),
    "statustype_uniek": ("catalogi/api/v1/statustypen", {"volgnummer": 0}),
    "zaak_identificatie_uniek": ("zaken/api/v1/zaken", {"identificatie": "*"}),
    "zaakbesluit_uniek": ("zaken/api/v1/zaken/{zaak_uuid}/besluiten", {"besluit": ""}),
    "zaakcontactmoment_uniek": ("zaken/api/v1/zaakcontactmomenten", {"contactmoment": ""}),
    "zaakinformatieobject_uniek": ("zaken/api/v1/zaakinformatieobjecten", {"informatieobject": ""}),
    "zaaktypeinformatieobjecttype_uniek": ("catalogi/api/v1/zaaktype-informatieobjecttypen", {"volgnummer": 0}),
    "zaakverzoek_uniek": ("zaken/api/v1/zaakverzoeken", {"verzoek": ""}),
}
"""Unique index → the collection it guards, and which fields make a sample new there: see `fresh`."""

UNLISTED: dict[str, str | dict[str, Any]] = {
    "/catalogusbeheer/api/v1/exporten": "/catalogi/api/v1/catalogussen",
    "/catalogusbeheer/api/v1/importen": small(),
    "/catalogusbeheer/api/v1/importproeven": small(),
}
"""What `Served` cannot find by a list."""


async def furnish(zaken: Zaken, elsewhere: Elsewhere) -> Zaken:
    """Make at least one of each resource that can be made; the usual zaaktype becomes one that has everything."""
    made = await _types(zaken)
    zaak = (await zaken.zaak(omschrijving="hoofd"))["url"]
    deelzaak = await zaken.zaak(hoofdzaak=zaak)
    await zaken.status(zaak, zaken.first)
    await zaken.rol(zaak)
    await zaken.rol(zaak, roltype=await zaken.make_roltype("adviseur"))
    elders = {name: elsewhere.put(f"{name}/1", content) for name, content in ELDERS.items()}
    for collection, body in {
        "klantcontacten": {"zaak": zaak, "datumtijd": "2026-02-01T10:00:00Z", "kanaal": "balie"},
        "zaakcontactmomenten": {"zaak": zaak, "contactmoment": elders["contactmoment"]},
        "zaaknotities": {"gerelateerdAan": zaak, "onderwerp": "Gebeld", "tekst": "Komt maandag."},
        "zaakverzoeken": {"zaak": zaak, "verzoek": elders["verzoek"]},
        "resultaten": {"zaak": zaak, "resultaattype": made["resultaattypen"]},
        "zaakinformatieobjecten": {"zaak": zaak, "informatieobject": elders["informatieobject"]},
        "zaakobjecten": {"zaak": zaak, "objectType": "adres", "object": elders["object"]},
        f"zaken/{zaak.rpartition('/')[2]}/zaakeigenschappen": {
            "zaak": zaak,
            "eigenschap": made["eigenschappen"],
            "waarde": "rood",
        },
        f"zaken/{zaak.rpartition('/')[2]}/besluiten": {"besluit": elders["besluit"]},
    }.items():
        await _made(zaken, f"{ZAKEN}/{collection}", body)
    besluit = {"datum": "2026-02-01", "ingangsdatum": "2026-02-08", "verantwoordelijkeOrganisatie": RSIN}
    besluittype = (await zaken.get(f"{CATALOGI}/besluittypen"))["results"][0]["url"]
    besluit = await _made(zaken, f"{BESLUITEN}/besluiten", besluit | {"besluittype": besluittype, "zaak": zaak})
    body = {"besluit": besluit["url"], "informatieobject": elders["informatieobject"]}
    await _made(zaken, f"{BESLUITEN}/besluitinformatieobjecten", body)
    await _documents(zaken, elsewhere, zaak, besluit["url"])
    await _lists(zaken, UUID(deelzaak["uuid"]))
    return zaken


async def _documents(zaken: Zaken, elsewhere: Elsewhere, zaak: str, besluit: str) -> None:
    """A document that stands alone, and one with each kind of part, which belongs to whatever it can belong to."""
    documenten = Documenten(zaken, ELDERS["informatieobject"]["informatieobjecttype"])
    await documenten.make(titel="Los")
    document = {"informatieobject": (await documenten.make(titel="Gebruikt"))["url"]}
    await documenten.part("gebruiksrechten", GEBRUIKSRECHTEN | document)
    await documenten.part("verzendingen", VERZENDING | document)
    for source in ("verzoeken", "weg/verzoeken"):  # of the second the relation is gone there, so it can go here
        relations = f"{source.removesuffix('verzoeken')}verzoekinformatieobjecten"
        elsewhere.put(relations, [{}])
        verzoek = elsewhere.put(f"{source}/1", ELDERS["verzoek"])
        await documenten.part("objectinformatieobjecten", document | {"object": verzoek, "objectType": "verzoek"})
    elsewhere.put(relations, [])
    await _made(zaken, f"{ZAKEN}/zaakinformatieobjecten", document | {"zaak": zaak})
    await _made(zaken, f"{BESLUITEN}/besluitinformatieobjecten", document | {"besluit": besluit})


async def _lists(zaken: Zaken, zaak_id: UUID) -> None:
    """A vernietigingslijst that was carried out, of a zaak that is gone; and a concept with this zaak, as if it were due."""
    archief = Archief(zaken)
    await archief.started(await archief.due())
    await archief.carry_out()
    runtime = zaken.service.runtime
    [feiten] = (await runtime.database.read(lambda one: feiten_van(one, [zaak_id], clock.today()))).values()
    async with unit_of_work(runtime) as unit:
        handeling = done_by(Caller("test", "maker"), unit.at)
        lijst = Vernietigingslijst(omschrijving="Concept", makers=["maker"], aangemaakt=handeling)
        await unit.create(VERNIETIGINGSLIJST, lijst)
        regel = Vernietigingsregel(vernietigingslijst_id=lijst.id, zaak_id=zaak_id, **feiten.specificatie)
        await unit.create(VERNIETIGINGSREGEL, regel)
        await unit.touch(VERNIETIGINGSLIJST, lijst)


async def _types(zaken: Zaken) -> dict[str, str]:
    """A zaaktype with each kind of part, a besluittype and an informatieobjecttype. Returns the parts by collection."""
    informatieobjecttype = await typen.make(zaken, "informatieobjecttypen", publish=True)
    ELDERS["informatieobject"]["informatieobjecttype"] = informatieobjecttype
    await typen.make(zaken, "besluittypen", publish=True, informatieobjecttypen=["Brief"])
    chosen = {"identificatie": "vergunning", "selectielijstProcestype": PROCESTYPE, "besluittypen": ["Vergunning"]}
    types = await zaken.make_zaaktype(publish=False, **chosen)
    zaken.zaaktype, zaken.first, zaken.last, zaken.roltype = types
    await typen.relate(zaken, zaken.zaaktype, "Brief")
    made = {}
    for collection, body in {
        "eigenschappen": {
            "naam": "kleur",
            "definitie": "Kleur van de auto",
            "specificatie": {"groep": "auto", "formaat": "tekst", "lengte": "8", "kardinaliteit": "1"},
        },
        "resultaattypen": {
            "omschrijving": "Geweigerd",
            "resultaattypeomschrijving": listed("resultaattypeomschrijvingen", "omschrijving", "Afgewezen"),
            "selectielijstklasse": listed("resultaten", "volledig_nummer", "3.2"),
            "brondatumArchiefprocedure": {"afleidingswijze": "afgehandeld"},
        },
        "zaakobjecttypen": {
            "anderObjecttype": False,
            "objecttype": "https://objecten.example/pand",
            "relatieOmschrijving": "Staat leeg",
            "catalogus": zaken.catalogus,
        },
    }.items():
        one = await _made(zaken, f"{CATALOGI}/{collection}", body | {"zaaktype": zaken.zaaktype})
        made[collection] = str(one["url"])
    await typen.do_publish(zaken, zaken.zaaktype)
    for collection in typen.BODIES:
        await typen.make(zaken, collection, name="Concept")
    return made


async def fresh(zaken: Zaken, elsewhere: Elsewhere, index: str, name: str, number: int = 77) -> dict[str, Any]:
    """Values for the fields of a unique index that nothing has: `name`, `number`, nothing, or the URL of something new,
    of the kind that the field is named after or that is given.
    """
    made: dict[str, Any] = {}
    for field, value in UNIQUE[index][1].items():
        if field == "zaak":
            made[field] = (await zaken.zaak())["url"]
        elif value == "" or value in ELDERS:
            kind = value or field
            made[field] = elsewhere.put(f"{kind}en/{name}", ELDERS[kind])
        else:
            made[field] = {0: number, None: None}.get(value, name)
    return made


async def _made(zaken: Zaken, collection: str, body: dict[str, Any]) -> dict[str, Any]:
    return created(await zaken.client.post(collection, json=body))
