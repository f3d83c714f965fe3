"""Which zaken a list shows: the standard's filters as conditions on indexed columns."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, WithJsonSchema
from pydantic import Field as Documented
from pydantic.alias_generators import to_camel

from chassis.problems import CodedValueError
from chassis.reading import Reading, Selection
from services.zaken import counting
from services.zaken.catalogi.roltype import OmschrijvingGeneriek
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.expand import Expandable, ExpandFilter
from services.zaken.formats import AnyUrl
from services.zaken.querying import ByComma, Listed
from services.zaken.validation import filter_id
from services.zaken.vertrouwelijkheid import Vertrouwelijkheidaanduiding, rank
from services.zaken.zaken.betrokkene import Betrokkenetype, identificatie_index
from services.zaken.zaken.zaak.fields import Archiefnominatie, Archiefstatus

_ORDERED = ("startdatum", "einddatum", "publicatiedatum", "archiefactiedatum", "registratiedatum", "identificatie")
ORDERINGS = {"type": "string", "enum": [sign + name for name in _ORDERED for sign in ("", "-")]}
"""What zaken can be ordered by, as JSON Schema; with a minus from high to low."""
_COUNTED = frozenset({"zaaktype", "maximale_vertrouwelijkheidaanduiding"})
"""What may be asked for while the counters still have the count."""


def _known(values: list[str]) -> list[str]:
    if any(value not in ORDERINGS["enum"] for value in values):
        raise CodedValueError("invalid_choice", "Op dit veld kan niet worden geordend.")
    return values


Ordering = Annotated[list[str], ByComma, AfterValidator(_known)]


class _Comparison(StrEnum):
    exactly = "="
    lt = "<"
    lte = "<="
    gt = ">"
    gte = ">="


def _date(alias: str | None = None, description: str = "Datum.") -> Any:
    return Documented(default=None, alias=alias, description=description)


def _text(alias: str | None = None, description: str = "", **limits: Any) -> Any:
    return Documented(default=None, alias=alias, description=description, **limits)


class Criteria(Expandable):
    """What zaken are picked by, in a query and in the body of a search alike."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    identificatie: str | None = _text(description="Nummer van de zaak.")
    bronorganisatie: str | None = _text(description="RSIN van de bronorganisatie.")
    bronorganisatie_in: Listed | None = _text("bronorganisatie__in", "RSIN's van bronorganisaties.")
    zaaktype: str | None = _text(description="URL van het zaaktype.", json_schema_extra={"format": "uri"})
    archiefnominatie: Archiefnominatie | None = _text(description="Bewaren of vernietigen.")
    archiefnominatie_in: Listed | None = _text("archiefnominatie__in", "Archiefnominaties.")
    archiefactiedatum: date | None = _date()
    archiefactiedatum_isnull: bool | None = _text("archiefactiedatum__isnull", "Of de datum leeg is.")
    archiefactiedatum_lt: date | None = _date("archiefactiedatum__lt")
    archiefactiedatum_gt: date | None = _date("archiefactiedatum__gt")
    archiefstatus: Archiefstatus | None = _text(description="Stand van de archivering.")
    archiefstatus_in: Listed | None = _text("archiefstatus__in", "Archiefstatussen.")
    startdatum: date | None = _date()
    startdatum_gt: date | None = _date("startdatum__gt")
    startdatum_gte: date | None = _date("startdatum__gte")
    startdatum_lt: date | None = _date("startdatum__lt")
    startdatum_lte: date | None = _date("startdatum__lte")
    registratiedatum: date | None = _date()
    registratiedatum_gt: date | None = _date("registratiedatum__gt")
    registratiedatum_lt: date | None = _date("registratiedatum__lt")
    einddatum: date | None = _date()
    einddatum_isnull: bool | None = _text("einddatum__isnull", "Of de zaak nog loopt.")
    einddatum_gt: date | None = _date("einddatum__gt")
    einddatum_lt: date | None = _date("einddatum__lt")
    einddatum_gepland: date | None = _date()
    einddatum_gepland_gt: date | None = _date("einddatumGepland__gt")
    einddatum_gepland_lt: date | None = _date("einddatumGepland__lt")
    uiterlijke_einddatum_afdoening: date | None = _date()
    uiterlijke_einddatum_afdoening_gt: date | None = _date("uiterlijkeEinddatumAfdoening__gt")
    uiterlijke_einddatum_afdoening_lt: date | None = _date("uiterlijkeEinddatumAfdoening__lt")
    maximale_vertrouwelijkheidaanduiding: Vertrouwelijkheidaanduiding | None = _text(description="Hoogstens zo geheim.")
    rol_betrokkene_type: Betrokkenetype | None = _text("rol__betrokkeneType", "Soort betrokkene.")
    rol_betrokkene: AnyUrl | None = _text("rol__betrokkene", "URL van een betrokkene.")
    rol_omschrijving_generiek: OmschrijvingGeneriek | None = _text("rol__omschrijvingGeneriek", "Landelijke rolnaam.")
    rol_bsn: str | None = _text("rol__betrokkeneIdentificatie__natuurlijkPersoon__inpBsn", "BSN.", max_length=9)
    rol_anp: str | None = _text(
        "rol__betrokkeneIdentificatie__natuurlijkPersoon__anpIdentificatie",
        "Nummer van een ander persoon.",
        max_length=17,
    )
    rol_a_nummer: str | None = _text(
        "rol__betrokkeneIdentificatie__natuurlijkPersoon__inpA_nummer", "A-nummer.", max_length=10
    )
    rol_nnp: str | None = _text("rol__betrokkeneIdentificatie__nietNatuurlijkPersoon__innNnpId", "RSIN.")
    rol_ann: str | None = _text(
        "rol__betrokkeneIdentificatie__nietNatuurlijkPersoon__annIdentificatie",
        "Nummer van een andere rechtspersoon.",
        max_length=17,
    )
    rol_vestiging: str | None = _text(
        "rol__betrokkeneIdentificatie__vestiging__vestigingsNummer", "Vestigingsnummer.", max_length=24
    )
    rol_medewerker: str | None = _text(
        "rol__betrokkeneIdentificatie__medewerker__identificatie", "Code van een medewerker.", max_length=254
    )
    rol_eenheid: str | None = _text(
        "rol__betrokkeneIdentificatie__organisatorischeEenheid__identificatie", "Code van een eenheid."
    )
    ordering: Annotated[Ordering, WithJsonSchema({"type": "array", "items": ORDERINGS})] = Documented(
        default_factory=list, description="Volgorde: velden met komma's ertussen, - voor aflopend."
    )


