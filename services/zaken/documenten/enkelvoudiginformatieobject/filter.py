"""Which documents a list shows, and searching among them."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Documented

from chassis.reading import Selection
from chassis.references import References
from services.zaken import counting
from services.zaken.documenten.objectinformatieobject import ObjectType, where_object
from services.zaken.expand import ExpandFilter
from services.zaken.formats import AnyUrl, NotNull
from services.zaken.querying import Listed


class EnkelvoudiginformatieobjectFilter(ExpandFilter):
    """Query parameters of the list."""

    identificatie: str | None = Documented(default=None, description="Kenmerk van het document.")
    bronorganisatie: str | None = Documented(default=None, description="RSIN van de organisatie.")
    object: AnyUrl | None = Documented(
        default=None, alias="objectinformatieobjecten_object", description="URL van de zaak of het besluit."
    )
    object_type: ObjectType | None = Documented(
        default=None, alias="objectinformatieobjecten_objectType", description="Waar het document bij hoort."
    )
    trefwoorden: Listed | None = Documented(
        default=None, description="Heeft een van deze trefwoorden, met komma's ertussen."
    )


class EIOZoek(BaseModel):
    """What is searched for; all of it must hold."""

    model_config = ConfigDict(populate_by_name=True)

    uuid_in: list[UUID] = Documented(alias="uuid__in", description="Id's van documenten.")
    identificatie: NotNull[str] = Documented(default=None, description="Kenmerk van het document.")
    bronorganisatie: NotNull[str] = Documented(default=None, description="RSIN van de organisatie.")
    expand: NotNull[str] = Documented(default=None, description="Wat meekomt in `_expand`.")


def select_documents(chosen: EnkelvoudiginformatieobjectFilter, references: References) -> Selection:
    """The documents the filter asks for."""
    selection = Selection().where_given("identificatie = {}", chosen.identificatie)
    selection.where_given("bronorganisatie = {}", chosen.bronorganisatie)
    selection.where_given("trefwoorden && {}::text[]", chosen.trefwoorden)
    related = where_object(Selection(values=selection.values), references, chosen.object)
    related.where_given("object_type = {}", chosen.object_type and str(chosen.object_type))
    if related.conditions:
        selection.conditions.append(f"id IN (SELECT eio_id FROM objectinformatieobject{related.sql})")  # noqa: S608
    if not selection.conditions:
        selection.counters = counting.DOCUMENTEN
    return selection


def select_searched(body: EIOZoek) -> Selection:
    """The documents a search asks for."""
    selection = Selection().where_given("id = ANY({}::uuid[])", body.uuid_in)
    selection.where_given("identificatie = {}", body.identificatie)
    return selection.where_given("bronorganisatie = {}", body.bronorganisatie)
