"""Which zaaktypen a list shows."""

from datetime import date

from pydantic import Field as Documented

from chassis.reading import Reading, Selection
from services.zaken.catalogi.catalogus import CATALOGUS
from services.zaken.catalogi.concept import TypeStatus, select_status
from services.zaken.catalogi.geldigheid import select_valid
from services.zaken.expand import ExpandFilter
from services.zaken.formats import Link
from services.zaken.querying import Listed
from services.zaken.validation import filter_id


class ZaaktypeFilter(ExpandFilter):
    """Query parameters of the list."""

    catalogus: Link | None = Documented(default=None, description="URL van de catalogus.")
    identificatie: str | None = Documented(default=None, description="Identificatie van het zaaktype.")
    trefwoorden: Listed | None = Documented(
        default=None, description="Heeft een van deze trefwoorden, met komma's ertussen."
    )
    status: TypeStatus = Documented(
        default=TypeStatus.definitief, description="Alleen concepten, definitieve of alles."
    )
    datum_geldigheid: date | None = Documented(
        default=None, description="Geldig op deze dag; ook voor de typen waarnaar wordt verwezen."
    )


def select_zaaktypen(chosen: ZaaktypeFilter, reader: Reading) -> Selection:
    """The zaaktypen the filter asks for."""
    catalogus_id = filter_id(reader.runtime.references, CATALOGUS, chosen.catalogus, "catalogus")
    selection = Selection().where_given("catalogus_id = {}", catalogus_id)
    selection.where_given("identificatie = {}", chosen.identificatie)
    selection.where_given("trefwoorden && {}::text[]", chosen.trefwoorden)
    return select_status(select_valid(selection, chosen.datum_geldigheid), chosen.status)
