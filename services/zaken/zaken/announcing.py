"""Telling what happened to a zaak or its parts: one event per change, in the order of the zaak."""

from chassis.cloudevents import EventType
from chassis.resource import Resource, Row
from chassis.unit import Unit
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.events import Actie, ZakenData, ZakenKenmerken, actie_of
from services.zaken.nesting import url_of
from services.zaken.zaken.zaak.fields import ZAAK, Zaak


def announce(
    unit: Unit, event: EventType, zaak: Zaak, resource: Resource, row: Row, *, actie: Actie | None = None
) -> None:
    """Put the event of a change in the outbox. `row` is the zaak itself or a part of it; `actie` when it is not the
    one of the event (a PATCH).
    """
    data = ZakenData(
        resource=resource.name,
        actie=actie or actie_of(event),
        hoofd_object=unit.url(ZAAK, zaak.id),
        kenmerken=ZakenKenmerken(
            bronorganisatie=zaak.bronorganisatie,
            zaaktype=unit.url(ZAAKTYPE, zaak.zaaktype_id),
            vertrouwelijkheidaanduiding=zaak.vertrouwelijkheidaanduiding,
        ),
    )
    dataref = url_of(unit.public_url, resource, row.id, zaak.id)
    unit.emit(event, about=row.id, aggregate=zaak.id, data=data, dataref=dataref)