class ZaakFilter(Criteria, ExpandFilter):
    """Query parameters of the list. `__in` takes values with commas between them."""


# Fields of the filter that compare a column: (field, column, comparison). Text is compared for equality.
_COMPARED = (
    ("identificatie", "identificatie", _Comparison.exactly),
    ("bronorganisatie", "bronorganisatie", _Comparison.exactly),
    ("archiefnominatie", "archiefnominatie", _Comparison.exactly),
    ("archiefstatus", "archiefstatus", _Comparison.exactly),
    *(
        (field, field.removesuffix(f"_{comparison.name}"), comparison)
        for field in Criteria.model_fields
        for comparison in _Comparison
        if field.endswith(f"_{comparison.name}")
    ),
    *(
        (column, column, _Comparison.exactly)
        for column in (
            "archiefactiedatum",
            "startdatum",
            "registratiedatum",
            "einddatum",
            "einddatum_gepland",
            "uiterlijke_einddatum_afdoening",
        )
    ),
)
_LISTED = ("bronorganisatie", "archiefnominatie", "archiefstatus")
_EMPTY = ("archiefactiedatum", "einddatum")
_NO_CONDITION = frozenset({"page", "ordering", "expand", "fields"})
# Filters on who is involved, by the name under which the identification is indexed (see betrokkene.py).
_IDENTIFIED = {
    "rol_bsn": "inp_bsn",
    "rol_anp": "anp_identificatie",
    "rol_a_nummer": "inp_a_nummer",
    "rol_nnp": "inn_nnp_id",
    "rol_ann": "ann_identificatie",
    "rol_vestiging": "vestigings_nummer",
    "rol_medewerker": "medewerker",
    "rol_eenheid": "organisatorische_eenheid",
    "rol_betrokkene": "betrokkene",
}


def select_zaken(chosen: Criteria, reader: Reading) -> Selection:
    """The zaken that are asked for. Raises Invalid for a zaaktype that is none of ours."""
    selection = Selection(order=_order(chosen.ordering))
    given = {name for name in chosen.model_fields_set - _NO_CONDITION if getattr(chosen, name) is not None}
    if given <= _COUNTED:
        selection.counters = counting.ZAKEN
    if not given:
        return selection
    for field, column, comparison in _COMPARED:
        if field in given:
            selection.where(f"{column} {comparison} {{}}", getattr(chosen, field))
    for column in _LISTED:
        if f"{column}_in" in given:
            selection.where(f"{column} = ANY({{}}::text[])", getattr(chosen, f"{column}_in"))
    for column in _EMPTY:
        if f"{column}_isnull" in given:
            selection.where(f"{column} IS {'' if getattr(chosen, f'{column}_isnull') else 'NOT '}NULL")
    zaaktype_id = filter_id(reader.runtime.references, ZAAKTYPE, chosen.zaaktype, "zaaktype")
    selection.where_given("zaaktype_id = {}", zaaktype_id)
    if chosen.maximale_vertrouwelijkheidaanduiding is not None:
        selection.where("vertrouwelijkheid <= {}", rank(chosen.maximale_vertrouwelijkheidaanduiding))
    return _select_involved(selection, chosen, reader)


def _select_involved(selection: Selection, chosen: Criteria, reader: Reading) -> Selection:
    """Zaken with one rol that meets all filters on rollen."""
    rollen = Selection(values=selection.values)
    rollen.where_given("betrokkene_type = {}", chosen.rol_betrokkene_type)
    rollen.where_given("omschrijving_generiek = {}", chosen.rol_omschrijving_generiek)
    indexes = [
        identificatie_index(reader.runtime.keyring, name, getattr(chosen, field))
        for field, name in _IDENTIFIED.items()
        if getattr(chosen, field) is not None
    ]
    if indexes:
        rollen.where("identificaties @> {}::bytea[]", indexes)
    if rollen.conditions:
        selection.conditions.append(f"id IN (SELECT zaak_id FROM rol{rollen.sql})")  # noqa: S608 - literal SQL of our own
    return selection


def _order(ordering: list[str]) -> str:
    if not ordering:
        return "id"
    return ", ".join([*map(_direction, ordering), "id DESC" if ordering[0].startswith("-") else "id"])


def _direction(part: str) -> str:
    """SQL of one ordering, as its index is: what is empty comes last, and first when it descends."""
    return f"{part.removeprefix('-')}{' DESC' if part.startswith('-') else ''}"
