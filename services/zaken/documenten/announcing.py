"""Telling what happened to a document or its parts: one event per change, in the order of the document."""

from chassis.cloudevents import EventType
from chassis.resource import Resource, Row
from chassis.unit import Unit
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE
from services.zaken.documenten.enkelvoudiginformatieobject.fields import EIO, Enkelvoudiginformatieobject
from services.zaken.events import Actie, DocumentenData, DocumentenKenmerken, actie_of


def announce(
    unit: Unit,
    event: EventType,
    document: Enkelvoudiginformatieobject,
    resource: Resource,
    row: Row,
    *,
    actie: Actie | None = None,
) -> None:
    """Put the event of a change in the outbox. `row` is the document itself or a part of it; `actie` when it is not the
    one of the event (a PATCH).
    """
    data = DocumentenData(
        resource=resource.name,
        actie=actie or actie_of(event),
        hoofd_object=unit.url(EIO, document.id),
        kenmerken=DocumentenKenmerken(
            bronorganisatie=document.bronorganisatie,
            informatieobjecttype=unit.url(INFORMATIEOBJECTTYPE, document.informatieobjecttype_id),
            vertrouwelijkheidaanduiding=document.vertrouwelijkheidaanduiding,
        ),
    )
    unit.emit(event, about=row.id, aggregate=document.id, data=data, dataref=unit.url(resource, row.id))
