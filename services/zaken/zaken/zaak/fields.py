"""A zaak: a coherent piece of work with a reason and a result, of which the course must be watched. Enums and fields."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Documented
from sqlalchemy import DateTime, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE, AardRelatie
from services.zaken.formats import Duration, Link, Moment, Rsin, RsinOrBlank, Url, UrlOrBlank
from services.zaken.vertrouwelijkheid import Vertrouwelijkheidaanduiding
from services.zaken.zaken.geometrie import Geometrie


class Betalingsindicatie(StrEnum):
    """How far the costs of a zaak are paid; blank is unknown."""

    onbekend = ""
    nvt = "nvt"
    nog_niet = "nog_niet"
    gedeeltelijk = "gedeeltelijk"
    geheel = "geheel"


class Archiefnominatie(StrEnum):
    """Whether the file of a zaak is kept for ever or destroyed after a term."""

    blijvend_bewaren = "blijvend_bewaren"
    vernietigen = "vernietigen"


ShownArchiefnominatie = Archiefnominatie | Literal[""] | None
"""As the standard describes it; blank, which means that none was chosen, becomes null."""
GivenArchiefnominatie = Annotated[ShownArchiefnominatie, AfterValidator(lambda value: value or None)]


class Archiefstatus(StrEnum):
    """How far the file of a zaak is archived."""

    nog_te_archiveren = "nog_te_archiveren"
    gearchiveerd = "gearchiveerd"
    gearchiveerd_procestermijn_onbekend = "gearchiveerd_procestermijn_onbekend"
    overgedragen = "overgedragen"


NO_VERLENGING: dict[str, Any] = {"reden": "", "duur": None}
NO_OPSCHORTING: dict[str, Any] = {"indicatie": False, "reden": ""}
NO_PROCESSOBJECT: dict[str, Any] = {"datumkenmerk": "", "identificatie": "", "objecttype": "", "registratie": ""}
"""What is answered of a group of fields that has no value (zrc-012)."""


def _unless(empty: dict[str, Any]) -> BeforeValidator:
    """A group that comes back as it was answered without a value, has none."""
    return BeforeValidator(lambda value: None if value == empty else value)


BETALING_WEERGAVE = {
    "": "",
    "nvt": "Niet van toepassing",
    "nog_niet": "Nog niet betaald",
    "gedeeltelijk": "Gedeeltelijk betaald",
    "geheel": "Geheel betaald",
}


class Verlenging(In):
    """By how much the treatment was prolonged."""

    reden: str = Documented(max_length=200, description="Waarom de behandeling langer duurt.")
    duur: Duration = Documented(description="Hoeveel langer (ISO 8601).")


class Opschorting(In):
    """Whether the treatment stands still."""

    indicatie: bool = Documented(description="Of de behandeling stilligt.")
    reden: str = Documented(max_length=200, description="Waarom de behandeling stilligt.")


class Kenmerk(In):
    """What the zaak is called in another register."""

    kenmerk: str = Documented(max_length=40, description="Het kenmerk.")
    bron: str = Documented(max_length=40, description="Het register of systeem van dit kenmerk.")


class RelevanteZaak(In):
    """Another zaak that matters for this one."""

    url: Url = Documented(description="URL van de andere zaak.")
    aard_relatie: AardRelatie = Documented(description="Hoe de zaken samenhangen.")


class Processobject(In):
    """What, seen from archiving, the zaak is about."""

    datumkenmerk: str = Documented(max_length=250, description="Attribuut dat de start van de bewaartermijn geeft.")
    identificatie: str = Documented(max_length=250, description="Identificatie van het object.")
    objecttype: str = Documented(max_length=250, description="Soort object.")
    registratie: str = Documented(max_length=250, description="Registratie waarin het object staat.")


class VerlengingOut(Out):
    """By how much the treatment was prolonged; blank when it was not."""

    reden: str = Documented(max_length=200, description="Waarom de behandeling langer duurt.")
    duur: Duration | None = Documented(description="Hoeveel langer (ISO 8601).")


GivenVerlenging = Annotated[Verlenging | None, _unless(NO_VERLENGING)]
GivenOpschorting = Annotated[Opschorting | None, _unless(NO_OPSCHORTING)]
GivenProcessobject = Annotated[Processobject | None, _unless(NO_PROCESSOBJECT)]


# ---- fields


class ZaakFields(Fields):
    """What table and JSON share."""

    identificatie: str = Field(default="", max_length=40, description="Nummer van de zaak, uniek per bronorganisatie.")
    bronorganisatie: Rsin = Field(max_length=9, description="RSIN van de organisatie die de zaak registreerde.")
    omschrijving: str = Field(default="", max_length=80, description="Korte omschrijving van de zaak.")
    toelichting: str = Field(default="", max_length=1000, description="Toelichting op de zaak.")
    verantwoordelijke_organisatie: Rsin = Field(max_length=9, description="RSIN van de verantwoordelijke organisatie.")
    startdatum: date = Field(description="Dag waarop de behandeling begon.")
    einddatum_gepland: date | None = Field(default=None, description="Dag waarop de zaak volgens planning klaar is.")
    uiterlijke_einddatum_afdoening: date | None = Field(default=None, description="Wettelijke uiterste einddatum.")
    publicatiedatum: date | None = Field(default=None, description="Dag van publicatie.")
    communicatiekanaal: UrlOrBlank = Field(default="", sa_type=Text, description="Kanaal waarlangs de zaak binnenkwam.")
    producten_of_diensten: list[Url] = Field(
        default_factory=list, sa_type=ARRAY(Text), description="Producten en diensten van de zaak."
    )
    betalingsindicatie: Betalingsindicatie = Field(
        default=Betalingsindicatie.onbekend, sa_type=Text, description="In hoeverre de kosten betaald zijn."
    )
    laatste_betaaldatum: Moment | None = Field(
        default=None, sa_type=DateTime(timezone=True), description="Moment van de laatste betaling."
    )
    selectielijstklasse: UrlOrBlank = Field(default="", sa_type=Text, description="Klasse in de selectielijst.")
    archiefstatus: Archiefstatus = Field(
        default=Archiefstatus.nog_te_archiveren, sa_type=Text, description="In hoeverre het dossier gearchiveerd is."
    )
    archiefactiedatum: date | None = Field(default=None, description="Dag van vernietiging of overdracht.")
    opdrachtgevende_organisatie: RsinOrBlank = Field(
        default="", max_length=9, description="RSIN van de opdrachtgevende organisatie."
    )
    processobjectaard: str | None = Field(default=None, max_length=200, description="Aard van het procesobject.")
    startdatum_bewaartermijn: date | None = Field(default=None, description="Begin van de bewaartermijn.")


class Zaak(ZaakFields, Row, table=True):
    """Table of zaken. `vertrouwelijkheid` is the rank of vertrouwelijkheidaanduiding, which lists filter on."""

    zaaktype_id: UUID = Field(foreign_key="zaaktype.id")
    registratiedatum: date
    vertrouwelijkheidaanduiding: str = Field(sa_type=Text)
    vertrouwelijkheid: int = Field(sa_type=SmallInteger)
    archiefnominatie: Archiefnominatie | None = Field(default=None, sa_type=Text)
    hoofdzaak_id: UUID | None = Field(default=None, foreign_key="zaak.id")
    status_id: UUID | None = None
    """The last status by datumStatusGezet."""
    einddatum: date | None = None
    zaakgeometrie: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    west: float | None = None
    south: float | None = None
    east: float | None = None
    north: float | None = None
    """The box around zaakgeometrie."""
    verlenging: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    opschorting: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    processobject: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    kenmerken: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    relevante_andere_zaken: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    """Of each `{id, aard_relatie}`, or `{url, aard_relatie}` when it is a zaak of another provider."""


class ZaakIn(In, ZaakFields):
    """A whole zaak."""

    zaaktype: Url = Documented(description="URL van een gepubliceerd zaaktype.")
    # None is a date or level that was left out: the standard lets nobody send it
    registratiedatum: date = Documented(  # type: ignore[assignment]
        default=None, description="Dag van registratie; standaard vandaag."
    )
    vertrouwelijkheidaanduiding: Vertrouwelijkheidaanduiding = Documented(  # type: ignore[assignment]
        default=None, description="Vertrouwelijkheid; standaard die van het zaaktype."
    )
    archiefnominatie: GivenArchiefnominatie = Documented(default=None, description="Bewaren of vernietigen.")
    zaakgeometrie: Geometrie | None = Documented(default=None, description="Plaats van de zaak, als GeoJSON.")
    verlenging: GivenVerlenging = Documented(default=None, description="Verlenging van de doorlooptijd.")
    opschorting: GivenOpschorting = Documented(default=None, description="Opschorting van de behandeling.")
    hoofdzaak: Url | None = Documented(default=None, description="URL van de zaak waar deze een deel van is.")
    relevante_andere_zaken: list[RelevanteZaak] = Documented(default_factory=list, description="Verwante zaken.")
    kenmerken: list[Kenmerk] = Documented(default_factory=list, description="Kenmerken in andere registers.")
    processobject: GivenProcessobject = Documented(default=None, description="Object waar de bewaring om draait.")


class ZaakPatch(Partial):
    """Any part of a zaak."""

    whole = ZaakIn


class ZaakOut(Out, ZaakFields):
    """A zaak as answered."""

    url: str = Documented(description="URL van deze zaak.")
    uuid: UUID = Documented(description="Id van deze zaak.")
    zaaktype: str = Documented(description="URL van het zaaktype.")
    registratiedatum: date = Documented(description="Dag van registratie.")
    vertrouwelijkheidaanduiding: Vertrouwelijkheidaanduiding = Documented(description="Vertrouwelijkheid van de zaak.")
    einddatum: date | None = Documented(description="Dag waarop de zaak werd gesloten.")
    archiefnominatie: ShownArchiefnominatie = Documented(description="Bewaren of vernietigen.")
    betalingsindicatie_weergave: str = Documented(description="De betalingsindicatie in woorden.")
    zaakgeometrie: Geometrie | None = Documented(description="Plaats van de zaak, als GeoJSON.")
    verlenging: VerlengingOut = Documented(description="Verlenging van de doorlooptijd.")
    opschorting: Opschorting = Documented(description="Opschorting van de behandeling.")
    hoofdzaak: Link | None = Documented(description="URL van de zaak waar deze een deel van is.")
    deelzaken: list[Link] = Documented(description="URL's van de deelzaken.")
    relevante_andere_zaken: list[RelevanteZaak] = Documented(description="Verwante zaken.")
    eigenschappen: list[Link] = Documented(description="URL's van de zaakeigenschappen.")
    rollen: list[Link] = Documented(description="URL's van de rollen.")
    status: Link | None = Documented(description="URL van de huidige status.")
    zaakinformatieobjecten: list[Link] = Documented(description="URL's van de documentrelaties.")
    zaakobjecten: list[Link] = Documented(description="URL's van de zaakobjecten.")
    kenmerken: list[Kenmerk] = Documented(description="Kenmerken in andere registers.")
    resultaat: Link | None = Documented(description="URL van het resultaat.")
    processobject: Processobject = Documented(description="Object waar de bewaring om draait.")


_PARTS = """
SELECT array(SELECT id FROM zaak WHERE hoofdzaak_id = $1 ORDER BY id) AS deelzaken,
       array(SELECT id FROM zaakeigenschap WHERE zaak_id = $1 ORDER BY id) AS eigenschappen,
       array(SELECT id FROM rol WHERE zaak_id = $1 ORDER BY id) AS rollen,
       array(SELECT id FROM zaakinformatieobject WHERE zaak_id = $1 ORDER BY id) AS zaakinformatieobjecten,
       array(SELECT id FROM zaakobject WHERE zaak_id = $1 ORDER BY id) AS zaakobjecten,
       (SELECT id FROM resultaat WHERE zaak_id = $1) AS resultaat
"""
_NO_PARTS: dict[str, Any] = {
    **dict.fromkeys(("deelzaken", "eigenschappen", "rollen", "zaakinformatieobjecten", "zaakobjecten"), ()),
    "resultaat": None,
}
_SHARED = (
    *ZaakFields.model_fields,
    *("registratiedatum", "vertrouwelijkheidaanduiding", "archiefnominatie", "einddatum"),
)


async def render(unit: Unit, row: Zaak) -> ZaakOut:
    """The JSON of a zaak. One that was never rendered is new and has no parts yet."""
    base = f"{unit.public_url}/zaken/api/v1"
    connection = await unit.connection() if row.representation else None
    parts = await connection.fetchrow(_PARTS, row.id) if connection else _NO_PARTS
    return ZaakOut.model_validate(
        {name: getattr(row, name) for name in _SHARED}
        | {
            "url": f"{base}/zaken/{row.id}",
            "uuid": row.id,
            "zaaktype": ZAAKTYPE.url(unit.public_url, row.zaaktype_id),
            "betalingsindicatie_weergave": BETALING_WEERGAVE[row.betalingsindicatie],
            "zaakgeometrie": row.zaakgeometrie,
            "verlenging": row.verlenging or NO_VERLENGING,
            "opschorting": row.opschorting or NO_OPSCHORTING,
            "hoofdzaak": row.hoofdzaak_id and f"{base}/zaken/{row.hoofdzaak_id}",
            "deelzaken": [f"{base}/zaken/{part}" for part in parts["deelzaken"]],
            "relevante_andere_zaken": [
                {"url": item.get("url") or f"{base}/zaken/{item['id']}", "aard_relatie": item["aard_relatie"]}
                for item in row.relevante_andere_zaken
            ],
            "eigenschappen": [f"{base}/zaken/{row.id}/zaakeigenschappen/{part}" for part in parts["eigenschappen"]],
            "rollen": [f"{base}/rollen/{part}" for part in parts["rollen"]],
            "zaakinformatieobjecten": [
                f"{base}/zaakinformatieobjecten/{part}" for part in parts["zaakinformatieobjecten"]
            ],
            "zaakobjecten": [f"{base}/zaakobjecten/{part}" for part in parts["zaakobjecten"]],
            "resultaat": parts["resultaat"] and f"{base}/resultaten/{parts['resultaat']}",
            "status": row.status_id and f"{base}/statussen/{row.status_id}",
            "kenmerken": row.kenmerken,
            "processobject": row.processobject or NO_PROCESSOBJECT,
        }
    )


ZAAK = Resource("zaak", Zaak, "zaken", "/zaken", render)
